"""The rubric's pages: reviewers read, cochairs change, and nothing typed is lost."""

import pytest
from django.urls import reverse

from expo.editions.states import RoleKind
from reviews.rubrics import queries, services
from tests.factories import EditionFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionFactory()


def as_a(client, edition, kind):
    user = RoleFactory(edition=edition, kind=kind).user
    client.force_login(user)
    return user


def typed(levels, **fields):
    data = {"name": "Novelty", "question": "Is it new?", "weight": "1", "position": "", **fields}
    data |= {"levels-TOTAL_FORMS": str(len(levels)), "levels-INITIAL_FORMS": str(len(levels))}
    for at, (label, anchor, example) in enumerate(levels):
        data |= {f"levels-{at}-label": label, f"levels-{at}-anchor": anchor, f"levels-{at}-example": example}
    return data


@pytest.mark.slow
def test_a_cochair_sets_up_and_changes_the_rubric_by_form(client, edition):
    as_a(client, edition, RoleKind.COCHAIR)
    client.post(reverse("rubrics:set-up", args=[edition.slug]))
    page = client.get(reverse("rubrics:edit", args=[edition.slug]))
    assert page.status_code == 200
    first = queries.criteria(edition)[0]
    levels = [("Low", "It is low.", ""), ("", "", ""), ("High", "It is high.", "One.")]
    answer = client.post(
        reverse("rubrics:change", args=[edition.slug, first.pk]), typed(levels, weight="3", position="9")
    )
    assert answer.status_code == 302
    last = queries.criteria(edition)[-1]
    assert (last.pk, last.name, last.weight) == (first.pk, "Novelty", 3)
    assert [(x.value, x.label, x.anchor, x.example) for x in last.levels.all()] == [
        (1, "Low", "It is low.", ""),
        (2, "High", "It is high.", "One."),
    ]
    client.post(reverse("rubrics:remove", args=[edition.slug, first.pk]))
    assert len(queries.criteria(edition)) == 4
    client.post(reverse("rubrics:edit", args=[edition.slug]), {"introduction": "Our *bar*."})
    assert "Our <em>bar</em>." in client.get(reverse("rubrics:read", args=[edition.slug])).content.decode()


def test_what_was_typed_comes_back_with_the_reason(client, edition):
    as_a(client, edition, RoleKind.COCHAIR)
    answer = client.post(reverse("rubrics:add", args=[edition.slug]), typed([("Only one", "A sentence to keep.", "")]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "A criterion has 2 to 7 levels; this one has 1." in page
    assert "A sentence to keep." in page
    assert queries.criteria(edition) == []


@pytest.mark.parametrize(
    "levels", [{}, {"levels-TOTAL_FORMS": "x"}, {"levels-TOTAL_FORMS": "99", "levels-INITIAL_FORMS": "0"}]
)
def test_a_broken_form_is_answered_with_a_sentence(client, edition, levels):
    as_a(client, edition, RoleKind.COCHAIR)
    answer = client.post(reverse("rubrics:add", args=[edition.slug]), {"name": "x" * 61, "question": "Kept?", **levels})
    assert answer.status_code == 200
    assert "Kept?" in answer.content.decode()


def test_a_reviewer_reads_but_does_not_change(client, edition):
    chair = RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    services.set_up_default(by=chair, edition=edition)
    as_a(client, edition, RoleKind.REVIEWER)
    page = client.get(reverse("rubrics:read", args=[edition.slug]))
    assert "Commercial distance" in page.content.decode()
    assert reverse("rubrics:edit", args=[edition.slug]) not in page.content.decode()
    assert client.get(reverse("rubrics:edit", args=[edition.slug])).status_code == 404
    assert client.post(reverse("rubrics:set-up", args=[edition.slug])).status_code == 404


def test_strangers_and_chairs_of_another_edition_find_nothing(client, edition):
    services.set_up_default(by=None, edition=edition)
    some = queries.criteria(edition)[0]
    other = EditionFactory()
    for user in (UserFactory(), RoleFactory(edition=other, kind=RoleKind.COCHAIR).user):
        client.force_login(user)
        assert client.get(reverse("rubrics:read", args=[edition.slug])).status_code == 404
        assert client.get(reverse("rubrics:change", args=[edition.slug, some.pk])).status_code == 404
        assert client.get(reverse("rubrics:change", args=[other.slug, some.pk])).status_code == 404


def test_a_frozen_rubric_says_so_and_offers_no_change(client, edition):
    services.set_up_default(by=None, edition=edition)
    services.freeze(by=None, edition=edition)
    as_a(client, edition, RoleKind.COCHAIR)
    page = client.get(reverse("rubrics:edit", args=[edition.slug])).content.decode()
    assert "The rubric is frozen" in page
    assert "Remove criterion" not in page
