"""Why has it no place: asked, worked on, answered in the same page, and only for eyes that see the same timetable."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Refused
from expo.kit.runs import LEASE, MOST_ATTEMPTS, RunState
from expo.program.models import Question, Session
from expo.program.services import questions, runs, sessions
from expo.proposals.states import ProposalState
from tests.factories import ConflictFactory, RoleFactory, UserFactory

from .test_views import address, desk, stripped, text

pytestmark = pytest.mark.django_db
__all__ = ["desk"]
HTMX = {"HX-Request": "true"}
BUTTON = "Find the minimum changes to fit this session"


@pytest.fixture
def late(stage):
    """Its presenter is here from ten to eleven only, when the one hall for talks is taken by one that may move."""
    stage.other = stage.placed("ada@x.example", title="Other", hour=10)
    made = stage.accepted("eve@x.example", title="Late")
    stage.away(made, 9, 10)
    stage.away(made, 11, 18)
    return made


def ask(stage, proposal, by=None):
    return questions.ask(by=by or stage.chair, proposal=proposal)


def refused(stage, proposal, by=None):
    with pytest.raises(Refused) as answer:
        ask(stage, proposal, by)
    return answer.value.code


def cochair(stage):
    return RoleFactory(edition=stage.edition, kind=RoleKind.COCHAIR).user


def answered(question):
    questions.answer(question.pk)
    question.refresh_from_db()
    return question.state, question.error


def facts():
    return list(Entry.objects.filter(target_type="program.question").order_by("id").values_list("fact", "proposal_id"))


class TestAsking:
    @pytest.mark.slow
    def test_whoever_sees_the_same_asks_once_and_both_may_read_the_answer(self, stage, late):
        first = ask(stage, late)
        assert ask(stage, late, cochair(stage)) == first
        assert answered(first) == (RunState.PREVIEW, "")
        assert ask(stage, late) == first
        assert facts() == [("program.why_not_asked", late.pk), ("program.why_not_answered", late.pk)]

    def test_the_answer_is_kept_as_numbers_that_each_reader_gets_in_words(self, stage, late):
        question = ask(stage, late)
        answered(question)
        (only,) = question.__class__.objects.get().result["answers"]
        (move,) = only["moves"]
        assert (only["rules"], only["is_sure"], move[0]) == ([], True, stage.other.proposal_id)

    def test_what_waits_for_no_place_is_refused_with_the_reason(self, stage, late):
        assert refused(stage, stage.other.proposal) == "has-a-place"
        assert refused(stage, late, UserFactory()) == "not-allowed"
        type(late).objects.filter(pk=late.pk).update(state=ProposalState.WAITLISTED)
        assert refused(stage, late) == "not-accepted"
        assert not Question.objects.exists()

    def test_a_day_without_rooms_and_an_archived_edition_have_nothing_to_ask(self, stage, late):
        Session.objects.all().delete()
        stage.edition.tracks.all().delete()
        stage.edition.rooms.all().delete()
        assert refused(stage, late) == "no-rooms"
        type(stage.edition).objects.update(phase=Phase.ARCHIVED)
        assert refused(stage, late) == "edition-archived"

    def test_it_stands_in_nobodys_way(self, stage, late):
        question = ask(stage, late)
        drafted = stage.run()
        assert drafted.state == RunState.PREVIEW
        assert Question.objects.under_way().get() == question


class TestWorking:
    @pytest.mark.slow
    def test_a_timetable_that_changed_before_the_work_is_not_answered_for_the_old_one(self, stage, late):
        question = ask(stage, late)
        sessions.pin(by=stage.chair, session=stage.other, version=stage.other.version, pinned=True)
        assert answered(question) == (RunState.FAILED, questions.CHANGED)
        assert answered(ask(stage, late)) == (RunState.PREVIEW, "")

    def test_a_conflict_that_came_up_meanwhile_ends_it(self, stage, late):
        question = ask(stage, late)
        ConflictFactory(user=stage.chair, sponsor=late.sponsor)
        assert answered(question) == (RunState.FAILED, questions.CHANGED)

    def test_a_crash_ends_it_with_a_sentence_and_it_may_be_asked_again(self, stage, late, monkeypatch):
        monkeypatch.setattr(questions, "computed_answer", lambda *_: 1 / 0)
        question = ask(stage, late)
        assert answered(question) == (RunState.FAILED, questions.CRASHED)
        assert ask(stage, late) != question

    def test_a_dead_workers_question_is_taken_up_again_and_given_up_in_the_end(self, stage, late):
        question = ask(stage, late)
        long_ago = clock.now() - 2 * LEASE
        Question.objects.update(state=RunState.RUNNING, heartbeat_at=long_ago, attempts=1)
        assert runs.sweep() == 1
        Question.objects.update(attempts=MOST_ATTEMPTS)
        assert runs.sweep() == 0
        question.refresh_from_db()
        assert (question.state, question.error[:9]) == (RunState.FAILED, "5 workers")


class TestPage:
    @pytest.mark.slow
    def test_it_shows_what_is_known_at_once_then_progress_then_the_answer(self, stage, late, desk):
        page = address(stage, "why-not", late.code)
        opened = text(desk.get(page))
        assert (BUTTON in opened, "Possible fixes" in opened) == (True, False)
        assert Question.objects.count() == 0

        assert desk.post(page).url == page
        shown = desk.get(page)
        assert f'hx-get="{page}"' in shown.content.decode()
        assert BUTTON not in text(shown)
        part = desk.get(page, headers=HTMX)
        assert ("HX-Refresh" in part, "Waiting for a worker" in part.content.decode()) == (False, True)

        questions.answer(Question.objects.get().pk)
        assert desk.get(page, headers=HTMX)["HX-Refresh"] == "true"
        answer = text(desk.get(page))
        assert "If 1 other session moved" in answer
        assert "The first fix is proved to be the smallest." in answer
        assert BUTTON not in answer

    @pytest.mark.slow
    def test_an_answer_that_the_timetable_has_overtaken_is_not_shown_but_asked_anew(self, stage, late, desk):
        answered(ask(stage, late))
        stage.placed(title="New", hour=15)
        shown = text(desk.get(address(stage, "why-not", late.code)))
        assert "has changed since you asked" in shown
        assert BUTTON in shown
        assert "If 1 other session moved" not in shown

    def test_a_session_that_found_its_place_meanwhile_ends_the_waiting(self, stage, late, desk):
        ask(stage, late)
        sessions.move(by=stage.chair, session=stage.other, room=stage.hall, starts_at=stage.at(12), version=1)
        sessions.place(by=stage.chair, proposal=late, room=stage.hall, starts_at=stage.at(10))
        page = address(stage, "why-not", late.code)
        assert desk.get(page, headers=HTMX)["HX-Refresh"] == "true"
        assert desk.get(page).url == address(stage, "session", late.session.pk)

    @pytest.mark.slow
    def test_a_refusal_and_a_failure_are_told_in_the_page(self, stage, late, desk, monkeypatch):
        page = address(stage, "why-not", late.code)
        monkeypatch.setattr(questions, "computed_answer", lambda *_: 1 / 0)
        answered(ask(stage, late))
        failed = text(desk.get(page))
        assert questions.CRASHED.replace("'", "&#x27;") in failed
        assert BUTTON in failed
        type(stage.edition).objects.update(phase=Phase.ARCHIVED)
        refused = desk.post(page)
        assert (refused.status_code, "its timetable no longer changes" in text(refused)) == (409, True)

    @pytest.mark.slow
    def test_the_page_costs_as_many_queries_for_many_sessions_as_for_few(self, stage, late, desk):
        answered(ask(stage, late))
        page = address(stage, "why-not", late.code)

        def cost():
            desk.get(page)
            with CaptureQueriesContext(connection) as captured:
                desk.get(page)
            return len(captured)

        few = cost()
        for hour in (9, 12, 13, 14):
            stage.placed(f"p{hour}@x.example", hour=hour)
        answered(ask(stage, late))
        assert cost() == few


class TestWall:
    @pytest.mark.slow
    def test_a_chair_with_another_view_gets_another_answer_and_does_not_learn_of_this_one(self, stage, late, client):
        """For the free chair Other moves; for the other one it is a taken room that stays."""
        answered(ask(stage, late))
        walled = cochair(stage)
        ConflictFactory(user=walled, sponsor=stage.other.proposal.sponsor)
        client.force_login(walled)
        page = address(stage, "why-not", late.code)
        shown = text(client.get(page))
        assert BUTTON in shown
        assert "has changed since" not in shown
        question = ask(stage, late, walled)
        assert answered(question) == (RunState.PREVIEW, "")
        answer = text(client.get(page))
        assert "Other" not in answer
        assert "Some sessions are hidden from you" in answer
        assert stage.other.proposal_id not in {move[0] for each in question.result["answers"] for move in each["moves"]}

    @pytest.mark.slow
    def test_that_somebody_asks_about_a_hidden_session_shows_nowhere(self, stage, late, client):
        walled = cochair(stage)
        ConflictFactory(user=walled, sponsor=late.sponsor)
        client.force_login(walled)
        places = [
            *(address(stage, name) for name in ("timetable", "drafts", "changes")),
            reverse("insight:audit", args=[stage.edition.slug]),
        ]

        def pages():
            return [stripped(client.get(place)) for place in places]

        before = pages()
        answered(ask(stage, late))
        assert pages() == before
        assert client.get(address(stage, "why-not", late.code)).status_code == 404
        assert client.post(address(stage, "why-not", late.code)).status_code == 404

    def test_what_changes_behind_the_wall_changes_neither_question_nor_answer(self, stage, late):
        hidden = stage.other.proposal
        ConflictFactory(user=stage.chair, sponsor=hidden.sponsor)
        question = ask(stage, late)
        answered(question)
        hidden.presenters.update(email="eve@x.example", name="Eve")
        type(hidden).objects.filter(pk=hidden.pk).update(title="New", merit=1, expected_audience=900)
        Session.objects.filter(pk=stage.other.pk).update(is_pinned=True, version=9)
        stage.accepted("eve@x.example", title="Unplaced", sponsor=hidden.sponsor, merit=5)
        assert ask(stage, late) == question


def test_two_questions_of_the_same_kind_are_not_under_way_at_once(stage, late):
    first = ask(stage, late)
    with pytest.raises(IntegrityError, match="program_question_one_under_way"), transaction.atomic():
        Question.objects.create(
            edition=stage.edition,
            proposal=late,
            started_by=stage.chair,
            seed=1,
            input_hash=first.input_hash,
        )
