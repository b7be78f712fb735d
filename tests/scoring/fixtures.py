"""An edition under review with a rubric, a chair, and proposals with scores: for tests of scoring and decisions."""

from dataclasses import dataclass
from datetime import time

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.editions.states import Phase, RoleKind
from expo.proposals.models import Proposal
from reviews.assignments.models import Assignment
from reviews.assignments.states import AssignmentState
from reviews.rubrics.models import Criterion
from tests.factories import (
    AssignmentFactory,
    CriterionFactory,
    DayFactory,
    EditionFactory,
    EntitlementFactory,
    FormatFactory,
    ReviewFactory,
    RoleFactory,
    RubricFactory,
    SponsorFactory,
    SubmittedFactory,
    TierFactory,
    TrackFactory,
    UserFactory,
)


@dataclass
class ScoringFixture:
    """An edition with two talk places (a day of two hours), a tier that may have one talk accepted, two criteria."""

    edition: Edition
    chair: User
    talk: Format
    criteria: list[Criterion]
    reviewers: list[User]

    def proposal(self, *values: int, **fields: object) -> Proposal:
        """A submitted talk with a submitted review per value; each value is the level of every criterion."""
        fields.setdefault("sponsor", SponsorFactory(edition=self.edition))
        proposal = SubmittedFactory(edition=self.edition, format=self.talk, **fields)
        for reviewer, value in zip(self.reviewers, values, strict=False):
            self.review(proposal, reviewer, value)
        return proposal

    def review(self, proposal: Proposal, reviewer: User, value: int, **fields: object):
        assignment = self.assign(proposal, reviewer, state=AssignmentState.SUBMITTED)
        return ReviewFactory(assignment=assignment, scores=dict.fromkeys(self.criteria, value), **fields)

    def assign(self, proposal: Proposal, reviewer: User | None = None, **fields: object) -> Assignment:
        return AssignmentFactory(edition=self.edition, proposal=proposal, reviewer=reviewer or UserFactory(), **fields)

    def levels(self, *values: int) -> dict[int, int]:
        """The services' `scores`: criterion to level, by id."""
        return {each.pk: each.levels.get(value=value).pk for each, value in zip(self.criteria, values, strict=False)}

    def cochair(self) -> User:
        return RoleFactory(edition=self.edition, kind=RoleKind.COCHAIR).user


def open_review(phase: Phase = Phase.REVIEW, places: int = 2) -> ScoringFixture:
    edition = EditionFactory(phase=phase)
    talk = FormatFactory(edition=edition)
    TrackFactory(edition=edition, formats=[talk])
    DayFactory(edition=edition, opens_at=time(9), closes_at=time(9 + places))
    EntitlementFactory(tier=TierFactory(edition=edition), format=talk, may_submit=3, may_be_accepted=1)
    rubric = RubricFactory(edition=edition)
    criteria = [CriterionFactory(rubric=rubric, name=name) for name in ("Substance", "Evidence")]
    reviewers = [RoleFactory(edition=edition).user for _ in range(4)]
    return ScoringFixture(edition, RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user, talk, criteria, reviewers)
