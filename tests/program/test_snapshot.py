"""The edition as the solver reads it: every rule of the set-up and every wish of a sponsor arrives."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from expo.editions.models import Day
from expo.program.models import Link as LinkRow
from expo.program.models import OnStage, Session, Slot
from expo.program.queries.problem import minute, snapshot
from expo.program.services.sessions import VIOLATED
from expo.program.solver.problem import Link, RoamingTrack, Span, Walk, Wish
from expo.program.states import LinkKind
from tests.factories import TrackFactory

pytestmark = pytest.mark.django_db


def seen(stage):
    return snapshot(stage.edition).problem


def test_a_session_brings_its_own_hours_needs_length_setup_and_wish(stage):
    stage.talk.setup_minutes = 15
    stage.talk.save()
    talk = stage.accepted(minutes=45, equipment=["stage"], prefers="morning")
    talk.earliest_at, talk.latest_at = stage.at(10), stage.at(17)
    talk.save()
    item = seen(stage).item[talk.pk]
    middle, close = minute(stage.at(13, 30)), minute(stage.at(18))
    assert (item.minutes, item.needs, item.setup) == (45, frozenset({"stage"}), 15)
    assert (item.earliest, item.latest) == (minute(stage.at(10)), minute(stage.at(17)))
    assert item.wishes == (Wish(1, None, middle, close),)


def test_a_session_brings_the_rooms_it_cannot_use_and_those_it_prefers(stage):
    """Another room costs a wish; one that is both preferred and excluded is excluded."""
    hall, one, two = stage.hall, *stage.side
    said = stage.accepted()
    said.preferred_rooms.set([hall, one])
    said.excluded_rooms.set([one])
    free, only_excludes = stage.accepted(), stage.accepted()
    only_excludes.excluded_rooms.set([two])
    problem = seen(stage)
    others = [room.id for room in problem.rooms if room.id not in (hall.pk, one.pk)]
    assert problem.item[said.pk].excluded == {one.pk}
    assert problem.item[said.pk].wishes == tuple(Wish(1, room) for room in sorted(others))
    assert [(problem.item[each.pk].excluded, problem.item[each.pk].wishes) for each in (free, only_excludes)] == [
        (frozenset(), ()),
        ({two.pk}, ()),
    ]


def test_rest_walks_prime_time_links_and_strands_arrive(stage):
    stage.edition.rest_minutes, stage.edition.walk_minutes = 5, 20
    stage.edition.save()
    for room in stage.side:
        room.area = "Upstairs"
        room.save()
    Day.objects.update(prime_from=time(11), prime_until=time(15))
    roaming = TrackFactory(edition=stage.edition, name="Roaming", room=None, formats=[stage.talk])
    one, other = stage.accepted(track=roaming), stage.accepted()
    rule = {"edition": stage.edition, "made_by": stage.chair, "one": one, "other": other}
    LinkRow.objects.create(kind=LinkKind.BEFORE, **rule)
    LinkRow.objects.create(kind=LinkKind.APART, is_rule=False, **rule)
    problem = seen(stage)
    near = tuple(room.pk for room in stage.side)
    assert (problem.rest, problem.walk, problem.walks) == (5, 20, (Walk(*near, 0),))
    assert problem.prime == (Span(minute(stage.at(11)), minute(stage.at(15))),)
    assert problem.links == (Link("before", one.pk, other.pk, 0), Link("apart", one.pk, other.pk, 1))
    assert problem.roaming_tracks == (RoamingTrack(roaming.pk, per_room=1),)
    assert [problem.item[row.pk].roaming_track for row in (one, other)] == [roaming.pk, None]


def test_what_presenters_were_told_is_announced(stage):
    session = stage.placed()
    placement = {"room": session.room, "starts_at": session.starts_at, "ends_at": session.ends_at}
    before = seen(stage).item[session.proposal_id].is_announced
    Slot.objects.create(proposal=session.proposal, told_by=stage.chair, **placement)
    assert (before, seen(stage).item[session.proposal_id].is_announced) == (False, True)


def test_postgresql_keeps_set_up_rest_and_walk_free(stage):
    stage.edition.rest_minutes, stage.edition.walk_minutes = 10, 30
    stage.edition.save()
    stage.talk.setup_minutes = 15
    stage.talk.save()
    session = stage.placed("ada@x.example", hour=10)
    row = OnStage.objects.get()
    ends = stage.at(11)
    assert session.taken_from == stage.at(9, 45)
    assert (row.area, row.rested_at, row.reached_at) == (
        f"#{stage.hall.pk}",
        ends + timedelta(minutes=10),
        ends + timedelta(minutes=30),
    )


QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("guard", "row", "change"),
    [
        ("session_room_holds_one", Session, {"taken_from": F("starts_at") - QUARTER}),
        ("on_stage_one_place", OnStage, {"rested_at": F("ends_at") + QUARTER, "reached_at": F("ends_at") + QUARTER}),
        ("on_stage_in_reach", OnStage, {"reached_at": F("ends_at") + QUARTER, "area": F("session_id")}),
    ],
)
def test_each_guard_of_postgresql_refuses_its_clash(stage, guard, row, change):
    stage.placed("ada@x.example", hour=9)
    stage.placed("ada@x.example", hour=10)
    assert guard in VIOLATED
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        judge_change(row, change)


def judge_change(row, change):
    row.objects.update(**change)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
