"""A rubric's versions and a format's own rubric: what counts on, what does not, and who is asked."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.waiting import waiting_for
from expo.notify.models import Message
from reviews.assignments.queries.reviewer_queue import complete_drafts
from reviews.insight.queries.journal import outbox
from reviews.rubrics.models import Criterion
from reviews.rubrics.queries import being_written, rubrics_of
from reviews.rubrics.services import criteria as writing
from reviews.rubrics.services import versions
from reviews.rubrics.services.criteria import LevelText
from reviews.scoring.models import Score
from reviews.scoring.queries.ranking import ranking_of
from reviews.scoring.queries.rubric_effects import effect_of
from reviews.scoring.services.reviews import save_review, submit_review
from reviews.scoring.services.rubric_versions import adopt_version, drop_own_rubric
from tests.factories import (
    ConflictFactory,
    CriterionFactory,
    FormatFactory,
    RubricFactory,
    SubmittedFactory,
    UserFactory,
)
from tests.pages import squeezed
from tests.scoring.fixtures import ScoringFixture, open_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel() -> ScoringFixture:
    panel = open_review()
    panel.edition.rubrics.update(highest_level=4)
    return panel


def score(panel, proposal, *values):
    """The first reviewer's review, submitted by the service; it freezes the rubric."""
    assignment = panel.assign(proposal, panel.reviewers[0])
    submit_review(by=panel.reviewers[0], assignment=assignment, scores=panel.levels(*values))
    return assignment


def begin(panel, format=None):
    versions.start_version(by=panel.chair, edition=panel.edition, format=format)
    return list(being_written(panel.edition, format.pk if format else None).criteria)


def texts(criterion):
    return [LevelText(each.label, each.anchor, each.example) for each in criterion.levels.all()]


def save(panel, criterion, format=None, **changes):
    now = {
        "name": criterion.name,
        "question": criterion.question,
        "weight": criterion.weight,
        "levels": texts(criterion),
    }
    return writing.save_criterion(
        by=panel.chair, edition=panel.edition, criterion=criterion, format=format, **{**now, **changes}
    )


def add(panel, name="Presenters", levels=4, **fields):
    return writing.save_criterion(
        by=panel.chair,
        edition=panel.edition,
        name=name,
        question="Did they do it?",
        levels=[LevelText(f"L{n}", f"It is {n}.") for n in range(1, levels + 1)],
        **fields,
    )


def mean_of(panel, proposal):
    return ranking_of(panel.edition, panel.chair).of(proposal).mean


def test_a_version_counts_for_nothing_until_it_is_adopted(panel):
    proposal = panel.proposal()
    score(panel, proposal, 4, 2)
    first, _ = begin(panel)
    save(panel, first, weight=3)
    assert mean_of(panel, proposal) == 3
    adopt_version(by=panel.chair, edition=panel.edition)
    assert mean_of(panel, proposal) == 3.5
    assert [each.version for each in panel.edition.rubrics.order_by("version")] == [1, 2]
    assert Entry.objects.get(fact="rubrics.version_adopted").data["kept"] == [each.slug for each in panel.criteria]


def test_a_removed_criterions_scores_stay_on_record_and_no_longer_count(panel):
    proposal = panel.proposal()
    score(panel, proposal, 4, 2)
    _, second = begin(panel)
    writing.remove_criterion(by=panel.chair, edition=panel.edition, criterion=second)
    adopt_version(by=panel.chair, edition=panel.edition)
    assert mean_of(panel, proposal) == 4
    kept = Score.objects.get(criterion=panel.criteria[1])
    assert kept.level.value == 2


def test_a_new_criterion_is_asked_for_by_mail_and_answered_in_the_submitted_review(panel, client):
    proposal, reviewer = panel.proposal(), panel.reviewers[0]
    assignment = score(panel, proposal, 4, 2)
    begin(panel)
    add(panel)
    other = panel.cochair()
    adopt_version(by=panel.chair, edition=panel.edition)
    assert mean_of(panel, proposal) == 3
    assert set(Message.objects.values_list("kind", "recipient")) >= {
        ("rubrics/level_missing", reviewer.pk),
        ("rubrics/adopted", other.pk),
    }
    assert "“Presenters”" in Message.objects.get(kind="rubrics/level_missing").body
    assert [each.text for each in waiting_for(reviewer, panel.edition) if each.key == "incomplete"] == [
        "1 review to complete: the rubric has a new criterion"
    ]
    client.force_login(reviewer)
    url = reverse("scoring:review", args=[panel.edition.slug, assignment.pk])
    assert "New in it: “Presenters”" in squeezed(client.get(url))
    now = rubrics_of(panel.edition).all_criteria
    submit_review(
        by=reviewer,
        assignment=assignment,
        scores={each.pk: each.levels.get(value=value).pk for each, value in zip(now, (4, 2, 3), strict=True)},
        version=1,
    )
    assert mean_of(panel, proposal) == 3
    assert assignment.review.rubric.version == 2 if assignment.review.refresh_from_db() is None else False
    assert not [each for each in waiting_for(reviewer, panel.edition) if each.key == "incomplete"]


def test_another_anchor_makes_a_new_criterion_unless_the_wording_alone_changed(panel):
    score(panel, panel.proposal(), 4, 2)
    first, second = begin(panel)
    other = [LevelText(each.label, each.anchor + " Now.") for each in texts(first)]
    assert save(panel, first, levels=other).continues_id is None
    assert first.slug != panel.criteria[0].slug
    assert save(panel, second, levels=other, is_wording_only=True).continues_id == panel.criteria[1].pk
    with pytest.raises(Invalid) as refusal:
        save(panel, second, levels=other[:3], is_wording_only=True)
    assert refusal.value.code == "not-wording-only"
    assert save(panel, first, levels=texts(panel.criteria[0])).continues_id == panel.criteria[0].pk


def test_the_page_says_beforehand_what_becomes_of_the_scores(panel, client):
    proposal = panel.proposal()
    score(panel, proposal, 4, 2)
    draft = panel.assign(proposal, panel.reviewers[1])
    save_review(by=panel.reviewers[1], assignment=draft, scores=panel.levels(3))
    _, second = begin(panel)
    writing.remove_criterion(by=panel.chair, edition=panel.edition, criterion=second)
    add(panel)
    client.force_login(panel.chair)
    page = squeezed(client.get(reverse("scoring:adopt-rubric", args=[panel.edition.slug])))
    for words in (
        "1 submitted review of 1 proposal is scored by it",
        "1 level on criteria that it continues counts on.",
        "1 level on “Evidence” stays on record and no longer counts.",
        "The score of 1 review changes, by at most 1.00 points.",
        "The reviewer of 1 of them is asked by mail to complete it",
        "Levels in 1 draft are carried over",
    ):
        assert words in page
    assert client.post(reverse("scoring:adopt-rubric", args=[panel.edition.slug])).status_code == 302
    assert mean_of(panel, proposal) == 4
    now = rubrics_of(panel.edition).all_criteria[0]
    assert Score.objects.get(review__assignment=draft).criterion == now


def test_a_page_opened_before_the_adoption_loses_nothing(panel, client):
    proposal, reviewer = panel.proposal(), panel.reviewers[1]
    score(panel, proposal, 4, 2)
    draft = panel.assign(proposal, reviewer)
    begin(panel)
    adopt_version(by=panel.chair, edition=panel.edition)
    client.force_login(reviewer)
    old = {f"criterion_{each.pk}": 3 for each in panel.criteria}
    client.post(
        reverse("scoring:review", args=[panel.edition.slug, draft.pk]),
        {**old, "do": "submit", "confidence": 2, "version": 0},
    )
    assert sorted(draft.review.scores.values_list("level__value", flat=True)) == [3, 3]
    assert mean_of(panel, proposal) == 3


def test_what_a_draft_said_on_a_removed_criterion_is_not_handed_in(panel):
    proposal, reviewer = panel.proposal(), panel.reviewers[1]
    score(panel, proposal, 4, 2)
    draft = panel.assign(proposal, reviewer)
    save_review(by=reviewer, assignment=draft, scores=panel.levels(3, 1))
    _, second = begin(panel)
    writing.remove_criterion(by=panel.chair, edition=panel.edition, criterion=second)
    adopt_version(by=panel.chair, edition=panel.edition)
    assert draft.review.scores.count() == 2
    (now,) = rubrics_of(panel.edition).all_criteria
    submit_review(by=reviewer, assignment=draft, scores={now.pk: now.levels.get(value=3).pk}, version=1)
    draft.review.refresh_from_db()
    assert draft.review.first_content["scores"] == {now.slug: 3}


def test_a_format_has_its_own_rubric_and_the_others_keep_theirs(panel):
    workshop = FormatFactory(edition=panel.edition, name="Workshop", slug="workshop")
    talk, own = panel.proposal(), SubmittedFactory(edition=panel.edition, format=workshop)
    score(panel, talk, 4, 2)
    assignment = score(panel, own, 4, 2)
    _, second = begin(panel, workshop)
    save(panel, second, format=workshop, weight=3)
    adopt_version(by=panel.chair, edition=panel.edition, format=workshop)
    assert (mean_of(panel, talk), mean_of(panel, own)) == (3, 2.5)
    draft = panel.assign(own, panel.reviewers[2])
    asked = rubrics_of(panel.edition).of(workshop.pk)
    save_review(
        by=panel.reviewers[2],
        assignment=draft,
        scores={each.pk: each.levels.get(value=1).pk for each in asked.criteria},
    )
    assert complete_drafts(panel.edition) == {draft.pk}
    with pytest.raises(WrongState) as refusal:
        drop_own_rubric(by=panel.chair, edition=panel.edition, format=workshop)
    assert refusal.value.code == "rubric-frozen"
    assert assignment.review.scores.filter(criterion__in=asked.criteria).count() == 2


def test_a_formats_first_rubric_follows_what_was_adopted_while_it_was_written(panel):
    workshop = FormatFactory(edition=panel.edition, name="Workshop", slug="workshop")
    proposal = SubmittedFactory(edition=panel.edition, format=workshop)
    score(panel, proposal, 4, 2)
    begin(panel, workshop)
    first, second = begin(panel)
    writing.remove_criterion(by=panel.chair, edition=panel.edition, criterion=second)
    adopt_version(by=panel.chair, edition=panel.edition)
    assert mean_of(panel, proposal) == 4
    own = being_written(panel.edition, workshop.pk)
    assert [each.continues_id for each in own.criteria] == [first.pk, None]
    adopt_version(by=panel.chair, edition=panel.edition, format=workshop)
    assert mean_of(panel, proposal) == 4
    assert Score.objects.filter(criterion__in=own.criteria).count() == 1


def test_who_lacks_a_level_on_what_is_hidden_is_not_read_in_the_outbox(panel):
    proposal, walled = panel.proposal(), panel.cochair()
    score(panel, proposal, 4, 2)
    begin(panel)
    add(panel)
    ConflictFactory(user=walled, sponsor=proposal.sponsor)
    adopt_version(by=panel.chair, edition=panel.edition)

    def kinds(chair):
        return set(outbox(panel.edition, chair).values_list("kind", flat=True))

    assert kinds(panel.chair) - kinds(walled) == {"rubrics/level_missing"}


def test_an_own_rubric_without_reviews_is_dropped_and_drafts_go_back(panel):
    workshop = FormatFactory(edition=panel.edition, name="Workshop", slug="workshop")
    draft = panel.assign(SubmittedFactory(edition=panel.edition, format=workshop), panel.reviewers[0])
    save_review(by=panel.reviewers[0], assignment=draft, scores=panel.levels(3, 4))
    begin(panel, workshop)
    adopt_version(by=panel.chair, edition=panel.edition, format=workshop)
    own = rubrics_of(panel.edition).of(workshop.pk)
    assert own.rubric.frozen_at is None
    assert set(draft.review.scores.values_list("criterion", flat=True)) == {each.pk for each in own.criteria}
    with CaptureQueriesContext(connection) as queries:
        drop_own_rubric(by=panel.chair, edition=panel.edition, format=workshop)
    locked = [each["sql"].split('FROM "')[1].split('"')[0] for each in queries if "FOR UPDATE" in each["sql"]]
    assert locked == ["assignments_assignment", "rubrics_rubric"]  # as a review does: otherwise both could wait
    assert set(draft.review.scores.values_list("criterion", flat=True)) == {each.pk for each in panel.criteria}


def test_all_rubrics_of_an_edition_share_one_scale(panel):
    score(panel, panel.proposal(), 4, 2)
    begin(panel)
    with pytest.raises(WrongState) as refusal:
        add(panel, levels=5)
    assert refusal.value.code == "another-scale"
    with pytest.raises(IntegrityError), transaction.atomic():
        RubricFactory(edition=panel.edition, format=panel.talk, highest_level=5)


def test_nothing_is_adopted_once_a_verdict_was_released(panel):
    proposal = panel.proposal()
    score(panel, proposal, 4, 2)
    begin(panel)
    proposal.verdict_at = clock.now()
    proposal.save()
    with pytest.raises(WrongState) as refusal:
        adopt_version(by=panel.chair, edition=panel.edition)
    assert refusal.value.code == "verdicts-released"
    versions.discard_version(by=panel.chair, edition=panel.edition)
    assert panel.edition.rubrics.count() == 1


def test_only_cochairs_start_adopt_and_discard(panel):
    score(panel, panel.proposal(), 4, 2)
    begin(panel)
    for verb in (versions.start_version, versions.discard_version, adopt_version):
        for user in (panel.reviewers[0], UserFactory()):
            with pytest.raises(NotAllowed):
                verb(by=user, edition=panel.edition)


def test_in_decisions_nobody_is_asked_for_a_level_that_cannot_be_added(panel):
    score(panel, panel.proposal(), 4, 2)
    panel.edition.phase = Phase.DECIDE
    panel.edition.save()
    begin(panel)
    add(panel)
    adopt_version(by=panel.chair, edition=panel.edition)
    assert not Message.objects.filter(kind="rubrics/level_missing").exists()


def test_a_conflicted_chairs_numbers_count_nothing_hidden(panel):
    from tests.factories import ConflictFactory

    hidden, shown = panel.proposal(), panel.proposal()
    score(panel, hidden, 4, 2)
    score(panel, shown, 4, 2)
    conflicted = panel.cochair()
    ConflictFactory(user=conflicted, sponsor=hidden.sponsor)
    begin(panel)
    rubrics, version = rubrics_of(panel.edition), being_written(panel.edition, None)
    seen = effect_of(panel.edition, conflicted, rubrics.of(None), version)
    Score.objects.filter(review__assignment__proposal=hidden).delete()
    assert seen == effect_of(panel.edition, conflicted, rubrics.of(None), version)
    assert (seen.reviews, seen.proposals) == (1, 1)


@pytest.mark.slow
@given(
    values=st.lists(st.integers(1, 4), min_size=3, max_size=3),
    weights=st.lists(st.integers(1, 9), min_size=3, max_size=3),
    data=st.data(),
)
@settings(max_examples=8, deadline=None)
def test_a_review_whose_criteria_all_continue_with_the_same_weights_keeps_its_score(values, weights, data):
    with transaction.atomic():
        panel = open_review()
        panel.edition.rubrics.update(highest_level=4)
        panel.criteria = [*panel.criteria, CriterionFactory(rubric=panel.edition.rubrics.get(), name="Fit")]
        for criterion, weight in zip(panel.criteria, weights, strict=True):
            Criterion.objects.filter(pk=criterion.pk).update(weight=weight)
        proposal = panel.proposal()
        score(panel, proposal, *values)
        before = mean_of(panel, proposal)
        for criterion in begin(panel):
            reworded = [LevelText(each.label + " x", each.anchor + " x") for each in texts(criterion)]
            change = data.draw(
                st.sampled_from([{}, {"name": "Other"}, {"position": 7}, {"levels": reworded, "is_wording_only": True}])
            )
            save(panel, criterion, **change)
        if data.draw(st.booleans()):
            add(panel)
        adopt_version(by=panel.chair, edition=panel.edition)
        assert mean_of(panel, proposal) == pytest.approx(before)
        transaction.set_rollback(True)
