"""What a sponsor types about a reviewer or chair changes no match, offer, load or count; a yes ends what is open."""

import pytest
from django.urls import reverse

from expo.editions.models import Role
from expo.journal.models import Reaction
from expo.journal.services import perform
from expo.kit.errors import WrongState
from expo.proposals.queries.claims import questions
from expo.proposals.services.claim_answers import answer_claim
from reviews.assignments import tasks
from reviews.assignments.models import Assignment
from reviews.assignments.queries.roster import barriers
from reviews.assignments.queries.run_pages import preview_of
from reviews.assignments.services import runs
from reviews.rubrics.queries import rubrics_of
from reviews.scoring.queries.ranking import counting_reviews
from tests.factories import AssignmentFactory, CriterionFactory, PresenterFactory, ReviewFactory, RubricFactory

pytestmark = pytest.mark.django_db


def answer(user, said):
    (asked,) = questions(user)
    answer_claim(by=user, token=asked.token, is_yes=said)
    for reaction in Reaction.objects.filter(done_at=None, task="assignments.release_conflicted"):
        perform(reaction.pk, tasks.release_conflicted)


@pytest.mark.slow
def test_a_claim_keeps_nobody_from_being_matched_and_is_listed_in_the_preview(client, world):
    ada, proposal = world.reviewer(world.vision, name="Ada L"), world.proposal(world.vision)
    PresenterFactory(proposal=proposal, email=ada.email)
    run = world.run()
    assert barriers(world.edition, [ada], [proposal]).conflicts == {}
    assert preview_of(run, world.chair).claims == ((proposal.code, "Ada L"),)
    client.force_login(world.chair, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("assignments:run", args=[world.edition.slug, run.pk])).content.decode()
    assert f"{proposal.code}: Ada L" in page
    runs.publish(by=world.chair, run=run)
    assert world.live() == [(proposal.pk, ada.pk, "offered")]
    answer(ada, said=True)
    assert world.live() == [(proposal.pk, ada.pk, "released")]


@pytest.mark.slow
def test_a_chair_who_is_claimed_answers_before_a_run_is_started_or_published(world):
    world.reviewer(world.vision)
    proposal = world.proposal(world.vision)
    run = world.run()
    PresenterFactory(proposal=proposal, email=world.chair.email)
    for verb, about in ((runs.start, {"edition": world.edition}), (runs.publish, {"run": run})):
        with pytest.raises(WrongState) as refusal:
            verb(by=world.chair, **about)
        assert refusal.value.code == "answer-first"
    answer(world.chair, said=False)
    runs.publish(by=world.chair, run=run)
    assert Assignment.objects.filter(proposal=proposal, state="offered").count() == 1


def test_a_submitted_review_counts_before_and_after_every_answer(world):
    criterion = CriterionFactory(rubric=RubricFactory(edition=world.edition))
    proposal, people = world.proposal(), [world.reviewer(), world.reviewer()]
    for reviewer in people:
        given = AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=reviewer, state="submitted")
        ReviewFactory(assignment=given, scores={criterion: 2})
        PresenterFactory(proposal=proposal, email=reviewer.email)

    def counted():
        return len(counting_reviews(world.edition, [proposal], rubrics_of(world.edition))[proposal.pk])

    assert counted() == 2
    answer(people[0], said=False)
    answer(people[1], said=True)
    assert (counted(), {state for *_, state in world.live()}) == (2, {"submitted"})
    assert Role.objects.filter(user=people[1]).exists()
