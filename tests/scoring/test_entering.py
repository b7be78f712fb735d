"""A chair enters a review that came by mail."""

import pytest
from django.urls import reverse

from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.states import ProposalState
from reviews.assignments.states import AssignmentState
from reviews.scoring.models import Review
from reviews.scoring.queries.discussion import discussion_of
from reviews.scoring.services.entering import enter_review
from reviews.scoring.services.reviews import save_review, submit_review
from tests.factories import ConflictFactory
from tests.pages import squeezed


@pytest.fixture
def assignment(panel):
    return panel.assign(panel.proposal(), panel.reviewers[0], state=AssignmentState.ACCEPTED)


def entered(panel, assignment, by=None, **more):
    fields = {"source": "a mail of 3 May", "scores": panel.levels(3, 4), "for_sponsor": "Good.", **more}
    return enter_review(by=by or panel.chair, assignment=assignment, **fields)


def test_it_counts_and_says_who_entered_it_from_what(panel, assignment):
    review = entered(panel, assignment)
    assignment.refresh_from_db()
    assert (review.entered_by, review.entered_source) == (panel.chair, "a mail of 3 May")
    assert (assignment.state, list(review.first_content["scores"].values())) == ("submitted", [3, 4])
    entry = Entry.objects.get(fact="scoring.review_entered")
    assert (entry.actor, entry.proposal_id) == (panel.chair, assignment.proposal_id)
    assert Entry.objects.get(fact="assignments.submitted").actor == panel.chair
    mail = Message.objects.get(kind="scoring/review_entered")
    assert mail.recipient == assignment.reviewer
    assert "from a mail of 3 May" in mail.body
    panel.review(assignment.proposal, panel.reviewers[1], 2)
    shown = {who: discussion_of(assignment.proposal, who) for who in (panel.reviewers[1], panel.chair)}
    assert [each.entered for each in shown[panel.reviewers[1]].others] == ["Entered by a chair"]
    assert f"Entered by {panel.chair} from a mail of 3 May" in [each.entered for each in shown[panel.chair].others]


def test_its_reviewer_may_change_it_while_reviewing_is_open(panel, assignment):
    review = entered(panel, assignment)
    changed = submit_review(
        by=assignment.reviewer, assignment=assignment, scores=panel.levels(2, 2), version=review.version
    )
    assert (changed.amended_at is not None, changed.entered_by) == (True, panel.chair)


def test_who_may_not(panel, assignment):
    walled, own = panel.cochair(), panel.cochair()
    ConflictFactory(user=walled, sponsor=assignment.proposal.sponsor)
    theirs = panel.assign(assignment.proposal, own, state=AssignmentState.ACCEPTED)
    for by, about in ((walled, assignment), (own, theirs), (assignment.reviewer, assignment)):
        with pytest.raises(NotAllowed):
            entered(panel, about, by=by)


def test_what_is_refused(panel, assignment):
    def refusal(about=assignment, **more):
        with pytest.raises((WrongState, Invalid)) as refused:
            entered(panel, about, **more)
        return refused.value.code

    assert refusal(source=" ") == "reason-missing"
    assert refusal(scores=panel.levels(3)) == "scores-missing"
    declined = panel.assign(assignment.proposal, panel.reviewers[1], state=AssignmentState.DECLINED)
    assert refusal(declined) == "assignment-closed"
    save_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(1))
    assert refusal() == "draft-exists"
    Review.objects.all().delete()
    conflict = ConflictFactory(user=assignment.reviewer, sponsor=assignment.proposal.sponsor)
    assert refusal() == "reviewer-cannot-open"
    conflict.delete()
    assignment.proposal.state = ProposalState.ACCEPTED
    assignment.proposal.save()
    assert refusal() == "proposal-not-under-review"
    assignment.proposal.state = ProposalState.SUBMITTED
    assignment.proposal.save()
    panel.edition.phase = Phase.PUBLISHED
    panel.edition.save()
    assert refusal() == "reviewing-has-ended"
    assert not Review.objects.exists()


@pytest.mark.slow
def test_the_form_keeps_what_was_typed_and_leads_back(client, panel, assignment):
    address = reverse("scoring:enter", args=[panel.edition.slug, assignment.pk])
    dossier = reverse("scoring:dossier", args=[panel.edition.slug, assignment.proposal.code])
    client.force_login(panel.chair)
    assert address in client.get(dossier).content.decode()
    typed = {f"criterion_{each.pk}": 3 for each in panel.criteria} | {"confidence": 3, "for_sponsor": "Typed words."}
    refused = client.post(address, typed)
    assert refused.status_code == 422
    assert "Typed words." in refused.content.decode()
    assert client.post(address, {**typed, "source": "a mail of 3 May"})["Location"] == dossier
    assert f"Entered by {panel.chair} from a mail of 3 May" in squeezed(client.get(dossier))
    assert client.get(address)["Location"] == dossier  # nothing to enter any more
    client.force_login(assignment.reviewer)
    mine = reverse("scoring:review", args=[panel.edition.slug, assignment.pk])
    assert f"{panel.chair} entered this review from a mail of 3 May" in squeezed(client.get(mine))
