"""Feedback by criterion: computed from a proposal's own reviews, kept with the decision, checked when it leaves."""

from statistics import mean

import pytest

from expo.kit.errors import WrongState
from expo.notify.models import Message
from expo.proposals.criteria import rows_from
from expo.proposals.models import Proposal
from reviews.decisions.models import Decision, Released
from reviews.decisions.queries.decision_basis import criteria_rows
from reviews.decisions.services.batches import create_batch, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide
from reviews.scoring.models import Review, Score
from reviews.scoring.queries.ranking import ranking_of
from reviews.scoring.services.exclusion import exclude_review
from tests.factories import ConflictFactory, TeamMemberFactory

REJECT = {"verdict": "reject", "reason": "below_the_line"}


def batch_of(panel, proposal, **given):
    decide(by=panel.chair, proposal=proposal, **{**REJECT, **given})
    batch = create_batch(by=panel.chair, edition=panel.edition, name=f"Batch {Released.objects.count()}")
    return put_in_batch(by=panel.chair, batch=batch, proposals=[proposal])


@pytest.mark.parametrize("levels", [(1, 1), (1, 2), (2, 3, 3), (4, 4), (1, 4), (3,)])
def test_every_sentence_is_what_the_reviews_say(panel, levels):
    """Replayed: the levels are read from the reviews again, and the sentence must come out of them."""
    proposal = panel.proposal(*levels)
    for row, criterion in zip(
        criteria_rows(ranking_of(panel.edition, panel.chair), proposal), panel.criteria, strict=True
    ):
        scores = Score.objects.filter(review__assignment__proposal=proposal, criterion=criterion)
        values = list(scores.values_list("level__value", flat=True))
        assert row.name == criterion.name
        if len(values) < 2:
            assert (row.below, row.above, row.placed) == (None, None, "There were too few reviews to say.")
            continue
        assert row.below is not None
        assert row.below.value <= mean(values) < row.below.value + 1
        assert row.is_between == (mean(values) > row.below.value)
        below = criterion.levels.get(value=row.below.value)
        assert (row.below.label, row.below.anchor) == (below.label, below.anchor)
        above = criterion.levels.filter(value=row.below.value + 1).first()
        assert (row.above and row.above.anchor) == (above and above.anchor)


@pytest.mark.parametrize("verdict", ["reject", "waitlist"])
def test_it_leaves_with_the_verdict_by_mail_on_the_page_and_on_record(panel, verdict, client):
    proposal = panel.proposal(2, 3, 3)
    member = TeamMemberFactory(sponsor=proposal.sponsor).user
    release_batch(by=panel.chair, batch=batch_of(panel, proposal, verdict=verdict))
    done, released = Proposal.objects.get(pk=proposal.pk), Released.objects.get()
    assert done.criteria_feedback == released.snapshot["criteria"] == Decision.objects.get().criteria
    sentences = [row.placed for row in rows_from(done.criteria_feedback)]
    assert [sentence.partition(". ")[0] for sentence in sentences] == [
        "The reviews put it between 2 “Level 2” and 3 “Level 3”"
    ] * 2
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/e/{panel.edition.slug}/proposals/{proposal.code}/").content.decode()
    for text in (Message.objects.get().body, page):
        for row in rows_from(done.criteria_feedback):
            assert row.placed in text
            assert row.asked in text


def test_it_says_no_more_than_the_words_of_the_rubric(panel):
    """No number of reviews, no mean, no reviewer: three reviews of 2, 2 and 3 read like two of 2 and 3."""
    few, many = panel.proposal(2, 3), panel.proposal(2, 2, 2, 3)
    ranking = ranking_of(panel.edition, panel.cochair())
    assert criteria_rows(ranking, few) == criteria_rows(ranking, many)


def test_an_acceptance_and_a_chair_who_says_no_send_nothing(panel):
    accepted, silent = panel.proposal(4, 4), panel.proposal(2, 2)
    release_batch(by=panel.chair, batch=batch_of(panel, accepted, verdict="accept", reason="above_the_line"))
    release_batch(by=panel.chair, batch=batch_of(panel, silent, shows_criteria=False))
    assert list(Proposal.objects.values_list("criteria_feedback", flat=True)) == [[], []]
    assert all("criteria" not in each.snapshot for each in Released.objects.all())


def test_the_release_refuses_what_is_no_longer_true_until_it_is_saved_again(panel):
    proposal = panel.proposal(1, 3, 3)
    batch = batch_of(panel, proposal)
    first = Review.objects.select_related("assignment").order_by("id")[0]
    exclude_review(by=panel.chair, assignment=first.assignment, reason="Wrong proposal.")
    with pytest.raises(WrongState) as refused:
        release_batch(by=panel.chair, batch=batch)
    assert refused.value.code == "draft-changed"
    assert f"what the feedback by criterion says for {proposal.code}" in refused.value.message
    decide(by=panel.chair, proposal=proposal, **REJECT, version=1)
    assert release_batch(by=panel.chair, batch=batch).released == 1
    assert {row.below.value for row in rows_from(Proposal.objects.get(pk=proposal.pk).criteria_feedback)} == {3}


def test_a_conflict_with_others_changes_nothing_of_it(panel):
    proposal, other = panel.proposal(2, 3), panel.proposal(4, 4)
    whole = criteria_rows(ranking_of(panel.edition, panel.chair), proposal)
    part = panel.cochair()
    ConflictFactory(user=part, sponsor=other.sponsor)
    assert criteria_rows(ranking_of(panel.edition, part), proposal) == whole
