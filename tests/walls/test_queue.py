"""A chair's run, repair and figures stay the same whatever happens to proposals behind the chair's wall."""

from datetime import timedelta
from typing import Any

import pytest

from expo.editions.states import Phase, RoleKind
from expo.kit import clock
from expo.kit.errors import NotAllowed
from expo.kit.runs import RunState
from expo.notify.models import Message
from reviews.assignments.models import Assignment, Bid, PairRule, QueueSettings, Run
from reviews.assignments.services import automation, pair_rules, runs
from reviews.assignments.states import RunKind
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> dict[str, Any]:
    """A chair from Alpha; six reviewers; two of Alpha's proposals and three of others, one of which came apart."""
    edition = make.EditionFactory(phase=Phase.REVIEW, reviews_per_proposal=2, max_load=3)
    talk = make.FormatFactory(edition=edition)
    alpha, beta, gamma = (make.SponsorFactory(edition=edition) for _ in range(3))
    chair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    other = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    make.AffiliationFactory(user=chair, organisation=alpha.organisation)
    people = [make.RoleFactory(edition=edition).user for _ in range(6)]
    make.AffiliationFactory(user=people[0], organisation=beta.organisation)
    make.AffiliationFactory(user=people[1], organisation=alpha.organisation)
    hidden = [make.SubmittedFactory(edition=edition, sponsor=alpha, format=talk) for _ in range(2)]
    seen = [make.SubmittedFactory(edition=edition, sponsor=each, format=talk) for each in (beta, gamma, gamma)]
    make.AssignmentFactory(edition=edition, proposal=seen[0], reviewer=people[2], state="declined")
    QueueSettings.objects.create(edition=edition, takes_bids=True, repairs="off")
    return locals()


def change_what_is_hidden(scene: dict[str, Any]) -> None:
    """Full loads, traffic between companies, pins and bans by others, bids, ends, another chair's published run."""
    edition, hidden, people, other = (scene[key] for key in ("edition", "hidden", "people", "other"))
    for proposal in hidden:
        for person in people[2:5]:
            make.AssignmentFactory(edition=edition, proposal=proposal, reviewer=person, state="submitted")
    make.AssignmentFactory(edition=edition, proposal=hidden[0], reviewer=people[0])
    make.AssignmentFactory(edition=edition, proposal=hidden[1], reviewer=people[5], state="declined")
    for person, kind in ((people[3], "pin"), (people[5], "forbid")):
        PairRule.objects.create(proposal=hidden[0], reviewer=person, kind=kind, made_by=other)
    Bid.objects.create(proposal=hidden[1], reviewer=people[4], value="want")
    Run.objects.create(
        edition=edition,
        started_by=other,
        seed=3,
        state=RunState.PUBLISHED,
        commitment="x",
        parameters={"chance": 0.5},
        result={"proposals": [hidden[0].pk], "chances": [[hidden[0].pk, people[3].pk, 0.5]]},
    )


def pages_of(scene: dict[str, Any], kind: str) -> Any:
    run = runs.start(by=scene["chair"], edition=scene["edition"], seed=5, kind=kind)
    runs.execute(run.pk)
    run.refresh_from_db()
    runs.discard(by=scene["chair"], run=run)
    assert run.state == RunState.PREVIEW, run.error
    return run.result, run.input_hash, run.objective, run.bound, run.solver_status, run.parameters


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(RunKind))
def test_a_chairs_run_does_not_depend_on_what_is_hidden(scene: dict[str, Any], kind: str) -> None:
    before = pages_of(scene, kind)
    change_what_is_hidden(scene)
    assert pages_of(scene, kind) == before


@pytest.mark.slow
def test_the_run_of_a_chair_who_may_see_it_does_depend_on_it(scene: dict[str, Any]) -> None:
    """So the test above can fail."""
    scene["chair"] = scene["other"]
    before = pages_of(scene, RunKind.MATCHING)
    change_what_is_hidden(scene)
    assert pages_of(scene, RunKind.MATCHING) != before


def test_a_swap_is_judged_by_what_the_chair_may_see(scene: dict[str, Any]) -> None:
    change_what_is_hidden(scene)  # among others: Beta's person reviews for Alpha
    edition, seen, people = scene["edition"], scene["seen"], scene["people"]
    one = make.AssignmentFactory(edition=edition, proposal=seen[0], reviewer=people[3])
    other = make.AssignmentFactory(edition=edition, proposal=seen[1], reviewer=people[1])
    pair_rules.swap(by=scene["chair"], one=one, other=other)
    hidden = Assignment.objects.filter(proposal__in=scene["hidden"], state="accepted").get()
    with pytest.raises(NotAllowed):
        pair_rules.swap(by=scene["chair"], one=hidden, other=other)


def test_word_of_what_is_late_goes_only_to_chairs_who_may_see_it(scene: dict[str, Any]) -> None:
    change_what_is_hidden(scene)
    Assignment.objects.update(due_at=clock.now() - timedelta(days=9), reminded_at=clock.now())
    automation.tick()
    assert [mail.recipient for mail in Message.objects.filter(kind="assignments/late")] == [scene["other"]]


def test_a_reminder_by_hand_reaches_nobody_about_what_is_hidden(scene: dict[str, Any]) -> None:
    change_what_is_hidden(scene)
    assert automation.remind(by=scene["chair"], edition=scene["edition"]) == 0
    assert automation.remind(by=scene["other"], edition=scene["edition"]) == 1
