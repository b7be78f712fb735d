"""A small edition with topics, reviewers who know some of them, and helpers that read like sentences."""

from types import SimpleNamespace

import pytest

from expo.editions.models import Role
from expo.editions.states import Phase, RoleKind
from expo.kit.runs import RunState
from reviews.assignments.models import Assignment, Run
from reviews.assignments.services import runs
from tests.factories import (
    EditionFactory,
    FormatFactory,
    ReviewerProfileFactory,
    RoleFactory,
    SponsorFactory,
    SubmittedFactory,
    TierFactory,
    TopicFactory,
    UserFactory,
)


class AssignmentFixture(SimpleNamespace):
    """An edition in review: two topics, a cochair without conflicts, and makers for the rest."""

    def reviewer(self, *topics, max_load=None, is_paused=False, edition=None, **fields):
        edition = edition or self.edition
        user = UserFactory(**fields)
        RoleFactory(edition=edition, user=user, kind=RoleKind.REVIEWER)
        profile = ReviewerProfileFactory(edition=edition, user=user, max_load=max_load, is_paused=is_paused)
        profile.topics.set(topics)
        return user

    def proposal(self, *topics, edition=None, **fields):
        edition = edition or self.edition
        fields.setdefault("sponsor", SponsorFactory(edition=edition, tier=TierFactory(edition=edition)))
        made = SubmittedFactory(edition=edition, format=FormatFactory(edition=edition), **fields)
        made.topics.set(topics)
        return made

    def run(self, by=None, seed=7, edition=None):
        """Start and execute a run; its preview."""
        run = runs.start(by=by or self.chair, edition=edition or self.edition, seed=seed)
        runs.execute(run.pk)
        run.refresh_from_db()
        assert run.state == RunState.PREVIEW, run.error
        return run

    def live(self, edition=None):
        """(proposal, reviewer, state) of every assignment of the edition."""
        rows = Assignment.objects.filter(edition=edition or self.edition)
        return sorted(rows.values_list("proposal_id", "reviewer_id", "state"))


def pairs_of(run: Run):
    return sorted((pair["proposal"], pair["reviewer"]) for pair in run.result["pairs"])


@pytest.fixture
def world(db) -> AssignmentFixture:
    edition = EditionFactory(phase=Phase.REVIEW, reviews_per_proposal=2, max_load=3)
    chair = RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    vision, speech = TopicFactory(edition=edition, name="Vision"), TopicFactory(edition=edition, name="Speech")
    return AssignmentFixture(edition=edition, chair=chair, vision=vision, speech=speech)


def revoke(user, edition):
    Role.objects.filter(user=user, edition=edition).delete()
