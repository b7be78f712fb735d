"""The rubric's pages: reviewers read, cochairs change, and nothing typed is lost."""

import re
from fractions import Fraction

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from expo.editions.states import Phase, RoleKind
from reviews.rubrics import queries
from reviews.rubrics.models import Criterion
from reviews.rubrics.services import criteria as services
from reviews.rubrics.services.versions import freeze
from reviews.scoring.calibration import weighted_mean
from tests.factories import EditionFactory, RoleFactory, TeamMemberFactory, UserFactory
from tests.pages import squeezed

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
    first = queries.rubrics_of(edition).all_criteria[0]
    levels = [("Low", "It is low.", ""), ("", "", ""), ("High", "It is high.", "One.")]
    answer = client.post(
        reverse("rubrics:change", args=[edition.slug, first.pk]), typed(levels, weight="3", position="9")
    )
    assert answer.status_code == 302
    last = queries.rubrics_of(edition).all_criteria[-1]
    assert (last.pk, last.name, last.weight) == (first.pk, "Novelty", 3)
    assert [(x.value, x.label, x.anchor, x.example) for x in last.levels.all()] == [
        (1, "Low", "It is low.", ""),
        (2, "High", "It is high.", "One."),
    ]
    client.post(reverse("rubrics:remove", args=[edition.slug, first.pk]))
    assert len(queries.rubrics_of(edition).all_criteria) == 5
    client.post(
        reverse("rubrics:edit", args=[edition.slug]),
        {"introduction": "Our *bar*.", "commercial_content": "No *prices*."},
    )
    read = client.get(reverse("rubrics:read", args=[edition.slug])).content.decode()
    assert "Our <em>bar</em>." in read
    assert "No <em>prices</em>." in read


def test_what_was_typed_comes_back_with_the_reason(client, edition):
    as_a(client, edition, RoleKind.COCHAIR)
    answer = client.post(reverse("rubrics:add", args=[edition.slug]), typed([("Only one", "A sentence to keep.", "")]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "A criterion has 2 to 7 levels; this one has 1." in page
    assert "A sentence to keep." in page
    assert queries.rubrics_of(edition).all_criteria == ()


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
    some = queries.rubrics_of(edition).all_criteria[0]
    other = EditionFactory()
    for user in (UserFactory(), RoleFactory(edition=other, kind=RoleKind.COCHAIR).user):
        client.force_login(user)
        assert client.get(reverse("rubrics:read", args=[edition.slug])).status_code == 404
        assert client.get(reverse("rubrics:change", args=[edition.slug, some.pk])).status_code == 404
        assert client.get(reverse("rubrics:change", args=[other.slug, some.pk])).status_code == 404


def test_a_frozen_rubric_says_so_and_offers_no_change(client, edition):
    services.set_up_default(by=None, edition=edition)
    freeze(by=None, rubric=queries.rubrics_of(edition).edition_wide.rubric)
    as_a(client, edition, RoleKind.COCHAIR)
    page = client.get(reverse("rubrics:edit", args=[edition.slug])).content.decode()
    assert "The rubric is frozen" in page
    assert "Remove criterion" not in page


def test_sponsors_read_the_rubric_from_the_day_the_call_is_announced(client):
    contact = TeamMemberFactory(sponsor__edition__phase=Phase.SETUP)
    edition = contact.sponsor.edition
    services.set_up_default(by=None, edition=edition)
    client.force_login(contact.user)
    read, home = reverse("rubrics:read", args=[edition.slug]), reverse("editions:detail", args=[edition.slug])
    assert client.get(read).status_code == 404
    assert read not in client.get(home).content.decode()
    type(edition).objects.filter(pk=edition.pk).update(phase=Phase.CALL)
    page = squeezed(client.get(read))
    assert "Would the session be worth the same if its sponsor sold nothing?" in page
    assert "Four serving stacks side by side, our own not the winner." in page
    assert "What counts as commercial content" in page
    assert "Open positions, “we are hiring”, links to careers pages, recruiting events." in page
    assert read in client.get(home).content.decode()
    assert client.get(reverse("rubrics:edit", args=[edition.slug])).status_code == 404


def test_the_page_of_the_form_gets_the_questions_alone(client, edition):
    services.set_up_default(by=None, edition=edition)
    client.force_login(TeamMemberFactory(sponsor__edition=edition).user)
    part = squeezed(client.get(reverse("rubrics:read", args=[edition.slug]), headers={"HX-Request": "true"}))
    assert "<b>Topic fit</b>Does it belong at this conference, in this format and length?" in part
    assert "<html" not in part


@given(weights=st.lists(st.integers(1, 100), min_size=2, max_size=12), data=st.data())
def test_the_parts_of_a_score_are_what_a_level_more_adds(weights, data):
    criteria = [Criterion(pk=pk, name=str(pk), weight=weight) for pk, weight in enumerate(weights)]
    levels = {each.pk: data.draw(st.integers(1, 6)) for each in criteria}
    by_weight = {each.pk: each.weight for each in criteria}
    before = weighted_mean(levels, by_weight)
    for each, words in queries.FormatRubric(criteria=tuple(criteria)).with_weights:
        gain = Fraction(1, len(criteria))
        if words:
            share, total = (int(number) for number in re.findall(r"\d+", words))
            gain = Fraction(share, total)
        after = weighted_mean({**levels, each.pk: levels[each.pk] + 1}, by_weight)
        assert after - before == pytest.approx(float(gain))
