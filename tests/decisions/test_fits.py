"""Does it fit? What the scheduler answers before verdicts leave, to whom, and on which page."""

from datetime import UTC, datetime, time

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.runs import LEASE, RunState
from expo.proposals.models import Availability
from reviews.decisions import fitting
from reviews.decisions.models import Decision, Fit
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.queries.fits import answer_of, fit_by_id, fit_page
from reviews.decisions.services.decisions import decide
from reviews.decisions.services.fits import execute_fit, start_fit, sweep_fits
from reviews.scoring.services.rankings import keep_up
from tests.factories import (
    EXPO_DAY,
    AcceptedFactory,
    ConflictFactory,
    PresenterFactory,
    RoomFactory,
    SessionFactory,
    SponsorFactory,
    UserFactory,
)

CHECK, JOINT = "check", "joint"


@pytest.fixture
def hall(panel):
    """Two hours, so two talks."""
    return RoomFactory(edition=panel.edition, name="Hall A", capacity=None)


def at(panel, hour):
    return datetime.combine(EXPO_DAY, time(hour), panel.edition.zone).astimezone(UTC)


def talk(panel, value, title, *, only_at=None, **fields):
    """A reviewed talk; `only_at` is the one hour its presenter can come."""
    made = panel.proposal(value, value, value, title=title, **fields)
    person = PresenterFactory(proposal=made, name=f"Speaker of {title}")
    if only_at is not None:
        away = 10 if only_at == 9 else 9
        Availability.objects.create(presenter=person, starts_at=at(panel, away), ends_at=at(panel, away + 1))
    return made


def accept(panel, *proposals):
    for proposal in proposals:
        decide(by=panel.chair, proposal=proposal, verdict="accept", reason="above_the_line", confirmed=ASKS)


def answered(panel, kind, by=None, **more):
    fit = start_fit(by=by or panel.chair, edition=panel.edition, kind=kind, **more)
    assert execute_fit(fit.pk)
    fit.refresh_from_db()
    assert fit.state == RunState.PREVIEW, fit.error
    return fit


def two_early_birds(panel):
    """The two best can both come at nine only; the third at any time."""
    return (
        talk(panel, 4, "Alpha", only_at=9),
        talk(panel, 3, "Beta", only_at=9),
        talk(panel, 2, "Gamma"),
    )


class TestAnswers:
    @pytest.mark.slow
    def test_a_set_that_fits_is_answered_with_a_timetable(self, panel, hall):
        alpha, beta = talk(panel, 4, "Alpha", only_at=10), talk(panel, 3, "Beta")
        accept(panel, alpha, beta)

        result = answered(panel, CHECK).result

        assert {row[0]: row[3] for row in result["placed"]} == {
            alpha.pk: at(panel, 10).timestamp() // 60,
            beta.pk: at(panel, 9).timestamp() // 60,
        }
        assert (result["blocked"], result["taken"]) == (None, [])

    @pytest.mark.slow
    def test_a_set_that_does_not_is_answered_with_what_blocks_and_what_helps(self, panel, hall):
        alpha, beta, gamma = two_early_birds(panel)
        accept(panel, alpha, beta)

        answer = answer_of(answered(panel, CHECK), panel.chair)

        assert [row.title for row in answer.blocked.proposals] == ["Alpha", "Beta"]
        assert answer.blocked.headline == "“Alpha” and “Beta” cannot both be scheduled; either of them alone can."
        assert answer.blocked.because == (
            "They can only be in Hall A, with space for no more than 1 of them at their times.",
            "The presenters of “Alpha” and “Beta” are available at some times only.",
        )
        assert [remedy.sentence for remedy in answer.remedies] == [
            "Ask the presenters of “Alpha” for other times.",
            "Ask the presenters of “Beta” for other times.",
            "Leave out “Beta”.",
            "Leave out “Alpha”.",
        ]
        assert answer.is_sure
        assert gamma not in answer.blocked.proposals

    @pytest.mark.slow
    def test_where_several_sets_block_it_says_what_would_have_to_go(self, panel, hall):
        early = [talk(panel, value, f"Early {value}", only_at=9) for value in (4, 3)]
        late = [talk(panel, value, f"Late {value}", only_at=10) for value in (4, 2)]
        accept(panel, *early, *late)

        answer = answer_of(answered(panel, CHECK), panel.chair)

        assert answer.remedies == ()
        assert [row.title for row in answer.leave_out] == ["Early 3", "Late 2"]

    @pytest.mark.slow
    def test_decided_verdicts_stay_and_their_sponsors_limit_counts(self, panel, hall):
        sponsor = SponsorFactory(edition=panel.edition, tier=panel.edition.tiers.get())
        kept = talk(panel, 1, "Kept", sponsor=sponsor, only_at=9)
        second = talk(panel, 4, "Second of one sponsor", sponsor=sponsor)
        out = talk(panel, 4, "Rejected")
        best = talk(panel, 3, "Best", only_at=9)
        other = talk(panel, 2, "Other")
        accept(panel, kept)
        decide(by=panel.chair, proposal=out, verdict="reject", reason="below_the_line")

        fit = answered(panel, JOINT)

        assert {row[0] for row in fit.result["placed"]} == {kept.pk, other.pk}
        assert fit.result["picked"] == [kept.pk, best.pk]
        assert second.pk not in fit.result["picked"]

    @pytest.mark.slow
    def test_a_cap_and_a_bar_of_a_what_if_hold_for_the_suggestion_too(self, panel, hall):
        talk(panel, 2, "Too low")
        high = talk(panel, 4, "High")

        fit = answered(panel, JOINT, asked={"cap": 1, "bar": 3.0})

        assert [row[0] for row in fit.result["placed"]] == [high.pk]
        assert fit.parameters == {"cap": 1, "bar": 3.0}


class TestLife:
    @pytest.mark.slow
    def test_asking_is_journalled_and_touches_no_verdict(self, panel, hall):
        alpha = talk(panel, 4, "Alpha")
        accept(panel, alpha)
        before = Decision.objects.values().get()

        answered(panel, CHECK)

        facts = Entry.objects.filter(fact__startswith="decisions.fit_").order_by("pk").values_list("fact", "actor")
        assert list(facts) == [("decisions.fit_asked", panel.chair.pk), ("decisions.fit_answered", None)]
        assert Decision.objects.values().get() == before

    def test_who_asks_the_same_meanwhile_joins(self, panel, hall):
        accept(panel, talk(panel, 4, "Alpha"))
        first = start_fit(by=panel.chair, edition=panel.edition, kind=CHECK)

        assert start_fit(by=panel.cochair(), edition=panel.edition, kind=CHECK) == first
        with pytest.raises(IntegrityError), transaction.atomic():
            Fit.objects.create(edition=panel.edition, kind=CHECK, scope=first.scope, seed=1, started_by=panel.chair)

    @pytest.mark.slow
    def test_only_cochairs_ask_and_only_what_can_be_answered(self, panel, hall):
        def code(by, kind):
            with pytest.raises((NotAllowed, Invalid, WrongState)) as refused:
                start_fit(by=by, edition=panel.edition, kind=kind)
            return refused.value.code

        assert code(UserFactory(), CHECK) == "not-allowed"
        assert code(panel.chair, "guess") == "unknown-kind"
        assert code(panel.chair, CHECK) == "nothing-to-place"
        accept(panel, talk(panel, 4, "Alpha"))
        panel.edition.rooms.all().delete()
        assert code(panel.chair, CHECK) == "no-rooms"

    @pytest.mark.slow
    def test_a_dead_workers_question_is_taken_up_again_and_given_up_in_the_end(self, panel, hall):
        accept(panel, talk(panel, 4, "Alpha"))
        fit = start_fit(by=panel.chair, edition=panel.edition, kind=CHECK)
        long_ago = clock.now() - 2 * LEASE
        Fit.objects.update(state=RunState.RUNNING, heartbeat_at=long_ago, attempts=1)
        assert sweep_fits() == 1

        assert execute_fit(fit.pk)
        assert not execute_fit(fit.pk)

        Fit.objects.update(state=RunState.RUNNING, heartbeat_at=long_ago, attempts=5)
        assert sweep_fits() == 0
        fit.refresh_from_db()
        assert (fit.state, fit.error[:9]) == (RunState.FAILED, "5 workers")

    @pytest.mark.slow
    def test_a_crash_and_a_refused_timetable_end_it_with_a_sentence(self, panel, hall, monkeypatch):
        accept(panel, talk(panel, 4, "Alpha"))

        def outcome(name, stand_in):
            monkeypatch.setattr(fitting, name, stand_in)
            fit = start_fit(by=panel.chair, edition=panel.edition, kind=CHECK)
            execute_fit(fit.pk)
            monkeypatch.undo()
            fit.refresh_from_db()
            return fit.state, fit.error

        assert outcome("check", lambda problem: 1 / 0)[1].startswith("It stopped with an error")
        assert outcome("broken", lambda *_: ["Session 1 stands twice."]) == (
            RunState.FAILED,
            "The answer was refused by the checker, so it was not stored: Session 1 stands twice.",
        )


class TestWall:
    @pytest.mark.slow
    def test_what_a_chair_may_not_see_is_a_taken_room_or_nothing(self, panel, hall):
        hidden = AcceptedFactory(
            edition=panel.edition,
            format=panel.talk,
            sponsor=SponsorFactory(edition=panel.edition),
            title="Secret",
        )
        track = panel.edition.tracks.get()
        SessionFactory(edition=panel.edition, proposal=hidden, room=hall, track=track, starts_at=at(panel, 9))
        undecided = talk(panel, 4, "Secret too", sponsor=hidden.sponsor)
        ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
        alpha, beta = talk(panel, 4, "Alpha"), talk(panel, 3, "Beta")
        accept(panel, alpha, beta)

        fit = answered(panel, CHECK)

        nine = int(at(panel, 9).timestamp()) // 60
        assert fit.result["taken"] == [[hall.pk, nine, nine + 60]]
        assert fit.result["blocked"]["sessions"] == sorted([alpha.pk, beta.pk])
        assert {hidden.pk, undecided.pk}.isdisjoint(fit.result["blocked"]["sessions"])

    @pytest.mark.slow
    def test_only_chairs_who_see_the_same_get_the_answer(self, panel, hall):
        alpha = talk(panel, 4, "Alpha")
        accept(panel, alpha)
        fit = answered(panel, CHECK)
        like, walled = panel.cochair(), panel.cochair()
        ConflictFactory(user=walled, sponsor=alpha.sponsor)

        def found(user):
            return fit_by_id(user, edition=panel.edition.slug, fit=fit.pk)

        assert found(like) == fit
        with pytest.raises(Fit.DoesNotExist):
            found(walled)
        assert fit_page(panel.edition, walled).count == 0

    @pytest.mark.slow
    def test_an_answer_is_not_made_for_eyes_that_changed_meanwhile(self, panel, hall):
        alpha = talk(panel, 4, "Alpha")
        accept(panel, alpha)
        fit = start_fit(by=panel.chair, edition=panel.edition, kind=CHECK)
        ConflictFactory(user=panel.chair, sponsor=alpha.sponsor)

        execute_fit(fit.pk)

        fit.refresh_from_db()
        assert (fit.state, fit.result, fit.error[:18]) == (RunState.FAILED, None, "What you may see h")


class TestPages:
    @pytest.fixture
    def chair(self, client, panel):
        client.force_login(panel.chair)
        return client

    @pytest.fixture
    def address(self, panel):
        return lambda name, *more: reverse(f"decisions:{name}", args=[panel.edition.slug, *more])

    @pytest.mark.slow
    def test_a_set_that_fits_is_told_at_once_without_asking(self, panel, hall, chair, address):
        accept(panel, talk(panel, 4, "Alpha"))

        page = chair.get(address("fits"))

        assert page.context["known"].fits
        assert "There is a timetable for the one session accepted so far." in page.content.decode()
        assert Fit.objects.count() == 0
        part = chair.get(address("fits"), headers={"HX-Request": "true"}).content.decode()
        assert part.startswith("<section ")
        assert "Fits" in part
        assert f'hx-get="{address("fits")}"' in chair.get(address("desk")).content.decode()

    @pytest.mark.slow
    def test_one_asks_reads_what_blocks_and_is_told_when_it_is_outdated(self, panel, hall, chair, address):
        alpha, beta, gamma = two_early_birds(panel)
        accept(panel, alpha, beta)
        assert "Ask the scheduler" in chair.get(address("fits")).content.decode()

        asked = chair.post(address("ask-fit"), {"kind": "check"}, follow=True)
        assert "hx-get" in asked.content.decode()
        fit = Fit.objects.get()
        execute_fit(fit.pk)
        assert chair.get(address("fit", fit.pk), headers={"HX-Request": "true"})["HX-Refresh"] == "true"

        answer = chair.get(address("fit", fit.pk)).content.decode()
        assert "It does not fit" in answer
        assert "Outdated" not in answer
        assert address("decide", beta.code) in answer
        assert "There is no timetable for all 2 sessions" in chair.get(address("fits")).content.decode()

        decide(by=panel.chair, proposal=beta, verdict="reject", reason="no_place_left", version=1)
        accept(panel, gamma)
        assert "Outdated" in chair.get(address("fit", fit.pk)).content.decode()
        assert chair.get(address("fits")).context["known"].fits

    @pytest.mark.slow
    def test_nonsense_is_answered_with_a_sentence(self, panel, hall, chair, address):
        for sent in ({}, {"kind": "guess"}, {"kind": "joint", "bar": "x", "cap": "-"}):
            page = chair.post(address("ask-fit"), sent, follow=True)
            assert page.status_code == 200
            assert "alert" in page.content.decode()

    @pytest.mark.slow
    def test_the_pages_cost_the_same_whatever_the_number(self, panel, hall, chair, address):
        def cost():
            keep_up(panel.edition)
            kinds = [Fit.objects.filter(kind=kind).latest("pk") for kind in (CHECK, JOINT)]
            counts = []
            for url in (address("fits"), *(address("fit", fit.pk) for fit in kinds)):
                with CaptureQueriesContext(connection) as made:
                    assert chair.get(url).status_code == 200
                counts.append(len(made))
            return counts

        two_early = two_early_birds(panel)
        accept(panel, *two_early[:2])
        answered(panel, CHECK), answered(panel, JOINT)
        before = cost()
        more = [talk(panel, 4, f"More {key}", only_at=9) for key in range(6)]
        accept(panel, *more)
        answered(panel, CHECK), answered(panel, JOINT)

        assert cost() == before
        assert max(before) <= 49  # the scheduler's problem reads liked and impossible rooms too
