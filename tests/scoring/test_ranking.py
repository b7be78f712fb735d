"""The ranking: the numbers, the line, and what a conflict hides."""

from datetime import UTC, datetime, time

import pytest

from expo.editions.models import Break
from expo.journal.services import record
from expo.proposals.states import ProposalState
from reviews.assignments.services.automation import release_conflicted
from reviews.assignments.states import AssignmentState
from reviews.scoring.models import Review, Score
from reviews.scoring.queries.pools import pools
from reviews.scoring.queries.ranking import percent, ranking_of
from reviews.scoring.queries.reviews import dossier
from tests.factories import (
    ConflictFactory,
    DayFactory,
    EditionFactory,
    FormatFactory,
    PresenterFactory,
    ReviewFactory,
    TeamMemberFactory,
    TrackFactory,
    UserFactory,
)


def codes(found):
    return [each.proposal.code for each in found]


def test_best_first_and_the_unreviewed_last(panel):
    weak, none, strong = panel.proposal(2, 1), panel.proposal(), panel.proposal(4, 4, 3)
    found = ranking_of(panel.edition, panel.chair).scores
    assert codes(found) == [strong.code, weak.code, none.code]
    assert [(each.mean, each.median, each.reviews, each.expected, each.spread) for each in found] == [
        (pytest.approx(11 / 3), 4, 3, 3, 1),
        (1.5, 1.5, 2, 3, 1),
        (None, None, 0, 3, None),
    ]
    assert found[2].why == ("No review has been submitted yet, so there is no score.",)


def test_criteria_weigh_what_the_rubric_says(panel):
    panel.criteria[0].weight = 3
    panel.criteria[0].save()
    proposal = panel.proposal()
    first, second = panel.criteria
    ReviewFactory(assignment=panel.assign(proposal, state=AssignmentState.SUBMITTED), scores={first: 4, second: 2})
    found = ranking_of(panel.edition, panel.chair).scores[0]
    assert (found.mean, found.levels) == (3.5, {first.pk: 4.0, second.pk: 2.0})


def test_the_line_is_the_last_that_is_in(panel):
    for values in ((4, 4, 4), (3, 3, 3), (2, 2, 2), (1, 2, 1)):
        panel.proposal(*values)
    found = ranking_of(panel.edition, panel.chair)
    line = found.scores[1].merit
    assert [each.line for each in found.scores] == [line] * 4
    assert 2.7 < line < 3  # the plain mean of 3, a little nearer to the mean of all
    assert [each.is_above_line for each in found.scores] == [True, True, False, False]
    assert sum(each.chance_above_line for each in found.scores) == pytest.approx(2)
    third = found.scores[2]
    assert third.why == (
        "3 of 3 reviews are in: 2.00, 2.00, 2.00; plain mean 2.00.",
        (
            f"Score {third.merit:.2f}: the plain mean moved towards the mean of all, the more so the fewer reviews it "
            "has. Strict or lenient reviewers are not corrected for. "
            "Correcting for that starts at 100 reviews; 12 are in."
        ),
        (
            f"The mean of very many reviewers would lie between {third.low:.2f} and {third.high:.2f} with a "
            "probability of 95 % (credible interval)."
        ),
        (
            f"Rank 3 of 4 in Talk for 2 places; the line is at {line:.2f}: the least score that is in on points alone, "
            "within capacity and the limits of tiers."
        ),
        (
            "Judging by its scores and those of all others in Talk, the probability that it belongs among those that "
            f"capacity and the limits of tiers let in is {percent(third.chance_above_line)}."
        ),
        f"If the reviewers are drawn again at random, {percent(third.stability)} of draws let it in.",
    )
    assert third.chance_above_line < 0.2


def test_a_limit_of_the_tier_is_in_the_chances(panel):
    """A tier that may have one talk accepted: the second best of two by one sponsor leaves its place to the third."""
    first = panel.proposal(4, 4, 4)
    second = panel.proposal(3, 4, 3, sponsor=first.sponsor)
    third = panel.proposal(2, 2, 1)
    chances = {each.proposal.code: each.chance_above_line for each in ranking_of(panel.edition, panel.chair).scores}
    assert chances[first.code] + chances[second.code] == pytest.approx(1)
    assert chances[third.code] > 0.99


def test_what_has_no_review_yet_is_in_the_chances_and_said(panel):
    scored = [panel.proposal(3, 4), panel.proposal(3, 2)]
    panel.proposal()
    found = ranking_of(panel.edition, panel.chair)
    assert sum(found.of(each).chance_above_line for each in scored) < 1.9
    assert "1 proposal without a review may still turn out better; that is in the probability." in found.scores[0].why


def test_small_editions_say_which_gate_kept_calibration_out(panel):
    panel.proposal(4, 4, 2)
    found = ranking_of(panel.edition, panel.chair)
    assert (found.is_calibrated, found.gate) == (False, "few-scores")
    assert found.sentence == "Correcting for that starts at 100 reviews; 3 are in."
    assert found.scores[0].calibrated is None
    assert found.scores[0].merit == pytest.approx(found.scores[0].mean)


def test_drafts_and_reviews_taken_back_do_not_count(panel):
    proposal = panel.proposal(4)
    panel.review(proposal, panel.reviewers[1], 1, state="draft", submitted_at=None)
    taken_back = panel.review(proposal, panel.reviewers[2], 1)
    taken_back.assignment.state = AssignmentState.RELEASED
    taken_back.assignment.save()
    assert ranking_of(panel.edition, panel.chair).scores[0].scores == (4.0,)


def test_a_conflict_after_the_review_marks_it_and_leaves_it_in_the_count(panel):
    proposal = panel.proposal(4, 2)
    ConflictFactory(user=panel.reviewers[1], sponsor=proposal.sponsor, detail="Joint paper.")
    panel.proposal(3)
    found = ranking_of(panel.edition, panel.chair).scores
    marks = {each.proposal.code: [flag.text for flag in each.flags if flag.code == "conflict"] for each in found}
    assert marks.pop(proposal.code) == ["1 review under a conflict"]
    assert list(marks.values()) == [[]]
    parts = dossier(proposal, panel.chair).parts
    assert [(each.counts, each.conflict) for each in parts] == [(True, ""), (True, "Joint paper.")]
    assert next(each for each in found if each.proposal == proposal).scores == (2.0, 4.0)


def test_no_act_of_a_sponsor_takes_a_review_out_of_the_count(panel):
    """Adding the reviewer to the team, as presenter, by employer: the score stays as it was."""
    proposal = panel.proposal(4, 2)
    before = ranking_of(panel.edition, panel.chair).scores[0].scores
    reviewer = panel.reviewers[1]
    TeamMemberFactory(sponsor=proposal.sponsor, user=reviewer)
    PresenterFactory(proposal=proposal, name=reviewer.name, email=reviewer.email)
    for fact in ("sponsors.team_changed", "proposals.conflict_declared", "accounts.affiliations_changed"):
        release_conflicted(record(fact, by=None, edition_id=panel.edition.pk))
    assert ranking_of(panel.edition, panel.chair).scores[0].scores == before


def test_withdrawn_and_draft_proposals_have_no_score(panel):
    panel.proposal(4, state=ProposalState.WITHDRAWN)
    panel.proposal(4, state=ProposalState.DRAFT)
    assert ranking_of(panel.edition, panel.chair).scores == ()


def test_flags_ask_for_a_second_look(panel):
    proposal = panel.proposal(4, 1)
    Review.objects.filter(assignment__proposal=proposal, assignment__reviewer=panel.reviewers[0]).update(
        is_recruiting=True
    )
    assert [(flag.code, flag.text) for flag in ranking_of(panel.edition, panel.chair).scores[0].flags] == [
        ("recruiting", "Recruiting: 1 of 2"),
        ("disagreement", "Reviewers disagree"),
        ("few-reviews", "2 of 3 reviews"),
    ]


def test_nobody_but_cochairs_sees_the_ranking(panel):
    panel.proposal(4)
    assert ranking_of(panel.edition, UserFactory()).scores == ()
    assert ranking_of(panel.edition, panel.reviewers[0]).scores == ()
    assert ranking_of(EditionFactory(), panel.chair).scores == ()


@pytest.mark.slow
def test_what_is_hidden_cannot_show_through(panel):
    """Change everything about a hidden proposal: what its walled chair gets stays the same to the last digit."""
    seen = [panel.proposal(4, 3, 2), panel.proposal(2, 2, 3), panel.proposal(3, 3, 1)]
    hidden = panel.proposal(1, 1, 1, 1)
    ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
    before = ranking_of(panel.edition, panel.chair)
    Score.objects.filter(review__assignment__proposal=hidden).update(level=panel.criteria[0].levels.get(value=4))
    Review.objects.filter(assignment__proposal=hidden).update(is_recruiting=True)
    panel.assign(hidden)
    assert codes(before.scores) == codes(ranking_of(panel.edition, panel.chair).scores)
    assert set(codes(before.scores)) == {each.code for each in seen}
    assert before == ranking_of(panel.edition, panel.chair)
    hidden.delete()
    assert before == ranking_of(panel.edition, panel.chair)
    assert len(ranking_of(panel.edition, panel.cochair()).scores) == 3


def test_a_dossier_names_reviewers_and_keeps_drafts_private(panel):
    proposal = panel.proposal(4)
    panel.assign(proposal, panel.reviewers[1])
    panel.review(proposal, panel.reviewers[2], 1, state="draft", submitted_at=None)
    parts = dossier(proposal, panel.chair).parts
    assert [(each.assignment.reviewer, each.review is not None) for each in parts] == [
        (panel.reviewers[0], True),
        (panel.reviewers[1], False),
        (panel.reviewers[2], False),
    ]
    assert [(criterion.name, level.value) for criterion, level in parts[0].levels] == [
        ("Substance", 4),
        ("Evidence", 4),
    ]


class TestPools:
    def test_icml_has_eight_talks_or_demos_and_four_workshops(self, db):
        edition = EditionFactory()
        talk, demo = FormatFactory(edition=edition), FormatFactory(edition=edition, slug="demo")
        workshop = FormatFactory(edition=edition, slug="workshop", minutes=240)
        TrackFactory(edition=edition, formats=[talk, demo])
        TrackFactory.create_batch(2, edition=edition, formats=[workshop])
        DayFactory(edition=edition, opens_at=time(9), closes_at=time(18))
        lunch = datetime(2027, 7, 18, 17, 0, tzinfo=UTC)
        Break.objects.create(edition=edition, name="Lunch", starts_at=lunch, ends_at=lunch.replace(hour=18))
        assert [(pool.name, pool.capacity, pool.unit) for pool in pools(edition)] == [
            ("Talk and Demo", 8, "places"),
            ("Workshop", 4, "places"),
        ]

    def test_formats_of_different_length_share_minutes(self, db):
        edition = EditionFactory()
        formats = [FormatFactory(edition=edition), FormatFactory(edition=edition, slug="demo", minutes=30)]
        TrackFactory(edition=edition, formats=formats)
        DayFactory(edition=edition, opens_at=time(9), closes_at=time(10, 30))
        assert [(pool.capacity, pool.unit, pool.size(formats[1])) for pool in pools(edition)] == [(90, "minutes", 30)]

    def test_without_days_nothing_is_claimed(self, db):
        edition = EditionFactory()
        TrackFactory(edition=edition, formats=[FormatFactory(edition=edition)])
        assert [pool.capacity for pool in pools(edition)] == [None]
