"""The editor's verbs beside moving: swap, resize, close a room, undo and redo."""

import pytest

from expo.editions.models import Break
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.kit.runs import RunState
from expo.program.models import OnStage, Session, Slot
from expo.program.queries.history import undo_redo
from expo.program.services import breaks, history, runs, sessions
from expo.proposals.models import Proposal
from expo.proposals.services.constraints import agree_length
from tests.concurrency import race
from tests.factories import ConflictFactory, RoleFactory, UserFactory

from .conftest import build
from .test_moves import refusal

pytestmark = pytest.mark.django_db


def again(session: Session) -> Session:
    """The session as it stands now."""
    return Session.objects.get(proposal=session.proposal_id)


def shape(stage) -> list[tuple]:
    """Everything a step could change, in one comparable list."""
    rows = Session.objects.filter(edition=stage.edition).order_by("proposal")
    stood = [(row.proposal_id, row.room_id, row.starts_at, row.ends_at, row.track_id, row.is_pinned) for row in rows]
    people = OnStage.objects.order_by("person", "starts_at").values_list("person", "starts_at", "ends_at")
    lengths = Proposal.objects.order_by("pk").values_list("pk", "minutes")
    break_rows = Break.objects.order_by("starts_at").values_list("name", "room", "starts_at", "ends_at")
    return [*stood, *people, *lengths, *break_rows]


class TestSwapping:
    def test_two_sessions_exchange_their_places_in_one_step(self, stage):
        one, two = stage.placed("ada@x.example", hour=9), stage.placed("bob@x.example", hour=11)
        sessions.swap(by=stage.chair, session=one, other=two, version=1, other_version=1)
        assert (again(one).starts_at, again(two).starts_at) == (stage.at(11), stage.at(9))
        assert dict(OnStage.objects.values_list("person", "starts_at")) == {
            "ada@x.example": stage.at(11),
            "bob@x.example": stage.at(9),
        }
        entries = Entry.objects.filter(fact="program.session_moved").order_by("id")
        assert [entry.proposal_id for entry in entries] == [one.proposal_id, two.proposal_id]
        assert len({entry.data["step"] for entry in entries}) == 1

    def test_neighbours_may_swap_though_each_is_in_the_others_way(self, stage):
        one, two = stage.placed("ada@x.example", hour=9), stage.placed("ada@x.example", hour=10)
        sessions.swap(by=stage.chair, session=one, other=two, version=1, other_version=1)
        assert (again(one).starts_at, again(two).starts_at) == (stage.at(10), stage.at(9))

    def test_both_must_fit_or_neither_moves(self, stage):
        talk, workshop = stage.placed(hour=9), stage.placed(format=stage.workshop, room=stage.side[0])
        before = shape(stage)
        fields = {"by": stage.chair, "session": talk, "other": workshop, "version": 1, "other_version": 1}
        assert refusal(Invalid, sessions.swap, **fields)[0] == "wrong-track"
        assert shape(stage) == before

    def test_a_version_that_is_old_stops_it(self, stage):
        one, two = stage.placed(hour=9), stage.placed(hour=11)
        sessions.pin(by=stage.chair, session=two, pinned=True, version=1)
        fields = {"by": stage.chair, "session": one, "other": two, "version": 1, "other_version": 1}
        assert refusal(Refused, sessions.swap, **fields)[0] == "stale"
        assert refusal(WrongState, sessions.swap, **{**fields, "other": one})[0] == "same-session"

    def test_the_wall_and_the_edition_hold_on_either_side(self, stage):
        one, two = stage.placed(hour=9), stage.placed(hour=11)
        elsewhere = build().placed()
        ConflictFactory(user=stage.chair, sponsor=two.proposal.sponsor)
        for pair in ((one, two), (two, one), (one, elsewhere)):
            with pytest.raises(NotAllowed):
                sessions.swap(by=stage.chair, session=pair[0], other=pair[1], version=1, other_version=1)


class TestResizing:
    @pytest.fixture(autouse=True)
    def flexible(self, stage):
        stage.talk.least_minutes, stage.talk.most_minutes = 30, 90
        stage.talk.save()

    def test_the_session_and_what_was_agreed_change_together(self, stage):
        session = stage.placed("ada@x.example", hour=9)
        sessions.resize(by=stage.chair, session=session, minutes=45, version=1)
        session.refresh_from_db()
        session.proposal.refresh_from_db()
        assert (session.ends_at, session.version, session.proposal.minutes) == (stage.at(9, 45), 2, 45)
        assert OnStage.objects.get().ends_at == stage.at(9, 45)
        sessions.resize(by=stage.chair, session=session, minutes=60, version=2)
        session.proposal.refresh_from_db()
        assert session.proposal.minutes is None

    def test_the_format_the_step_and_the_next_session_limit_it(self, stage):
        session = stage.placed(hour=9)
        stage.placed(title="Next", hour=10)
        fields = {"by": stage.chair, "session": session, "version": 1}
        assert refusal(Invalid, sessions.resize, minutes=95, **fields) == (
            "invalid-length",
            "A talk takes from 30 to 90 minutes. Choose such a length, or change the format in the setup.",
            "minutes",
        )
        assert refusal(Invalid, sessions.resize, minutes=47, **fields)[:2] == (
            "invalid-length",
            "A length changes in steps of 5 minutes. Choose such a length.",
        )
        assert "“Next”" in refusal(Refused, sessions.resize, minutes=65, **fields)[1]
        assert Proposal.objects.get(pk=session.proposal_id).minutes is None

    def test_a_length_is_agreed_by_chairs_outside_their_wall_alone(self, stage):
        proposal = stage.accepted()
        for user in (UserFactory(), proposal.created_by, build().chair):
            with pytest.raises(NotAllowed):
                agree_length(by=user, proposal=proposal, minutes=45)


class TestClosingARoom:
    def test_a_cochair_adds_a_break_and_removes_it(self, stage):
        fields = {"by": stage.chair, "edition": stage.edition, "room": stage.hall}
        break_ = breaks.add(name="Sound check", starts_at=stage.at(9), ends_at=stage.at(10), **fields)
        waiting = {"by": stage.chair, "proposal": stage.accepted(), "room": stage.hall, "starts_at": stage.at(9)}
        assert refusal(Invalid, sessions.place, **waiting)[0] == "in-break"
        breaks.remove(by=stage.chair, edition=stage.edition, break_=break_)
        sessions.place(**waiting)
        assert refusal(WrongState, breaks.remove, by=stage.chair, edition=stage.edition, break_=break_)[0] == (
            "open-already"
        )

    def test_sessions_in_the_way_are_named_unless_the_room_is_unavailable(self, stage):
        seen, hidden = stage.placed(title="Seen", hour=9), stage.placed(title="Secret", hour=10)
        ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
        fields = {"by": stage.chair, "edition": stage.edition, "room": stage.hall, "name": "Water damage"}
        fields |= {"starts_at": stage.at(9), "ends_at": stage.at(12)}
        assert refusal(Refused, breaks.add, **fields) == (
            "in-the-way",
            (
                "“Seen” and 1 more are scheduled there then. Move what is in the way first, or tick that the room is "
                "unavailable: then the sessions are flagged, and a repair looks for other slots."
            ),
            "is_lost",
        )
        breaks.add(**fields, is_lost=True)
        assert again(seen).room == stage.hall
        assert refusal(Invalid, breaks.add, **fields, is_lost=True)[0] == "closed-already"

    def test_all_rooms_may_have_a_break_within_a_day(self, stage):
        fields = {"by": stage.chair, "edition": stage.edition, "name": "Lunch", "starts_at": stage.at(12)}
        breaks.add(**fields, ends_at=stage.at(13))
        assert refusal(Invalid, breaks.add, **{**fields, "starts_at": stage.at(17)}, ends_at=stage.at(19))[0] == (
            "outside-day"
        )
        assert Break.objects.get().room is None

    def test_strangers_and_the_chairs_of_another_edition_add_no_break(self, stage):
        for user in (UserFactory(), build().chair):
            with pytest.raises(NotAllowed):
                breaks.add(by=user, edition=stage.edition, name="No", starts_at=stage.at(9), ends_at=stage.at(10))


class TestUndoing:
    def steps(self, stage):
        """One of each verb, as (what the journal's reader calls it, the verb)."""
        stage.talk.least_minutes = 30
        stage.talk.save()
        one, two = stage.placed("ada@x.example", title="One", hour=9), stage.placed(title="Two", hour=11)
        waiting, chair, hall = stage.accepted(title="Three"), stage.chair, stage.hall

        def version(session):
            return again(session).version

        return [
            (
                "moving “One” to Hall A, 15:00",
                lambda: sessions.move(by=chair, session=one, room=hall, starts_at=stage.at(15), version=version(one)),
            ),
            (
                "swapping “One” and “Two”",
                lambda: sessions.swap(
                    by=chair, session=one, other=two, version=version(one), other_version=version(two)
                ),
            ),
            (
                "giving “One” 45 minutes",
                lambda: sessions.resize(by=chair, session=one, minutes=45, version=version(one)),
            ),
            ("pinning “Two”", lambda: sessions.pin(by=chair, session=two, pinned=True, version=version(two))),
            (
                "placing “Three” in Hall A, 13:00",
                lambda: sessions.place(by=chair, proposal=waiting, room=hall, starts_at=stage.at(13)),
            ),
            ("unscheduling “Two”", lambda: sessions.unplace(by=chair, session=two, version=version(two))),
            (
                "adding the break “Sound check” in Hall A",
                lambda: breaks.add(
                    by=chair,
                    edition=stage.edition,
                    room=hall,
                    name="Sound check",
                    starts_at=stage.at(16),
                    ends_at=stage.at(17),
                ),
            ),
        ]

    @pytest.mark.slow
    def test_every_verb_is_undone_and_redone_in_order(self, stage):
        seen, chair, edition = [], stage.chair, stage.edition
        steps = self.steps(stage)
        for _, verb in steps:
            seen.append(shape(stage))
            verb()
        seen.append(shape(stage))
        for at in reversed(range(len(steps))):
            assert undo_redo(edition, chair).undo.label == steps[at][0]
            history.undo(by=chair, edition=edition)
            assert shape(stage) == seen[at], steps[at][0]
        for at, (words, _) in enumerate(steps):
            assert undo_redo(edition, chair).redo.label == words
            history.redo(by=chair, edition=edition)
            assert shape(stage) == seen[at + 1], words
        assert refusal(WrongState, history.redo, by=chair, edition=edition)[0] == "nothing-to-redo"

    def test_a_new_step_forgets_what_could_be_redone(self, stage):
        session = stage.placed(hour=9)
        history.undo(by=stage.chair, edition=stage.edition)
        assert not Session.objects.exists()
        sessions.place(by=stage.chair, proposal=session.proposal, room=stage.hall, starts_at=stage.at(10))
        assert undo_redo(stage.edition, stage.chair).redo is None

    def test_what_somebody_else_changed_since_is_left_alone_and_named(self, stage):
        other = RoleFactory(edition=stage.edition, kind="cochair", user=UserFactory(name="Ann Chair")).user
        session = stage.placed(title="Mine", hour=9)
        sessions.move(by=other, session=session, room=stage.hall, starts_at=stage.at(14), version=1)
        before = shape(stage)
        code, message, _ = refusal(Refused, history.undo, by=stage.chair, edition=stage.edition)
        assert (code, message) == (
            "changed-since",
            (
                "“Mine” is not as you left it: Ann Chair changed it since by moving it to Hall A, 14:00. "
                "Change it by hand if you still want it."
            ),
        )
        assert shape(stage) == before

    def test_a_pin_by_somebody_else_stays_when_a_move_is_undone(self, stage):
        other = RoleFactory(edition=stage.edition, kind="cochair").user
        session = stage.placed(hour=9)
        sessions.move(by=stage.chair, session=session, room=stage.hall, starts_at=stage.at(14), version=1)
        sessions.pin(by=other, session=session, pinned=True, version=2)
        history.undo(by=stage.chair, edition=stage.edition)
        assert (again(session).starts_at, again(session).is_pinned) == (stage.at(9), True)

    def test_a_place_that_is_taken_in_the_meantime_is_not_given_back(self, stage):
        other = RoleFactory(edition=stage.edition, kind="cochair").user
        session = stage.placed(hour=9)
        sessions.unplace(by=stage.chair, session=session, version=1)
        sessions.place(by=other, proposal=stage.accepted(title="New"), room=stage.hall, starts_at=stage.at(9))
        code, message, _ = refusal(Refused, history.undo, by=stage.chair, edition=stage.edition)
        assert (code, "“New”" in message) == ("room-taken", True)

    def test_what_presenters_were_notified_of_stays_when_the_session_is_taken_out_and_put_back(self, stage):
        session = stage.placed(hour=9)
        Slot.objects.create(
            proposal=session.proposal,
            room=stage.hall,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            told_by=stage.chair,
        )
        before = Slot.objects.values("room", "starts_at", "ends_at", "number", "state", "told_at", "told_by").get()
        sessions.unplace(by=stage.chair, session=session, version=1)
        assert Slot.objects.values(*before).get() == before
        history.undo(by=stage.chair, edition=stage.edition)
        assert Slot.objects.values(*before).get() == before

    @pytest.mark.slow
    def test_an_adopted_run_is_taken_back_as_a_whole(self, stage):
        stage.placed("ada@x.example", hour=14)
        stage.accepted("bob@x.example")
        before, run = shape(stage), stage.run()
        runs.adopt(by=stage.chair, run=run)
        after = shape(stage)
        assert len(after) > len(before)
        history.undo(by=stage.chair, edition=stage.edition)
        run.refresh_from_db()
        assert (shape(stage), run.state) == (before, RunState.PREVIEW)
        history.redo(by=stage.chair, edition=stage.edition)
        run.refresh_from_db()
        assert (shape(stage), run.state) == (after, RunState.ADOPTED)

    def test_only_ones_own_last_step_outside_the_wall_is_undone(self, stage):
        other = RoleFactory(edition=stage.edition, kind="cochair").user
        mine, secret = stage.placed(title="Mine", hour=9), stage.placed(title="Secret", hour=11)
        assert refusal(WrongState, history.undo, by=other, edition=stage.edition)[0] == "nothing-to-undo"
        ConflictFactory(user=stage.chair, sponsor=secret.proposal.sponsor)
        assert undo_redo(stage.edition, stage.chair).undo.label == "placing “Mine” in Hall A, 09:00"
        history.undo(by=stage.chair, edition=stage.edition)
        assert [row.proposal_id for row in Session.objects.all()] == [secret.proposal_id]
        assert refusal(WrongState, history.undo, by=stage.chair, edition=stage.edition)[0] == "nothing-to-undo"
        assert mine.proposal_id

    def test_the_step_that_was_shown_is_the_one_that_is_undone(self, stage):
        stage.placed(hour=9)
        shown = undo_redo(stage.edition, stage.chair).undo.id
        stage.placed(hour=11)
        assert refusal(Refused, history.undo, by=stage.chair, edition=stage.edition, step=shown)[0] == "stale"
        with pytest.raises(NotAllowed):
            history.undo(by=UserFactory(), edition=stage.edition)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_chairs_who_change_one_session_one_is_refused(transactional_db):
    stage = build()
    one, two = stage.placed(hour=9), stage.placed(hour=11)
    answers = race(
        lambda: sessions.swap(by=stage.chair, session=one, other=two, version=1, other_version=1),
        lambda: sessions.move(by=stage.chair, session=one, room=stage.hall, starts_at=stage.at(15), version=1),
        lambda: sessions.swap(by=stage.chair, session=two, other=one, version=1, other_version=1),
    )
    assert sorted(getattr(answer, "code", "done") for answer in answers) == ["done", "stale", "stale"]
    assert Session.objects.count() == 2
