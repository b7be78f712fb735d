"""Each move of the phase says what it means now, in true numbers, before anything happens."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.states import PHASES, Phase, RoleKind
from expo.kit import clock
from expo.program.models import Slot
from expo.proposals.models import WorkingCopy
from reviews.insight.queries.phase_moves import moves_with_numbers
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return make.EditionFactory(reviews_per_proposal=2)


@pytest.fixture
def chair(edition):
    return make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user


@pytest.fixture
def organiser(edition):
    return make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user


def enter(edition: Any, phase: Phase, **fields: Any) -> None:
    edition.phase = phase
    for name, value in fields.items():
        setattr(edition, name, value)
    edition.save()


def meaning(edition: Any, viewer: Any, to: Phase) -> tuple[str, ...]:
    return next(each.sentences for each in moves_with_numbers(edition, viewer, clock.now()) if each.move.to == to)


def blocked(edition: Any, viewer: Any, to: Phase) -> str:
    return next(each.blocked for each in moves_with_numbers(edition, viewer, clock.now()) if each.move.to == to)


def test_closing_the_call_counts_what_is_submitted_and_what_is_not(edition, chair):
    changed, _ = (make.SubmittedFactory(edition=edition) for _ in range(2))
    WorkingCopy.objects.create(proposal=changed, format=changed.format, title="New", changed_by=chair)
    make.ProposalFactory(edition=edition)
    enter(edition, Phase.CALL, call_closes_at=None)
    assert meaning(edition, chair, Phase.REVIEW) == (
        "2 proposals are submitted.",
        "1 draft is not submitted and takes no part.",
        "1 of them has changes that were not submitted; what was submitted before counts.",
        "Sponsors can no longer submit; reviewers can be assigned.",
    )
    enter(edition, Phase.CALL, call_closes_at=clock.now() + timedelta(days=2))
    assert any("closes by itself" in each for each in meaning(edition, chair, Phase.REVIEW))


def test_nothing_hidden_is_counted_and_the_page_says_so(edition, chair):
    hidden = make.SponsorFactory(edition=edition)
    make.AffiliationFactory(user=chair, organisation=hidden.organisation)
    before = meaning(edition, chair, Phase.REVIEW)
    make.SubmittedFactory(edition=edition, sponsor=hidden)
    make.ProposalFactory(edition=edition, sponsor=hidden)
    assert meaning(edition, chair, Phase.REVIEW) == before
    assert "0 proposals are submitted." in before
    assert "Proposals that are hidden from you are not counted." in before


def test_opening_the_call_says_what_is_missing_or_whom_it_mails(edition, organiser):
    enter(edition, Phase.SETUP, call_opens_at=None)
    assert "Add at least one format." in blocked(edition, organiser, Phase.CALL)
    talk = make.FormatFactory(edition=edition)
    make.TrackFactory(edition=edition, formats=[talk])
    make.EntitlementFactory(tier=make.TierFactory(edition=edition), format=talk)
    make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR)
    assert blocked(edition, organiser, Phase.CALL) == ""
    make.TeamInvitationFactory(sponsor__edition=edition, mailed_at=None)
    assert meaning(edition, organiser, Phase.CALL)[0] == "1 invitation to sponsors' teams is mailed."
    enter(edition, Phase.SETUP, call_opens_at=clock.now() + timedelta(days=1))
    first, second, *_ = meaning(edition, organiser, Phase.CALL)
    assert first.startswith("The call takes proposals from ")
    assert second == "1 invitation to sponsors' teams is mailed then."


def test_starting_to_decide_counts_reviews_in_and_open(edition, chair):
    enter(edition, Phase.REVIEW)
    proposal = make.SubmittedFactory(edition=edition)
    make.AssignmentFactory(edition=edition, proposal=proposal, state="submitted")
    make.AssignmentFactory(edition=edition, proposal=proposal, due_at=clock.now() - timedelta(days=1))
    assert meaning(edition, chair, Phase.DECIDE) == (
        "1 review is in.",
        "1 review is still open, 1 of them late.",
        "1 proposal has fewer than 2 reviews.",
        "Submitted reviews no longer change; late ones still count until the verdict on their proposal is released.",
    )
    assert meaning(edition, chair, Phase.CALL)[0] == "1 submitted proposal can change again."
    enter(edition, Phase.REVIEW, call_closes_at=clock.now() - timedelta(days=1))
    assert "Set a closing time of the call in the future." in blocked(edition, chair, Phase.CALL)


def test_starting_to_schedule_counts_what_is_accepted_and_what_is_left(edition, chair):
    enter(edition, Phase.DECIDE)
    make.AcceptedFactory(edition=edition)
    make.SubmittedFactory(edition=edition)
    make.DecisionFactory(proposal=make.SubmittedFactory(edition=edition))
    assert meaning(edition, chair, Phase.SCHEDULE)[:3] == (
        "1 proposal is accepted.",
        "1 proposal without a verdict can still get one.",
        "1 verdict can still be released.",
    )
    assert meaning(edition, chair, Phase.REVIEW)[0] == "1 verdict given so far stays."


def test_publishing_needs_a_release_and_archiving_counts_open_requests(edition, chair):
    enter(edition, Phase.SCHEDULE)
    session = make.SessionFactory(edition=edition)
    assert meaning(edition, chair, Phase.DECIDE)[0] == "1 session is scheduled."
    assert "There is no release yet." in blocked(edition, chair, Phase.PUBLISHED)
    enter(edition, Phase.PUBLISHED)
    place = {name: getattr(session, name) for name in ("room", "starts_at", "ends_at")}
    answer = {"state": "change-asked", "answered_at": clock.now(), "answered_by": chair, "told_by": chair}
    Slot.objects.create(proposal=session.proposal, number=1, **place, **answer)
    assert meaning(edition, chair, Phase.ARCHIVED)[0] == "1 request for another slot is not answered."


@pytest.mark.parametrize("phase", [phase for phase in Phase if PHASES.moves.get(phase)])
def test_every_move_has_its_question_and_a_constant_cost(edition, chair, phase):
    enter(edition, phase)
    costs = []
    for n in (2, 18):
        for _ in range(n):
            make.AssignmentFactory(edition=edition)
            make.SessionFactory(edition=edition)
            make.ProposalFactory(edition=edition)
        with CaptureQueriesContext(connection) as asked:
            found = moves_with_numbers(edition, chair, clock.now())
        costs.append(len(asked))
        assert {each.move.to for each in found} == PHASES.moves[phase]
    assert costs[0] == costs[1]


def test_the_buttons_ask_before_they_move_and_lead_back_to_their_page(client, edition, chair, organiser):
    move = reverse("editions:move-phase", args=[edition.slug])
    desk, setup = (reverse(name, args=[edition.slug]) for name in ("insight:desk", "editions:setup"))
    for user, page in ((chair, desk), (organiser, desk), (organiser, setup)):
        enter(edition, Phase.CALL)
        client.force_login(user)
        seen = client.get(page).content.decode()
        assert ("<summary" in seen, f'action="{move}"' in seen) == (True, True)
        at = "insight:desk" if page == desk else "editions:setup"
        assert client.post(move, {"to": "review", "at": at}).headers["Location"] == page
    assert f'action="{move}"' not in client.get(reverse("editions:detail", args=[edition.slug])).content.decode()


def test_a_verdict_that_supersedes_a_released_one_can_still_be_released_too(edition, chair):
    waiting = make.SubmittedFactory(edition=edition)
    waiting.state = "waitlisted"
    waiting.save()
    make.DecisionFactory(proposal=waiting)
    enter(edition, Phase.DECIDE)
    assert "1 verdict can still be released." in meaning(edition, chair, Phase.SCHEDULE)
