"""What waits for a reviewer: it appears, leads to a page that opens, and is gone once done."""

from datetime import timedelta

import pytest

from expo.editions.states import Phase
from expo.kit import clock
from reviews.assignments.models import Assignment, ReviewerProfile
from tests import factories as make
from tests.waiting.reading import opens, waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return make.EditionFactory(phase=Phase.REVIEW)


@pytest.fixture
def reviewer(edition):
    user = make.RoleFactory(edition=edition).user
    profile = make.ReviewerProfileFactory(edition=edition, user=user, has_no_employer=True, answer="confirmed")
    profile.topics.add(make.TopicFactory(edition=edition))
    return user


def asked(edition, reviewer, state="offered", **dates):
    proposal = make.SubmittedFactory(edition=edition, title="Fast inference")
    return make.AssignmentFactory(edition=edition, proposal=proposal, reviewer=reviewer, state=state, **dates)


def test_offers_wait_with_the_earliest_date_to_answer(client, edition, reviewer):
    soon, later = clock.now() + timedelta(days=2), clock.now() + timedelta(days=5)
    for at in (later, soon):
        asked(edition, reviewer, answer_by=at)
    offers = waits(reviewer, edition)["offers"]
    assert (offers.text, offers.due, offers.late, offers.about) == ("2 offers to answer", soon, 0, "")
    assert opens(client, reviewer, offers)
    Assignment.objects.update(state="declined")
    assert waits(reviewer, edition) == {}


def test_accepted_reviews_wait_until_they_are_submitted(client, edition, reviewer):
    late = asked(edition, reviewer, "accepted", due_at=clock.now() - timedelta(days=1))
    asked(edition, reviewer, "accepted")
    reviews = waits(reviewer, edition)["reviews"]
    assert (reviews.text, reviews.due, reviews.late) == ("2 reviews to write", late.due_at, 1)
    assert opens(client, reviewer, reviews)
    Assignment.objects.update(state="submitted")
    assert waits(reviewer, edition) == {}


def test_a_complete_draft_waits_to_be_submitted_and_is_not_to_be_written(client, edition, reviewer):
    criterion = make.CriterionFactory(rubric__edition=edition)
    make.ReviewFactory(
        assignment=asked(edition, reviewer, "accepted"), state="draft", submitted_at=None, scores={criterion: 3}
    )
    mine = waits(reviewer, edition)
    assert {key: (each.text, each.about) for key, each in mine.items()} == {
        "complete": ("1 complete review to submit", "Fast inference")
    }
    assert opens(client, reviewer, mine["complete"])


def test_the_invitation_waits_for_an_answer_then_for_employer_and_topics(client, edition):
    user = make.RoleFactory(edition=edition).user
    assert {key: each.text for key, each in waits(user, edition).items()} == {"join": "Answer the invitation to review"}
    assert opens(client, user, waits(user, edition)["join"])
    profile = make.ReviewerProfileFactory(edition=edition, user=user, answer="confirmed")
    mine = waits(user, edition)
    assert list(mine) == ["employer", "topics"]
    assert all(opens(client, user, each) for each in mine.values())
    make.AffiliationFactory(user=user)
    profile.topics.add(make.TopicFactory(edition=edition))
    assert waits(user, edition) == {}
    ReviewerProfile.objects.update(answer="declined")
    assert waits(user, edition) == {}


def test_what_a_conflict_hides_does_not_wait(edition, reviewer):
    assignment = asked(edition, reviewer)
    make.ConflictFactory(user=reviewer, sponsor=assignment.proposal.sponsor)
    assert waits(reviewer, edition) == {}


@pytest.mark.parametrize("phase", [Phase.ARCHIVED])
def test_nothing_waits_in_an_archived_edition(edition, reviewer, phase):
    asked(edition, reviewer)
    edition.phase = phase
    assert waits(reviewer, edition) == {}


@pytest.mark.parametrize("after", ["published", "accepted"])
def test_no_review_waits_that_can_no_longer_be_submitted(edition, reviewer, after):
    for state in ("offered", "accepted"):
        assignment = asked(edition, reviewer, state)
        if after == "accepted":
            assignment.proposal.state = after
            assignment.proposal.save()
    edition.phase = Phase.PUBLISHED if after == "published" else Phase.SCHEDULE
    edition.save()
    assert waits(reviewer, edition) == {}
