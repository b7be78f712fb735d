"""Moves by hand: what they write, and every sentence that refuses one."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from expo.editions.states import Phase
from expo.journal.models import Entry, Reaction
from expo.journal.services import perform, record
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.program.models import OnStage, Session
from expo.program.queries.whole import scheduling_conflicts
from expo.program.services import sessions
from expo.program.tasks import free_withdrawn
from expo.proposals.services.presenters import change_presenters
from expo.proposals.services.submission import restore, withdraw
from expo.proposals.states import ProposalState
from tests.concurrency import race
from tests.factories import (
    ConflictFactory,
    EntitlementFactory,
    RoomFactory,
    SessionFactory,
    TeamMemberFactory,
    UserFactory,
)

from .conftest import HOUR, build

pytestmark = pytest.mark.django_db


def refusal(kind, verb, **fields):
    with pytest.raises(kind) as caught:
        verb(**fields)
    return caught.value.code, caught.value.message, caught.value.field


def test_a_placed_session_has_its_room_track_time_and_people(stage):
    session = stage.placed("Ada@x.example", "bob@x.example", hour=10)
    assert (session.room, session.track, session.starts_at, session.ends_at, session.version) == (
        stage.hall,
        stage.talks,
        stage.at(10),
        stage.at(11),
        1,
    )
    assert list(OnStage.objects.order_by("person").values_list("person", "starts_at", "ends_at")) == [
        ("ada@x.example", stage.at(10), stage.at(11)),
        ("bob@x.example", stage.at(10), stage.at(11)),
    ]
    entry = Entry.objects.get(fact="program.session_placed")
    assert (entry.actor, entry.proposal_id, entry.data["to"]["room_name"]) == (
        stage.chair,
        session.proposal_id,
        "Hall A",
    )


def test_a_move_takes_the_people_along_and_is_journalled(stage):
    session = stage.placed("ada@x.example", hour=10)
    moved = sessions.move(by=stage.chair, session=session, room=stage.hall, starts_at=stage.at(15), version=1)
    assert (moved.starts_at, moved.ends_at, moved.version) == (stage.at(15), stage.at(16), 2)
    assert OnStage.objects.get().starts_at == stage.at(15)
    data = Entry.objects.get(fact="program.session_moved").data
    assert (data["from"]["starts_at"], data["to"]["starts_at"]) == (
        stage.at(10).isoformat(),
        stage.at(15).isoformat(),
    )


def test_a_room_that_is_taken_is_refused_with_the_title(stage):
    stage.placed(title="Scaling laws", hour=10)
    late = stage.accepted()
    assert refusal(Refused, sessions.place, by=stage.chair, proposal=late, room=stage.hall, starts_at=stage.at(10)) == (
        "room-taken",
        "Hall A is taken then by “Scaling laws”. Choose another room or time, or move the other session first.",
        "room",
    )
    assert stage.program() == [("Scaling laws", "Hall A", "18 10:00")]


def test_a_presenter_on_stage_elsewhere_is_refused_by_name_and_place(stage):
    stage.placed("ada@x.example", title="Scaling laws", hour=10)
    workshop = stage.accepted("ADA@x.example", format=stage.workshop)
    assert refusal(
        Refused, sessions.place, by=stage.chair, proposal=workshop, room=stage.side[0], starts_at=stage.at(9)
    ) == (
        "on-stage",
        "Ada is on stage in Hall A from 10:00 to 11:00 (“Scaling laws”). Choose another time.",
        "starts_at",
    )


def test_hours_grid_breaks_tracks_and_absences_each_have_a_sentence(stage):
    proposal = stage.accepted("ada@x.example")
    stage.away(proposal, 15, 16)
    stage.add_break(12, 13)
    stray = RoomFactory(edition=stage.edition, name="Foyer")

    def refused(room, hour, minute=0):
        at = stage.at(hour, minute)
        return refusal(Invalid, sessions.place, by=stage.chair, proposal=proposal, room=room, starts_at=at)

    assert refused(stage.hall, 17, 30) == (
        "closed",
        (
            "18 July, 17:30 plus 60 minutes is not inside a day's opening hours. "
            "Choose a start that ends before the day does."
        ),
        "starts_at",
    )
    assert refused(stage.hall, 9, 10) == (
        "off-grid",
        "Sessions start every 30 minutes from a day's opening. Choose such a start.",
        "starts_at",
    )
    assert refused(stage.hall, 11, 30)[:2] == (
        "in-break",
        "It would run into a break in Hall A. Choose a time before or after it.",
    )
    assert refused(stage.side[0], 9) == (
        "wrong-track",
        "Room 1 does not hold a track that takes a talk. Choose another room, or change the tracks in the setup.",
        "room",
    )
    assert refused(stray, 9)[0] == "wrong-track"
    assert refused(stage.hall, 15)[:2] == ("away", "Ada is away at that time. Choose another time.")
    assert stage.program() == []


def test_a_page_that_is_out_of_date_is_refused_and_loses_nobodys_work(stage):
    session = stage.placed(hour=10)
    sessions.move(by=stage.chair, session=session, room=stage.hall, starts_at=stage.at(11), version=1)
    code, message, _ = refusal(
        Refused, sessions.move, by=stage.chair, session=session, room=stage.hall, starts_at=stage.at(14), version=1
    )
    assert (code, message.partition(".")[0]) == ("stale", "Somebody changed this session after you opened it")
    assert [row[2] for row in stage.program()] == ["18 11:00"]


def test_a_session_that_is_gone_says_so(stage):
    seen = stage.placed()
    sessions.unplace(by=stage.chair, session=Session.objects.get(), version=1)
    assert not Session.objects.exists()
    assert not OnStage.objects.exists()
    assert refusal(WrongState, sessions.pin, by=stage.chair, session=seen, pinned=True, version=1)[0] == "session-gone"


def test_only_accepted_proposals_without_a_place_get_one(stage):
    session = stage.placed()
    again = {"by": stage.chair, "room": stage.hall, "starts_at": stage.at(15)}
    assert refusal(WrongState, sessions.place, proposal=session.proposal, **again)[0] == "already-placed"
    waiting = stage.accepted(state=ProposalState.WAITLISTED)
    assert refusal(WrongState, sessions.place, proposal=waiting, **again)[0] == "not-accepted"


def test_an_archived_edition_no_longer_changes(stage):
    session = stage.placed()
    stage.edition.phase = Phase.ARCHIVED
    stage.edition.save()
    assert refusal(WrongState, sessions.unplace, by=stage.chair, session=session, version=1)[0] == "edition-archived"


def test_a_pin_is_set_and_removed_once(stage):
    session = stage.placed()
    pinned = sessions.pin(by=stage.chair, session=session, pinned=True, version=1)
    sessions.pin(by=stage.chair, session=session, pinned=True, version=2)
    assert (pinned.is_pinned, Session.objects.get().version) == (True, 2)
    sessions.pin(by=stage.chair, session=session, pinned=False, version=2)
    facts = Entry.objects.filter(fact__startswith="program.session_").order_by("id").values_list("fact", flat=True)
    assert list(facts) == ["program.session_placed", "program.session_pinned", "program.session_unpinned"]


def test_behind_the_wall_nothing_is_moved_and_the_one_in_the_way_has_no_name(stage):
    hidden = stage.placed("ada@x.example", title="Secret", hour=10)
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    for verb, fields in (
        (sessions.move, {"room": stage.hall, "starts_at": stage.at(15), "version": 1}),
        (sessions.pin, {"pinned": True, "version": 1}),
        (sessions.unplace, {"version": 1}),
    ):
        assert refusal(NotAllowed, verb, by=stage.chair, session=hidden, **fields)[0] == "not-allowed"
    talk, workshop = stage.accepted(), stage.accepted("ada@x.example", format=stage.workshop)
    assert refusal(Refused, sessions.place, by=stage.chair, proposal=talk, room=stage.hall, starts_at=stage.at(10))[
        1
    ] == (
        "Hall A is taken then by another session (hidden: conflict). "
        "Choose another room or time, or move the other session first."
    )
    assert (
        refusal(Refused, sessions.place, by=stage.chair, proposal=workshop, room=stage.side[0], starts_at=stage.at(9))[
            1
        ]
        == "A presenter of this session is not free at that time. Choose another time."
    )


def test_strangers_sponsors_and_the_chairs_of_another_edition_may_do_nothing(stage):
    session, waiting = stage.placed(), stage.accepted()
    for user in (UserFactory(), session.proposal.created_by, build().chair):
        with pytest.raises(NotAllowed):
            sessions.place(by=user, proposal=waiting, room=stage.hall, starts_at=stage.at(15))
        with pytest.raises(NotAllowed):
            sessions.move(by=user, session=session, room=stage.hall, starts_at=stage.at(15), version=1)


def test_a_room_of_another_edition_is_refused(stage):
    foreign = build().hall
    code = refusal(
        NotAllowed, sessions.place, by=stage.chair, proposal=stage.accepted(), room=foreign, starts_at=stage.at(9)
    )
    assert (code[0], code[2]) == ("not-allowed", "room")


def test_a_withdrawal_frees_the_place_once(stage):
    session = stage.placed("ada@x.example")
    proposal = session.proposal
    proposal.state = ProposalState.WITHDRAWN
    proposal.save()
    entry = record("proposals.withdrawn", by=stage.chair, target=proposal, proposal_id=proposal.pk)
    reaction = Reaction.objects.get(entry=entry, task="program.free_withdrawn")
    assert [perform(reaction.pk, free_withdrawn), perform(reaction.pk, free_withdrawn)] == [True, False]
    assert not Session.objects.exists()
    assert not OnStage.objects.exists()
    assert Entry.objects.filter(fact="program.session_freed").count() == 1


def withdrawn_and_restored(stage, session, meanwhile=lambda: None):
    """Both reactions done, with something in between; the place that the session has after it, if any."""
    proposal = session.proposal
    withdraw(by=TeamMemberFactory(sponsor=proposal.sponsor).user, proposal=proposal)
    sessions.free_withdrawn(Entry.objects.get(fact="proposals.withdrawn"))
    meanwhile()
    EntitlementFactory(tier=proposal.sponsor.tier, format=proposal.format)
    restore(by=stage.chair, proposal=proposal)
    sessions.place_restored(Entry.objects.get(fact="proposals.restored"))
    return Session.objects.filter(proposal=proposal).first()


def test_a_restored_session_gets_its_free_place_back(stage):
    session = stage.placed("ada@x.example", hour=11)
    again = withdrawn_and_restored(stage, session)
    assert (again.room, again.starts_at, again.ends_at) == (session.room, session.starts_at, session.ends_at)
    assert [each.person for each in again.on_stage.all()] == ["ada@x.example"]


def test_a_restored_session_stays_unscheduled_when_its_place_is_taken(stage):
    assert withdrawn_and_restored(stage, stage.placed(hour=11), meanwhile=lambda: stage.placed(hour=11)) is None


def test_who_is_on_stage_follows_new_presenters(stage):
    """People whom nobody has confirmed are told apart per sponsor, so both sessions are of one."""
    session = stage.placed("ada@x.example", hour=11)
    sponsor = session.proposal.sponsor
    busy = stage.placed("zoe@x.example", hour=11, room=stage.side[0], format=stage.workshop, sponsor=sponsor)

    def change(placed, *names):
        presenters = [{"name": name, "email": f"{name.lower()}@x.example"} for name in names]
        change_presenters(by=stage.chair, proposal=placed.proposal, presenters=presenters)
        sessions.follow_presenters(Entry.objects.filter(fact="proposals.presenters_changed").latest("id"))
        return sorted(each.person for each in placed.on_stage.all())

    assert change(busy, "Eve") == [f"eve@x.example#{sponsor.pk}"]
    # Eve is elsewhere at that time: PostgreSQL keeps her there, and the chairs read that neither session can stay.
    assert change(session, "Bob", "Eve") == [f"bob@x.example#{sponsor.pk}"]
    assert {each.session for each in scheduling_conflicts(stage.edition, stage.chair)} == {session, busy}


def test_a_proposal_that_came_back_keeps_its_place(stage):
    session = stage.placed()
    entry = record("proposals.withdrawn", by=stage.chair, target=session.proposal, proposal_id=session.proposal_id)
    sessions.free_withdrawn(entry)
    assert Session.objects.get() == session


@pytest.mark.django_db(transaction=True)
def test_of_two_chairs_who_want_one_place_one_gets_it_and_one_is_refused(transactional_db):
    stage = build()
    one, two = stage.accepted(), stage.accepted()
    answers = race(
        *(
            lambda each=each: sessions.place(by=stage.chair, proposal=each, room=stage.hall, starts_at=stage.at(9))
            for each in (one, two)
        )
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "Session"]
    assert Session.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_postgresql_refuses_two_sessions_in_a_room_whoever_writes_them(transactional_db, round_):
    stage = build()
    made = [stage.accepted() for _ in range(4)]
    answers = race(*(lambda each=each, n=n: write_by_hand(stage, each, n) for n, each in enumerate(made)))
    assert sorted(answer is None for answer in answers) == [False, False, False, True]
    assert Session.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_postgresql_refuses_a_person_on_two_stages_whoever_writes_it(transactional_db):
    stage = build()
    first = stage.placed("ada@x.example", hour=9)
    second = stage.placed("bob@x.example", hour=9, room=stage.side[0], format=stage.workshop)
    with pytest.raises(IntegrityError), transaction.atomic():
        OnStage.objects.filter(session=second).update(person="ada@x.example")
    assert OnStage.objects.filter(person="ada@x.example").get().session == first


def write_by_hand(stage, proposal, shift):
    """Past every service: half an hour apart, an hour long, in one room."""
    with transaction.atomic():
        starts_at = stage.at(9) + shift * timedelta(minutes=15)
        span = {"starts_at": starts_at, "ends_at": starts_at + HOUR}
        SessionFactory(edition=stage.edition, proposal=proposal, room=stage.hall, track=stage.talks, **span)
