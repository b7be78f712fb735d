"""The check while somebody drags: it agrees with the whole snapshot, costs two queries and keeps the wall."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.program.models import Link, OnStage, Session, Slot
from expo.program.queries.conflicts import PlacementCheck, broken_rules, check_placements
from expo.program.queries.problem import minute, snapshot
from expo.program.queries.surroundings import WantedPlacement, surroundings
from expo.program.solver.checker import Fault, faults
from expo.program.solver.problem import Place
from expo.proposals.models import Availability
from expo.proposals.states import DayHalf
from tests.factories import ConflictFactory, RoomFactory, SessionFactory, TopicFactory

from .conftest import build

pytestmark = pytest.mark.django_db
PEOPLE = [f"p{number}@x.example" for number in range(4)]


def wanted(proposal: Any, room: Any, at: Any, minutes: int | None = None) -> WantedPlacement:
    return WantedPlacement(proposal.pk, Place(room.pk, minute(at)), minutes or proposal.length)


@st.composite
def worlds(draw: Any) -> dict[str, Any]:
    """A small edition in numbers: rests, walks and set-up, sessions anywhere, breaks, absences, rules between two."""
    quarter = st.integers(0, 40)
    session = st.fixed_dictionaries(
        {
            "room": st.integers(0, 2),
            "at": quarter,
            "minutes": st.sampled_from([15, 30, 60]),
            "people": st.sets(st.sampled_from(PEOPLE), max_size=2),
            "needs": st.booleans(),
            "excluded": st.none() | st.integers(0, 2),
            "preferred": st.none() | st.integers(0, 2),
            "track": st.booleans(),
            "bounds": st.tuples(st.none() | quarter, st.none() | quarter),
        }
    )
    return {
        "rest": draw(st.sampled_from([0, 10])),
        "walk": draw(st.sampled_from([0, 20])),
        "setup": draw(st.sampled_from([0, 15])),
        "sessions": draw(st.lists(session, min_size=2, max_size=5)),
        "gone": draw(st.lists(st.tuples(st.sampled_from(PEOPLE), quarter), max_size=2)),
        "breaks": draw(st.lists(st.tuples(st.none() | st.integers(0, 2), quarter), max_size=2)),
        "links": draw(st.lists(st.tuples(st.sampled_from(["before", "same-day", "apart"]), st.booleans()), max_size=2)),
        "asked": draw(st.lists(st.tuples(st.integers(0, 2), quarter), min_size=4, max_size=4)),
    }


def furnish(stage: Any, world: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """The world in the database: its rooms and its accepted sessions, all but the first placed wherever they fall."""
    edition = stage.edition
    edition.rest_minutes, edition.walk_minutes = world["rest"], world["walk"]
    edition.save()
    stage.talk.setup_minutes = world["setup"]
    stage.talk.save()
    rooms = [stage.hall, stage.side[0], RoomFactory(edition=edition, name="Far", area="east", equipment=["piano"])]
    stage.talks.room = None
    stage.talks.save()
    stage.workshop_tracks[0].delete()
    made = [accept(stage, each) for each in world["sessions"]]
    for proposal, each in zip(made, world["sessions"], strict=True):
        for chosen, number in (
            (proposal.excluded_rooms, each["excluded"]),
            (proposal.preferred_rooms, each["preferred"]),
        ):
            chosen.set([] if number is None else [rooms[number]])
    for proposal, each in list(zip(made, world["sessions"], strict=True))[1:]:
        put(stage, proposal, rooms[each["room"]], each["at"])
    for person, at in world["gone"]:
        for proposal in made:
            for presenter in proposal.presenters.filter(email=person):
                span = moment(stage, at), moment(stage, at + 2)
                Availability.objects.create(presenter=presenter, starts_at=span[0], ends_at=span[1])
    for room, at in world["breaks"]:
        stage.edition.breaks.create(
            name="Pause",
            room=None if room is None else rooms[room],
            starts_at=moment(stage, at),
            ends_at=moment(stage, at + 2),
        )
    for kind, turned in dict(world["links"]).items():
        pair = (made[1], made[0]) if turned else (made[0], made[1])
        Link.objects.create(edition=edition, kind=kind, one=pair[0], other=pair[1], made_by=stage.chair)
    return rooms, made


def accept(stage: Any, each: dict[str, Any]) -> Any:
    low, high = each["bounds"]
    return stage.accepted(
        *sorted(each["people"]),
        minutes=each["minutes"],
        equipment=["piano"] if each["needs"] else [],
        track=stage.talks if each["track"] else None,
        earliest_at=None if low is None else moment(stage, low),
        latest_at=None if high is None or (low is not None and high <= low) else moment(stage, high),
    )


def moment(stage: Any, quarter: int) -> Any:
    return stage.at(8) + timedelta(minutes=15 * quarter)


def put(stage: Any, proposal: Any, room: Any, at: int) -> None:
    """A session as an older setup may have left it: nothing is checked but the exclusion constraints, at the end."""
    session = Session(edition=stage.edition, proposal=proposal, track=stage.talks)
    session.move_to(room.pk, moment(stage, at), proposal.length, proposal.format.setup_minutes)
    session.save()


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_the_check_finds_what_the_whole_snapshot_finds(db: None, world: dict[str, Any]) -> None:
    from django.db import transaction

    with transaction.atomic():
        stage = build()
        rooms, made = furnish(stage, world)
        seen = snapshot(stage.edition)
        item = seen.problem.item[made[0].pk]
        for room, at in world["asked"]:
            place = Place(rooms[room].pk, minute(moment(stage, at)))
            scene = surroundings(stage.edition, [WantedPlacement(item.id, place, item.minutes)])
            lean = faults(scene.problem, scene.sessions[item.id].item, place, scene.places)
            assert in_order(lean) == in_order(faults(seen.problem, item, place, seen.places))
        transaction.set_rollback(True)


def in_order(found: list[Fault]) -> list[Fault]:
    return sorted(found, key=repr)


@pytest.mark.slow
def test_it_costs_two_queries_at_two_and_at_twenty_sessions(stage: Any) -> None:
    waiting, counts = stage.accepted("p@x.example"), []
    for size in (2, 20):
        for number in range(stage.edition.sessions.count(), size):
            placed = stage.accepted(f"q{number}@x.example")
            SessionFactory(
                edition=stage.edition, proposal=placed, track=stage.talks, room=RoomFactory(edition=stage.edition)
            )
        assert OnStage.objects.count() == 0
        with CaptureQueriesContext(connection) as captured:
            scene = surroundings(stage.edition, [wanted(waiting, stage.hall, stage.at(10))])
            broken_rules(scene, waiting.pk, None)
        counts.append(len(captured))
    assert counts == [2, 2]


def test_it_says_what_a_place_costs_and_not_only_what_it_breaks(stage: Any) -> None:
    topic = TopicFactory(edition=stage.edition)
    stage.edition.days.update(prime_from="10:00", prime_until="12:00")
    beside = stage.placed(title="Beside", format=stage.workshop, room=stage.side[0], hour=13)
    stage.side[0].name = "Room 1"
    asked = stage.accepted(sponsor=beside.proposal.sponsor, expected_audience=400, prefers=DayHalf.MORNING)
    for proposal in (beside.proposal, asked):
        proposal.topics.add(topic)
    found = check_placements(stage.edition, stage.chair, wanted(asked, stage.hall, stage.at(15)))
    assert found.fits
    assert [(each.code, each.text) for each in found.effects] == [
        ("sponsor-parallel", "It overlaps “Beside” of the same sponsor, in Room 1."),
        ("topic-parallel", "It overlaps “Beside” on the same topic, in Room 1."),
        ("overflow", "400 people are expected and the room has 300 seats."),
        ("off-prime", "It starts outside prime time."),
        ("wish", "Its sponsor prefers the other half of the day."),
    ]
    asked.preferred_rooms.set([stage.side[1]])
    asked.excluded_rooms.set([stage.side[0]])
    wished = check_placements(stage.edition, stage.chair, wanted(asked, stage.hall, stage.at(10)))
    assert [(each.code, each.text) for each in wished.effects][1:] == [
        ("room-wish", "Its sponsor prefers another room."),
    ]
    shut = check_placements(stage.edition, stage.chair, wanted(asked, stage.side[0], stage.at(10)))
    (said,) = [each.text for each in shut.broken_rules if each.code == "excluded-room"]
    assert said == (
        f"{asked.sponsor.name} cannot use {stage.side[0].name}. Choose another room, or ask the sponsor to change what "
        "its session needs."
    )
    asked.preferred_rooms.clear()
    calm = check_placements(stage.edition, stage.chair, wanted(asked, stage.hall, stage.at(10)))
    assert [each.code for each in calm.effects] == ["overflow"]


def test_a_told_slot_and_a_wish_about_two_are_effects_too(stage: Any) -> None:
    session, other = stage.placed(title="One", hour=9), stage.placed(title="Two", hour=11)
    Slot.objects.create(
        proposal=session.proposal,
        room=stage.hall,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        told_by=stage.chair,
    )
    Link.objects.create(
        edition=stage.edition,
        kind="before",
        one=session.proposal,
        other=other.proposal,
        is_rule=False,
        made_by=stage.chair,
    )
    found = check_placements(stage.edition, stage.chair, wanted(session.proposal, stage.hall, stage.at(15)))
    assert [each.text for each in found.effects] == [
        "It does not keep a preferred link with “Two” (one before the other).",
        "Its presenters were notified of another slot and would have to be notified again.",
    ]


def test_two_are_checked_as_they_would_stand_after_a_swap(stage: Any) -> None:
    one, two = stage.placed("ada@x.example", hour=9), stage.placed("ada@x.example", hour=10)
    asked = [wanted(one.proposal, stage.hall, stage.at(10)), wanted(two.proposal, stage.hall, stage.at(9))]
    assert check_placements(stage.edition, stage.chair, *asked).fits
    assert [each.code for each in check_placements(stage.edition, stage.chair, asked[0]).broken_rules] == [
        "room-taken",
        "on-stage",
    ]


def test_what_is_hidden_has_no_name_and_no_effects_whatever_it_becomes(stage: Any) -> None:
    topic = TopicFactory(edition=stage.edition)
    hidden = stage.placed("eve@x.example", title="Secret", format=stage.workshop, room=stage.side[0], hour=9)
    taken = stage.placed("zoe@x.example", title="Secret too", hour=11, sponsor=hidden.proposal.sponsor)
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    asked = stage.accepted("ada@x.example")
    asked.topics.add(topic)

    def said() -> list[Any]:
        return [
            check_placements(stage.edition, stage.chair, wanted(asked, stage.hall, stage.at(hour))) for hour in (9, 11)
        ]

    before = said()
    assert before[0] == PlacementCheck((), ())
    assert [each.text for each in before[1].broken_rules] == [
        (
            "Hall A is taken then by another session (hidden: conflict). "
            "Choose another room or time, or move the other session first."
        )
    ]
    hidden.proposal.topics.add(topic)
    hidden.proposal.presenters.update(name="Other", email="other@x.example")
    for row in (hidden.proposal, taken.proposal):
        type(row).objects.filter(pk=row.pk).update(title="Other", expected_audience=900, prefers="morning", merit=1)
    Session.objects.filter(pk=taken.pk).update(is_pinned=True, version=9)
    assert said() == before
