"""No verb of a sponsor is a weapon: whoever says no to what is asked ends as if none of it had happened."""

from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.accounts.models import User
from expo.accounts.services import save_coauthors
from expo.editions.states import RoleKind
from expo.journal.models import Reaction
from expo.journal.services import perform
from expo.kit.errors import Refused
from expo.proposals import tasks as proposals
from expo.proposals.models import Conflict, Proposal
from expo.proposals.queries.claims import questions
from expo.proposals.queries.conflict_wall import behind_the_wall, conflicts_between, wall
from expo.proposals.queries.coverage import uncovered
from expo.proposals.services.claim_answers import answer_claim
from expo.proposals.services.drafts import set_presenters
from expo.proposals.services.submission import revive, submit, withdraw
from expo.sponsors.models import TeamInvitation
from expo.sponsors.services.invitations import cancel_invitation, invite_to_team
from reviews.assignments import tasks as assignments
from reviews.assignments.models import Assignment
from reviews.scoring.models import Review
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

VERBS = (
    "address",
    "tagged",
    "name",
    "coauthor",
    "nobody",
    "submit",
    "withdraw",
    "revive",
    "invite",
    "cancel",
    "settle",
)
WHO = ("reviewer", "cochair", "organiser")


class Scene:
    """A sponsor with one proposal, judged by a reviewer, a cochair and an organiser; and a neighbour's proposal."""

    def __init__(self) -> None:
        self.sponsor = make.SponsorFactory()
        edition = self.edition = self.sponsor.edition
        talk = make.FormatFactory(edition=edition)
        make.EntitlementFactory(tier=self.sponsor.tier, format=talk, may_submit=5, may_be_accepted=5)
        self.contact = make.TeamMemberFactory(sponsor=self.sponsor).user
        of = {"edition": edition, "format": talk}
        self.proposal = make.SubmittedFactory(**of, sponsor=self.sponsor)
        make.PresenterFactory(proposal=self.proposal)
        other = make.SubmittedFactory(**of, sponsor=make.SponsorFactory(edition=edition, tier=self.sponsor.tier))
        self.people = {
            kind: make.RoleFactory(edition=edition, kind=RoleKind(kind), user=make.UserFactory()).user for kind in WHO
        }
        for number, user in enumerate(self.people.values()):
            save_coauthors(by=user, coauthors=[(f"Coauthor {number}", None)])
        second = make.RoleFactory(edition=edition).user
        for proposal in (self.proposal, other):
            make.AssignmentFactory(edition=edition, proposal=proposal, reviewer=self.people["reviewer"])
            made = make.AssignmentFactory(edition=edition, proposal=proposal, reviewer=second, state="submitted")
            make.ReviewFactory(assignment=made)
        self.people["second"] = second

    def do(self, verb: str, number: int) -> None:
        """One act of the sponsor; what is refused did not happen."""
        user = list(self.people.values())[number % len(self.people)]
        with suppress(Refused), transaction.atomic():
            self._do(verb, number % len(self.people), user)

    def _do(self, verb: str, number: int, user: User) -> None:
        proposal = Proposal.objects.get(pk=self.proposal.pk)
        typed = {
            "address": {"name": "Any One", "email": user.email},
            "tagged": {"name": "Any One", "email": user.email.replace("@", "+x@")},
            "name": {"name": user.name, "email": "any@stage.example"},
            "coauthor": {"name": f"Coauthor {number}", "email": "any@stage.example"},
            "nobody": {"name": "No Body", "email": "no@stage.example"},
        }
        if verb in typed:
            set_presenters(by=self.contact, proposal=proposal, presenters=[typed[verb]])
        elif verb == "invite":
            invite_to_team(by=self.contact, sponsor=self.sponsor, email=user.email)
        elif verb == "cancel":
            for each in TeamInvitation.objects.filter(sponsor=self.sponsor, cancelled_at=None, accepted_at=None):
                cancel_invitation(by=self.contact, invitation=each)
        else:
            {"submit": submit, "withdraw": withdraw, "revive": revive}[verb](by=self.contact, proposal=proposal)

    def settle(self) -> None:
        """Everything that reacts has done so, and everybody says no to what is asked of them."""
        for user in self.people.values():
            for asked in questions(user):
                answer_claim(by=user, token=asked.token, is_yes=False)
        tasks = {
            "proposals.ask_claims": proposals.ask_claims,
            "proposals.watch_claims": proposals.watch_claims,
            "assignments.release_conflicted": assignments.release_conflicted,
        }
        for reaction in Reaction.objects.filter(done_at=None, task__in=tasks).order_by("id"):
            perform(reaction.pk, tasks[reaction.task])

    def outcome(self) -> list[Any]:
        """Walls, conflicts, assignments and reviews of everybody concerned; withdrawing ends open assignments."""
        people = list(self.people.values())
        return [
            conflicts_between(people, self.edition),
            [wall(user, self.edition) for user in people],
            [sorted(behind_the_wall(user, self.edition)) for user in people],
            list(Conflict.objects.values_list("user", "sponsor")),
            list(Assignment.objects.order_by("id").values_list("reviewer", "proposal", "state")),
            list(Review.objects.order_by("id").filter(Review.COUNTS).values_list("id", flat=True)),
            uncovered(self.edition),
        ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 3)), max_size=8))
def test_after_any_verbs_of_a_sponsor_a_no_leaves_everything_as_if_none_had_happened(
    db: None, acts: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        scene = Scene()
        scene.settle()
        before = scene.outcome()
        for verb, number in acts:
            scene.settle() if verb == "settle" else scene.do(verb, number)
        scene.settle()
        assert scene.outcome() == before
        transaction.set_rollback(True)


def test_the_scene_would_notice_a_yes() -> None:
    scene = Scene()
    before = scene.outcome()
    make.PresenterFactory(proposal=scene.proposal, email=scene.people["reviewer"].email)
    (asked,) = questions(scene.people["reviewer"])
    answer_claim(by=scene.people["reviewer"], token=asked.token, is_yes=True)
    scene.settle()
    assert scene.outcome() != before
