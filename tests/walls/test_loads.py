"""How much a reviewer has to do tells a chair nothing about proposals behind the chair's wall."""

from typing import Any

import pytest

from expo.editions.states import RoleKind
from reviews.assignments.models import Assignment
from reviews.assignments.services import assignments, runs
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> dict[str, Any]:
    """A chair from Alpha; a reviewer who takes one review, and has one of Alpha's proposals; one of Beta's waits."""
    edition = make.EditionFactory(reviews_per_proposal=1)
    talk = make.FormatFactory(edition=edition)
    alpha, beta = (make.SponsorFactory(edition=edition) for _ in range(2))
    chair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    make.AffiliationFactory(user=chair, organisation=alpha.organisation)
    hidden, seen = (make.SubmittedFactory(edition=edition, sponsor=each, format=talk) for each in (alpha, beta))
    reviewer = make.AssignmentFactory(edition=edition, proposal=hidden).reviewer
    make.ReviewerProfileFactory(edition=edition, user=reviewer, max_load=1)
    return {"edition": edition, "chair": chair, "reviewer": reviewer, "seen": seen}


def test_a_hidden_review_does_not_show_in_a_refusal(scene: dict[str, Any]) -> None:
    made = assignments.assign(by=scene["chair"], proposal=scene["seen"], reviewer=scene["reviewer"])
    assert made.reviewer == scene["reviewer"]


def test_a_hidden_review_does_not_show_in_a_run_or_its_publication(scene: dict[str, Any]) -> None:
    run = runs.start(by=scene["chair"], edition=scene["edition"], seed=1)
    runs.execute(run.pk)
    run.refresh_from_db()
    assert [(pair["proposal"], pair["reviewer"]) for pair in run.result["pairs"]] == [
        (scene["seen"].pk, scene["reviewer"].pk)
    ]
    done = runs.publish(by=scene["chair"], run=run)
    assert (done.offered, done.dropped) == (1, 0)
    assert Assignment.objects.filter(proposal=scene["seen"]).count() == 1


def test_a_chair_without_the_conflict_still_keeps_to_the_load(scene: dict[str, Any]) -> None:
    other = make.RoleFactory(edition=scene["edition"], kind=RoleKind.COCHAIR).user
    run = runs.start(by=other, edition=scene["edition"], seed=1)
    runs.execute(run.pk)
    run.refresh_from_db()
    assert run.result["pairs"] == []
