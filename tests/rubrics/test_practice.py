"""Practice proposals: asked first, answered once, the panel's levels afterwards, and nothing else follows from them."""

import pytest
from django.urls import reverse

from expo.kit.errors import Invalid, NotAllowed, WrongState
from reviews.rubrics.models import PracticeReview
from reviews.rubrics.practice import Deviation, deviation
from reviews.rubrics.services.practice import MOST_PRACTICE, answer_practice, remove_practice, save_practice
from reviews.scoring.models import Score
from reviews.scoring.services.reviews import submit_review
from tests.factories import UserFactory
from tests.pages import squeezed
from tests.scoring.fixtures import ScoringFixture, open_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel() -> ScoringFixture:
    return open_review()


def write(panel, title="A text to practise on", **fields):
    levels = dict(zip((each.slug for each in panel.criteria), (4, 1), strict=True))
    texts = {"text": "What it *says*.", "explanation": "Because of **this**.", "levels": levels}
    return save_practice(by=panel.chair, edition=panel.edition, title=title, **{**texts, **fields})


def test_the_first_review_waits_for_practice_and_the_panels_answer_comes_after(panel, client):
    practice, reviewer = write(panel), panel.reviewers[0]
    assignment = panel.assign(panel.proposal(), reviewer)
    client.force_login(reviewer)
    review = reverse("scoring:review", args=[panel.edition.slug, assignment.pk])
    url = reverse("scoring:practice", args=[panel.edition.slug, practice.pk])
    assert client.get(review).url == url
    assignment.refresh_from_db()
    assert assignment.opened_at is None
    assert url in client.get(reverse("assignments:queue", args=[panel.edition.slug])).content.decode()
    before = squeezed(client.get(url))
    assert "Because of" not in before
    assert "<em>says</em>" in before
    first, second = panel.criteria
    assert client.post(url, {f"criterion_{first.pk}": 2}).status_code == 422
    client.post(url, {f"criterion_{first.pk}": 2, f"criterion_{second.pk}": 2})
    after = squeezed(client.get(url))
    for words in ("<strong>this</strong>", "Yours differ from the panel's by 1.5 levels on average", "0.5 lower"):
        assert words in after
    assert client.get(review).status_code == 200
    assert not Score.objects.exists()


def test_who_has_submitted_a_review_is_not_stopped(panel, client):
    reviewer = panel.reviewers[0]
    submit_review(by=reviewer, assignment=panel.assign(panel.proposal(), reviewer), scores=panel.levels(3, 3))
    write(panel)
    client.force_login(reviewer)
    following = panel.assign(panel.proposal(), reviewer)
    assert client.get(reverse("scoring:review", args=[panel.edition.slug, following.pk])).status_code == 200


def test_an_answer_stays_as_it_was_first(panel):
    practice, reviewer = write(panel), panel.reviewers[0]
    levels = dict.fromkeys(practice.levels, 2)
    answer_practice(by=reviewer, practice=practice, levels=levels)
    answer_practice(by=reviewer, practice=practice, levels=practice.levels)
    assert PracticeReview.objects.get().levels == levels
    with pytest.raises(WrongState) as refusal:
        write(panel, practice=practice)
    assert refusal.value.code == "practice-answered"
    remove_practice(by=panel.chair, practice=practice)
    assert not PracticeReview.objects.exists()


def test_a_practice_proposal_says_all_it_needs_and_there_are_few(panel):
    for wrong in ({"text": " "}, {"explanation": ""}, {"levels": {}}, {"text": "x" * 9000}):
        with pytest.raises(Invalid):
            write(panel, **wrong)
    for number in range(MOST_PRACTICE):
        write(panel, title=str(number))
    with pytest.raises(WrongState) as refusal:
        write(panel)
    assert refusal.value.code == "practice-full"


def test_chairs_write_and_reviewers_answer(panel, client):
    practice = write(panel)
    with pytest.raises(NotAllowed):
        save_practice(by=panel.reviewers[0], edition=panel.edition, title="T", text="T", levels={}, explanation="E")
    for user in (panel.chair, UserFactory()):
        with pytest.raises(NotAllowed):
            answer_practice(by=user, practice=practice, levels=practice.levels)
    answer_practice(by=panel.reviewers[0], practice=practice, levels=dict.fromkeys(practice.levels, 4))
    client.force_login(panel.chair)
    page = squeezed(client.get(reverse("scoring:practice-list", args=[panel.edition.slug])))
    assert str(panel.reviewers[0]) in page
    assert "1.5 higher on average" in page
    add = reverse("scoring:practice-add", args=[panel.edition.slug])
    typed = {"title": "New", "text": "To read", "explanation": "Why"}
    assert "To read" in client.post(add, typed).content.decode()
    levels = {f"criterion_{each.pk}": 3 for each in panel.criteria}
    assert client.post(add, {**typed, **levels}).status_code == 302
    assert "New" in client.get(reverse("scoring:practice-list", args=[panel.edition.slug])).content.decode()


def test_a_distance_counts_common_criteria_only():
    assert deviation([({"a": 1, "b": 4}, {"a": 3, "b": 4, "c": 1})]) == Deviation(2, 1.0, -1.0)
    assert deviation([({"a": 1}, {"b": 1})]) is None
    assert Deviation(2, 1.0, 0.0).words == "neither higher nor lower on average"
