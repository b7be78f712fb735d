"""Repairs move the fewest sessions after a change; what-ifs do the same around a chair's wish."""

import pytest

from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.runs import RunState
from expo.program.models import Session
from expo.program.services import runs, sessions
from expo.program.services.execution import FEWEST
from expo.program.states import RunKind
from tests.factories import ConflictFactory

from .conftest import build

pytestmark = pytest.mark.django_db


def what_if(stage, *put):
    return stage.run(kind=RunKind.WHAT_IF, parameters={"put": [list(row) for row in put]})


def at(stage, hour):
    return stage.at(hour).isoformat()


def test_a_late_presenter_moves_alone_and_that_is_proved_fewest(stage):
    late = stage.placed("ada@x.example", title="Late", hour=9)
    stage.placed("bob@x.example", title="Stays", hour=10)
    stage.away(late.proposal, 9, 11)
    run = stage.run(kind=RunKind.REPAIR)
    assert run.reasons == [FEWEST]
    assert {tier["key"]: tier["value"] for tier in run.result["tiers"] if "moved" in tier["key"]} == {
        "moved-announced": 0,
        "moved": 1,
    }
    runs.adopt(by=stage.chair, run=run)
    assert dict(Session.objects.values_list("proposal__title", "version")) == {"Late": 2, "Stays": 1}
    assert stage.program()[0] == ("Stays", "Hall A", "18 10:00")


@pytest.mark.slow
def test_a_place_that_came_free_goes_to_what_waits_and_nothing_moves(stage):
    stage.edition.days.update(closes_at="11:00")
    gone, stays = stage.placed(title="Gone", hour=9), stage.placed(title="Stays", hour=10)
    stage.accepted(title="Waits")
    assert len(stage.run(kind=RunKind.REPAIR).result["left_out"]) == 1
    type(gone.proposal).objects.filter(pk=gone.proposal_id).update(state="withdrawn")
    gone.delete()
    runs.adopt(by=stage.chair, run=stage.run(kind=RunKind.REPAIR))
    assert [row[0] for row in stage.program()] == ["Waits", "Stays"]
    stays.refresh_from_db()
    assert stays.version == 1


@pytest.mark.slow
def test_a_lost_room_and_another_length_are_mended(stage):
    stage.placed(title="Short", hour=9)
    stage.placed(title="Next", hour=10)
    stage.add_break(9, 12, stage.side[0])
    stage.placed("eve@x.example", title="Workshop", hour=13, room=stage.side[0], format=stage.workshop)
    stage.add_break(13, 18, stage.side[0])
    type(stage.edition.proposals.get(title="Short")).objects.filter(title="Short").update(minutes=90)
    run = stage.run(kind=RunKind.REPAIR)
    runs.adopt(by=stage.chair, run=run)
    assert run.reasons == [FEWEST]
    assert ("Workshop", "Room 2", "18 09:00") in stage.program() or (
        "Workshop",
        "Room 2",
        "18 13:00",
    ) in stage.program()
    assert sum(Session.objects.values_list("version", flat=True)) == 3 + 2


@pytest.mark.slow
def test_a_wish_is_answered_by_the_fewest_other_moves_and_changes_nothing(stage):
    one, two = stage.placed(title="One", hour=9), stage.placed(title="Two", hour=10)
    stage.edition.days.update(closes_at="11:00")
    run = what_if(stage, (one.proposal_id, stage.hall.pk, at(stage, 10)))
    by_id = {row["proposal"]: row["starts_at"] for row in run.result["placed"]}
    assert by_id == {one.proposal_id: at(stage, 10), two.proposal_id: at(stage, 9)}
    assert run.reasons == [FEWEST]
    assert [row[2] for row in stage.program()] == ["18 09:00", "18 10:00"]
    runs.adopt(by=stage.chair, run=run)
    assert [row[0] for row in stage.program()] == ["Two", "One"]


def test_pins_of_others_hold_in_a_what_if(stage):
    one, two = stage.placed(hour=9), stage.placed(hour=10)
    sessions.pin(by=stage.chair, session=two, pinned=True, version=1)
    with pytest.raises(WrongState, match="in one room at the same time"):
        what_if(stage, (one.proposal_id, stage.hall.pk, at(stage, 10)))
    with pytest.raises(WrongState, match="Unpin it first"):
        what_if(stage, (two.proposal_id, stage.hall.pk, at(stage, 12)))


def test_a_wish_for_a_place_that_is_closed_to_it_is_refused_with_the_reason(stage):
    one = stage.placed("ada@x.example", hour=9)
    stage.away(one.proposal, 15, 18)
    with pytest.raises(Invalid, match="Ada is away"):
        what_if(stage, (one.proposal_id, stage.hall.pk, at(stage, 15)))


@pytest.mark.parametrize(
    "put",
    [None, "x", [], [[1]], [[1, 2, 3]], [["1", 2, "2027-07-18T13:00Z"]], [[None, None, None]], [[2**80, 1, "x"]]],
)
def test_nonsense_wishes_are_refused(stage, put):
    stage.placed()
    with pytest.raises(Refused):
        runs.start(by=stage.chair, edition=stage.edition, kind=RunKind.WHAT_IF, parameters={"put": put})


@pytest.mark.slow
def test_nobody_wishes_for_what_their_wall_hides_or_another_edition_holds(stage):
    mine, hidden, other = stage.placed(hour=9), stage.placed(hour=10), build().placed()
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    for session, room in [(hidden, stage.hall), (other, stage.hall), (mine, other.room)]:
        with pytest.raises(NotAllowed):
            what_if(stage, (session.proposal_id, room.pk, at(stage, 12)))


def test_nothing_is_mended_before_anything_stands(stage):
    stage.accepted()
    with pytest.raises(WrongState, match="No session is scheduled yet"):
        runs.start(by=stage.chair, edition=stage.edition, kind=RunKind.REPAIR)


def test_a_draft_and_a_repair_may_be_under_way_together_but_not_two_repairs(stage):
    stage.placed()
    run = runs.start(by=stage.chair, edition=stage.edition, kind=RunKind.REPAIR)
    runs.start(by=stage.chair, edition=stage.edition)
    with pytest.raises(WrongState, match="Another run"):
        runs.start(by=stage.chair, edition=stage.edition, kind=RunKind.REPAIR)
    with pytest.raises(WrongState, match="no result before it ends"):
        runs.stop(by=stage.chair, run=run)
    assert run.state == RunState.QUEUED
