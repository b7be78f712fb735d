"""The rubric: set up, changed by cochairs only, frozen by the first review."""

import pytest

from expo.editions.states import RoleKind
from expo.journal.models import Entry, Reaction
from expo.journal.services import perform, record
from expo.kit.errors import Invalid, NotAllowed, WrongState
from reviews.rubrics import queries
from reviews.rubrics.models import Criterion, Rubric
from reviews.rubrics.services import criteria as services
from reviews.rubrics.services.criteria import LevelText
from reviews.rubrics.services.versions import freeze
from reviews.rubrics.tasks import set_up_where_missing
from tests.concurrency import race
from tests.factories import CriterionFactory, EditionFactory, ReviewFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
LEVELS = [LevelText("Low", "It is low."), LevelText("High", "It is high.", "A high one.")]


@pytest.fixture
def edition():
    return EditionFactory()


@pytest.fixture
def chair(edition):
    return RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user


def criteria_of(edition):
    return [
        (c.name, c.weight, [(level.value, level.label, level.anchor) for level in c.levels.all()])
        for c in queries.rubrics_of(edition).all_criteria
    ]


def test_the_usual_rubric_has_six_criteria_with_four_anchored_levels(edition, chair):
    services.set_up_default(by=chair, edition=edition)
    criteria = queries.rubrics_of(edition).all_criteria
    assert [c.name for c in criteria] == [
        "Research substance",
        "Information for the audience",
        "Topic fit",
        "Evidence and openness",
        "Commercial distance",
        "Presenters",
    ]
    assert [[level.value for level in c.levels.all()] for c in criteria] == [[1, 2, 3, 4]] * 6
    assert all(level.label and level.anchor and level.example for c in criteria for level in c.levels.all())
    assert Entry.objects.get().fact == "rubrics.set_up"


def test_reading_the_criteria_takes_three_queries(edition, django_assert_num_queries):
    for _ in range(6):
        CriterionFactory(rubric=Rubric.objects.get_or_create(edition=edition)[0])
    with django_assert_num_queries(3):
        assert sum(len(c.levels.all()) for c in queries.rubrics_of(edition).all_criteria) == 24


def test_a_rubric_is_not_set_up_twice(edition, chair):
    services.set_up_default(by=chair, edition=edition)
    with pytest.raises(WrongState) as refused:
        services.set_up_default(by=chair, edition=edition)
    assert refused.value.code == "rubric-exists"
    assert len(queries.rubrics_of(edition).all_criteria) == 6


@pytest.mark.parametrize("kind", [RoleKind.REVIEWER, RoleKind.ORGANISER, None])
def test_only_cochairs_change_the_rubric(edition, kind):
    user = RoleFactory(edition=edition, kind=kind).user if kind else UserFactory()
    with pytest.raises(NotAllowed):
        services.set_up_default(by=user, edition=edition)
    with pytest.raises(NotAllowed):
        services.save_criterion(by=user, edition=edition, name="A", question="B?", levels=LEVELS)
    assert not Criterion.objects.exists()


def test_a_criterion_is_added_changed_and_removed(edition, chair):
    made = services.save_criterion(by=chair, edition=edition, name="Novelty", question="Is it new?", levels=LEVELS)
    services.save_criterion(
        by=chair,
        edition=edition,
        criterion=made,
        name="Newness",
        question="Is it new?",
        weight=2,
        levels=[*LEVELS, LevelText("Top", "It is top.")],
    )
    assert criteria_of(edition) == [
        ("Newness", 2, [(1, "Low", "It is low."), (2, "High", "It is high."), (3, "Top", "It is top.")])
    ]
    services.save_criterion(by=chair, edition=edition, criterion=made, name="N", question="Q", levels=LEVELS)
    assert [level.value for level in made.levels.all()] == [1, 2]
    services.remove_criterion(by=chair, edition=edition, criterion=made)
    assert criteria_of(edition) == []


def test_two_criteria_of_one_name_are_told_apart(edition, chair):
    made = [
        services.save_criterion(by=chair, edition=edition, name="Fit", question="Fits?", levels=LEVELS)
        for _ in range(2)
    ]
    assert [(c.slug, c.position) for c in made] == [("fit", 0), ("fit-2", 1)]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": " "}, "name-missing"),
        ({"question": ""}, "question-missing"),
        ({"weight": 0}, "weight-range"),
        ({"levels": LEVELS[:1]}, "level-count"),
        ({"levels": LEVELS * 4}, "level-count"),
        ({"levels": [LevelText("Low", ""), LevelText("High", "x")]}, "level-incomplete"),
    ],
)
def test_a_criterion_that_says_too_little_is_refused(edition, chair, wrong, code):
    right = {"name": "Fit", "question": "Fits?", "levels": LEVELS}
    with pytest.raises(Invalid) as refused:
        services.save_criterion(by=chair, edition=edition, **{**right, **wrong})
    assert refused.value.code == code
    assert not Criterion.objects.exists()


def test_a_criterion_of_another_edition_is_refused(edition, chair):
    foreign = CriterionFactory()
    with pytest.raises(Invalid) as refused:
        services.save_criterion(by=chair, edition=edition, criterion=foreign, name="X", question="Y", levels=LEVELS)
    assert refused.value.code == "foreign-criterion"
    with pytest.raises(Invalid):
        services.remove_criterion(by=chair, edition=edition, criterion=foreign)


def test_a_frozen_rubric_refuses_every_change(edition, chair):
    services.set_up_default(by=chair, edition=edition)
    freeze(by=chair, rubric=queries.rubrics_of(edition).edition_wide.rubric)
    before = criteria_of(edition)
    some = queries.rubrics_of(edition).all_criteria[0]
    for change in (
        lambda: services.save_criterion(
            by=chair, edition=edition, criterion=some, name="X", question="Y", levels=LEVELS
        ),
        lambda: services.remove_criterion(by=chair, edition=edition, criterion=some),
        lambda: services.save_texts(by=chair, edition=edition, introduction="New", commercial_content=""),
        lambda: services.set_up_default(by=chair, edition=edition),
    ):
        with pytest.raises(WrongState) as refused:
            change()
        assert refused.value.code == "rubric-frozen"
    assert criteria_of(edition) == before


def test_freezing_twice_is_one_fact(edition, chair):
    services.set_up_default(by=chair, edition=edition)
    freeze(by=chair, rubric=queries.rubrics_of(edition).edition_wide.rubric)
    at = queries.rubrics_of(edition).edition_wide.rubric.frozen_at
    freeze(by=chair, rubric=queries.rubrics_of(edition).edition_wide.rubric)
    assert queries.rubrics_of(edition).edition_wide.rubric.frozen_at == at
    assert Entry.objects.filter(fact="rubrics.frozen").count() == 1


def test_what_a_draft_review_uses_is_not_removed(edition, chair):
    criterion = CriterionFactory(rubric__edition=edition)
    ReviewFactory(state="draft", submitted_at=None, assignment__edition=edition, scores={criterion: 4})
    with pytest.raises(WrongState) as refused:
        services.save_criterion(by=chair, edition=edition, criterion=criterion, name="X", question="Y", levels=LEVELS)
    assert refused.value.code == "level-in-use"
    with pytest.raises(WrongState):
        services.remove_criterion(by=chair, edition=edition, criterion=criterion)
    criterion.refresh_from_db()
    assert (criterion.name != "X", criterion.levels.count()) == (True, 4)


@pytest.mark.django_db(transaction=True)
def test_reviews_submitted_at_once_freeze_the_rubric_once(edition, chair):
    services.set_up_default(by=chair, edition=edition)
    rubric = queries.rubrics_of(edition).edition_wide.rubric
    race(*[lambda: freeze(by=chair, rubric=rubric)] * 4)
    assert Entry.objects.filter(fact="rubrics.frozen").count() == 1


def test_a_call_that_opens_without_a_rubric_gets_the_usual_one(edition, chair):
    for _ in range(2):
        entry = record("editions.call_opened", by=chair, target=edition, edition_id=edition.pk)
        perform(Reaction.objects.get(entry=entry, task="rubrics.set_up_where_missing").pk, set_up_where_missing)
    assert len(criteria_of(edition)) == 6


def test_a_call_that_opens_keeps_the_chairs_own_rubric(edition, chair):
    services.save_criterion(by=chair, edition=edition, name="Depth", question="Is it deep?", levels=LEVELS, weight=1)
    entry = record("editions.call_opened", by=chair, target=edition, edition_id=edition.pk)
    perform(Reaction.objects.get(entry=entry, task="rubrics.set_up_where_missing").pk, set_up_where_missing)
    assert [name for name, _, _ in criteria_of(edition)] == ["Depth"]
