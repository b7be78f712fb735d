"""Saving, submitting and amending reviews, and what is refused."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState
from reviews.assignments.models import QueueSettings
from reviews.assignments.services.assignments import release
from reviews.assignments.states import AssignmentState
from reviews.scoring.models import Review
from reviews.scoring.queries.ranking import ranking_of
from reviews.scoring.services.exclusion import exclude_review, include_review
from reviews.scoring.services.reviews import save_review, submit_review
from tests.concurrency import race
from tests.factories import ConflictFactory, CriterionFactory, RoleFactory, UserFactory

from .fixtures import open_review


@pytest.fixture
def assignment(panel):
    return panel.assign(panel.proposal(), state=AssignmentState.OFFERED)


def facts(proposal):
    return list(Entry.objects.filter(proposal_id=proposal.pk).order_by("id").values_list("fact", flat=True))


def scores(review):
    return list(review.scores.order_by("criterion__position").values_list("criterion__name", "level__value"))


def test_a_draft_demands_nothing_and_leaves_the_offer_open(panel, assignment):
    review = save_review(by=assignment.reviewer, assignment=assignment, scores={})
    assignment.refresh_from_db()
    assert (review.state, review.version, scores(review)) == ("draft", 1, [])
    assert assignment.state == AssignmentState.OFFERED


def test_submitting_accepts_the_offer_freezes_the_rubric_and_is_on_record(panel, assignment):
    review = submit_review(
        by=assignment.reviewer,
        assignment=assignment,
        scores=panel.levels(4, 2),
        for_sponsor="Show the data.\r\n",
        confidence=3,
    )
    assignment.refresh_from_db()
    rubric = panel.edition.rubrics.get()
    assert scores(review) == [("Substance", 4), ("Evidence", 2)]
    assert (review.state, review.for_sponsor, review.confidence) == ("submitted", "Show the data.", 3)
    assert assignment.state == AssignmentState.SUBMITTED
    assert rubric.frozen_at is not None
    entry = Entry.objects.get(fact="scoring.review_submitted")
    assert entry.data == {
        "scores": {panel.criteria[0].slug: 4, panel.criteria[1].slug: 2},
        "is_recruiting": False,
        "confidence": 3,
        "for_chairs": "",
        "for_sponsor": "Show the data.",
    }
    assert (entry.proposal_id, entry.edition_id) == (assignment.proposal_id, panel.edition.pk)


def test_what_is_missing_is_named(panel, assignment):
    with pytest.raises(Invalid) as refusal:
        submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4))
    assert refusal.value.message == "No level yet for “Evidence”. Choose one, then submit."
    assert refusal.value.field == f"criterion_{panel.criteria[1].pk}"
    assert not Review.objects.exists()


def test_an_amended_review_keeps_before_and_after_in_the_journal(panel, assignment):
    submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4, 2))
    submit_review(
        by=assignment.reviewer, assignment=assignment, scores=panel.levels(3, 2), is_recruiting=True, version=1
    )
    data = Entry.objects.get(fact="scoring.review_amended").data
    slug = panel.criteria[0].slug
    assert (data["before"]["scores"][slug], data["after"]["scores"][slug]) == (4, 3)
    assert (data["before"]["is_recruiting"], data["after"]["is_recruiting"]) == (False, True)


def test_what_was_first_submitted_stays_whatever_changes(panel, assignment):
    about = {"by": assignment.reviewer, "assignment": assignment}
    draft = save_review(**about, scores=panel.levels(4))
    assert (draft.first_content, draft.rubric) == ({}, None)
    review = submit_review(**about, scores=panel.levels(4, 2), for_sponsor="Show data.", version=1)
    said = Entry.objects.get(fact="scoring.review_submitted").data | {"is_blind": True}
    assert (review.first_content, review.rubric, review.amended_at) == (said, panel.edition.rubrics.get(), None)
    same = submit_review(**about, scores=panel.levels(4, 2), for_sponsor="Show data.", version=2)
    assert (same.version, same.amended_at) == (2, None)
    changed = submit_review(**about, scores=panel.levels(3, 2), version=2)
    changed.refresh_from_db()
    assert (changed.first_content, changed.amended_at is None) == (said, False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.update(first_content={})
    panel.edition.hide_sponsor_until_scored = False
    panel.edition.save()
    other = panel.assign(panel.proposal())
    assert not submit_review(by=other.reviewer, assignment=other, scores=panel.levels(1, 1)).first_content["is_blind"]


def test_the_same_form_twice_is_one_review(panel, assignment):
    first = submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4, 2))
    again = submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4, 2))
    assert (again.pk, again.version) == (first.pk, 1)
    assert facts(assignment.proposal).count("scoring.review_submitted") == 1


def test_an_old_form_does_not_overwrite_a_newer_review(panel, assignment):
    save_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(1, 1))
    with pytest.raises(WrongState) as refusal:
        save_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4, 4))
    assert refusal.value.code == "stale-version"
    assert scores(Review.objects.get()) == [("Substance", 1), ("Evidence", 1)]


def test_a_submitted_review_cannot_become_a_draft(panel, assignment):
    submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4, 2))
    with pytest.raises(WrongState) as refusal:
        save_review(by=assignment.reviewer, assignment=assignment, scores={}, version=1)
    assert refusal.value.code == "already-submitted"


@pytest.mark.parametrize("phase", [Phase.DECIDE, Phase.SCHEDULE])
def test_a_late_review_counts_until_the_verdict_is_released_and_does_not_change(panel, assignment, phase):
    panel.edition.phase = phase
    panel.edition.save()
    draft = save_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4, 2))
    submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4, 2), version=draft.version)
    assert [each.scores for each in ranking_of(panel.edition, panel.chair).scores] == [(3.0,)]
    with pytest.raises(WrongState) as refusal:
        submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(1, 1), version=2)
    assert refusal.value.code == "decisions-have-begun"


def test_no_review_is_taken_after_the_verdict_or_once_the_program_is_out(panel, assignment):
    refused = []
    for phase, state in ((Phase.DECIDE, "rejected"), (Phase.PUBLISHED, "submitted"), (Phase.ARCHIVED, "submitted")):
        Edition.objects.update(phase=phase)
        Proposal.objects.update(state=state)
        with pytest.raises(WrongState) as refusal:
            submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(4, 2))
        refused.append(refusal.value.code)
    assert refused == ["proposal-not-under-review", "reviewing-has-ended", "reviewing-has-ended"]


@pytest.mark.parametrize("state", [AssignmentState.DECLINED, AssignmentState.EXPIRED, AssignmentState.RELEASED])
def test_an_assignment_that_is_over_takes_no_review(panel, assignment, state):
    assignment.state = state
    assignment.save()
    with pytest.raises(WrongState) as refusal:
        save_review(by=assignment.reviewer, assignment=assignment, scores={})
    assert refusal.value.code == "assignment-closed"


def test_a_withdrawn_proposal_takes_no_review(panel, assignment):
    assignment.proposal.state = ProposalState.WITHDRAWN
    assignment.proposal.save()
    with pytest.raises(WrongState) as refusal:
        save_review(by=assignment.reviewer, assignment=assignment, scores={})
    assert refusal.value.code == "proposal-not-under-review"


def test_only_the_reviewer_and_only_without_a_conflict(panel, assignment):
    for stranger in (UserFactory(), panel.chair, panel.reviewers[0]):
        with pytest.raises(NotAllowed):
            save_review(by=stranger, assignment=assignment, scores={})
    ConflictFactory(user=assignment.reviewer, sponsor=assignment.proposal.sponsor)
    with pytest.raises(NotAllowed):
        save_review(by=assignment.reviewer, assignment=assignment, scores={})


def test_levels_of_another_rubric_or_criterion_are_refused(panel, assignment):
    foreign = CriterionFactory()
    first, second = panel.criteria
    for wrong, code in (
        ({foreign.pk: foreign.levels.first().pk}, "unknown-criterion"),
        ({first.pk: second.levels.first().pk}, "unknown-level"),
    ):
        with pytest.raises(Invalid) as refusal:
            save_review(by=assignment.reviewer, assignment=assignment, scores=wrong)
        assert refusal.value.code == code


def test_too_long_and_odd_characters(panel, assignment):
    with pytest.raises(Invalid) as refusal:
        save_review(by=assignment.reviewer, assignment=assignment, scores={}, for_chairs="x" * 10_001)
    assert (refusal.value.code, refusal.value.field) == ("too-long", "for_chairs")
    assert save_review(by=assignment.reviewer, assignment=assignment, scores={}, for_chairs="a\x00b").for_chairs == "ab"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_submits_at_once_make_one_review():
    panel = open_review()
    assignment = panel.assign(panel.proposal())
    levels = panel.levels(4, 2)
    outcomes = race(*[lambda: submit_review(by=assignment.reviewer, assignment=assignment, scores=levels)] * 4)
    assert [type(each) for each in outcomes] == [Review] * 4
    assert Review.objects.get().version == 1
    assert facts(assignment.proposal).count("scoring.review_submitted") == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_different_saves_at_once_one_is_told_to_look_again():
    panel = open_review()
    assignment = panel.assign(panel.proposal())
    choices = [panel.levels(1, 1), panel.levels(4, 4)]
    outcomes = race(
        *[
            lambda chosen=chosen: save_review(by=assignment.reviewer, assignment=assignment, scores=chosen)
            for chosen in choices
        ]
    )
    assert sorted(getattr(each, "code", "saved") for each in outcomes) == ["saved", "stale-version"]
    assert any(isinstance(each, Refused) for each in outcomes)
    assert connection.vendor == "postgresql"


class TestExcluding:
    """A submitted review counts until a chair without a conflict takes it out, with a reason."""

    @pytest.fixture
    def review(self, panel):
        return panel.review(panel.proposal(4), panel.reviewers[1], 2)

    def counted(self, panel):
        return ranking_of(panel.edition, panel.chair).scores[0].scores

    def test_a_chair_excludes_a_review_with_a_reason_and_may_include_it_again(self, panel, review):
        given = review.assignment
        with pytest.raises(Invalid, match="Give a reason why this review"):
            exclude_review(by=panel.chair, assignment=given, reason=" ")
        exclude_review(by=panel.chair, assignment=given, reason="Works for  them.")
        exclude_review(by=panel.chair, assignment=given, reason="Twice is once.")
        review.refresh_from_db()
        given.refresh_from_db()
        assert (review.excluded_by, review.excluded_reason, given.state) == (
            panel.chair,
            "Works for them.",
            "released",
        )
        assert self.counted(panel) == (4.0,)
        include_review(by=panel.chair, assignment=given)
        given.refresh_from_db()
        assert (given.state, given.decline_reason, self.counted(panel)) == ("submitted", "", (2.0, 4.0))
        assert facts(given.proposal) == [
            "scoring.review_excluded",
            "assignments.released",
            "assignments.put_back",
            "scoring.review_included",
        ]
        reason = Entry.objects.get(fact="scoring.review_excluded").data["reason"]
        assert reason == "Works for them."

    def test_an_excluded_review_leaves_its_place_to_somebody_else(self, panel, review):
        exclude_review(by=panel.chair, assignment=review.assignment, reason="Works for them.")
        assert QueueSettings.objects.get(edition=panel.edition).wanted_at is not None
        again = panel.assign(review.assignment.proposal, review.assignment.reviewer)
        with pytest.raises(WrongState, match="has been given this proposal again"):
            include_review(by=panel.chair, assignment=review.assignment)
        assert again.state == AssignmentState.ACCEPTED

    def test_neither_a_chair_with_a_conflict_nor_the_reviewer_excludes_it(self, panel, review):
        ConflictFactory(user=panel.chair, sponsor=review.assignment.proposal.sponsor)
        RoleFactory(edition=panel.edition, user=review.assignment.reviewer, kind=RoleKind.COCHAIR)
        for user in (panel.chair, review.assignment.reviewer, panel.reviewers[0], UserFactory()):
            for verb in (partial(exclude_review, reason="Mine."), include_review):
                with pytest.raises(NotAllowed):
                    verb(by=user, assignment=review.assignment)

    def test_what_a_decision_rests_on_stays(self, panel, review):
        Proposal.objects.update(state=ProposalState.ACCEPTED)
        with pytest.raises(WrongState, match="This proposal is accepted"):
            exclude_review(by=panel.chair, assignment=review.assignment, reason="Late.")

    def test_the_database_knows_no_exclusion_without_a_reason(self, panel, review):
        with pytest.raises(IntegrityError, match="review_excluded_with_a_reason"):
            Review.objects.update(excluded_at=clock.now(), excluded_by=panel.chair)

    def test_releasing_by_hand_is_not_a_way_round(self, panel, review):
        with pytest.raises(WrongState, match="exclude it on the page"):
            release(by=panel.chair, assignment=review.assignment, reason="Low score.")
