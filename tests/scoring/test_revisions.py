"""A chair asks for a revision; the reviewer changes the review or keeps it, even while the chairs decide."""

import pytest
from django.urls import reverse

from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.states import ProposalState
from reviews.assignments.states import AssignmentState
from reviews.scoring.models import Review
from reviews.scoring.services.exclusion import exclude_review
from reviews.scoring.services.reviews import submit_review
from reviews.scoring.services.revisions import ask_revision, keep_review, withdraw_revision_request
from tests.factories import ConflictFactory
from tests.pages import squeezed

from .fixtures import ScoringFixture


@pytest.fixture
def assignment(panel: ScoringFixture):
    return panel.proposal(2).assignments.get()


@pytest.fixture
def deciding(panel: ScoringFixture):
    panel.edition.phase = Phase.DECIDE
    panel.edition.save()


def facts():
    return list(Entry.objects.filter(fact__startswith="scoring.re").order_by("id").values_list("fact", flat=True))


@pytest.mark.usefixtures("deciding")
def test_while_the_chairs_decide_a_review_changes_only_when_asked_for(panel, assignment):
    changed = {"assignment": assignment, "by": assignment.reviewer, "scores": panel.levels(4, 4), "version": 1}
    with pytest.raises(WrongState, match="no longer changes"):
        submit_review(**changed)
    ask_revision(by=panel.chair, assignment=assignment, note="Was there a baseline?")
    asked = Message.objects.get(kind="scoring/revision_asked")
    assert (asked.recipient, asked.proposal_id) == (assignment.reviewer, assignment.proposal_id)
    assert "baseline" not in asked.body
    review = submit_review(**changed)
    assert (review.revision_asked_at, review.revision_asked_by, review.revision_note) == (None, None, "")
    assert facts() == ["scoring.revision_asked", "scoring.review_amended", "scoring.review_revised"]
    answered = Message.objects.get(kind="scoring/revision_answered")
    assert answered.recipient == panel.chair
    assert "They have changed it" in answered.body
    with pytest.raises(WrongState, match="no longer changes"):
        submit_review(**{**changed, "scores": panel.levels(1, 1), "version": 2})


@pytest.mark.usefixtures("deciding")
def test_saving_without_a_change_answers_nothing(panel, assignment):
    ask_revision(by=panel.chair, assignment=assignment, note="Sure?")
    submit_review(by=assignment.reviewer, assignment=assignment, scores=panel.levels(2, 2), version=1)
    assert Review.objects.get().revision_note == "Sure?"


@pytest.mark.usefixtures("deciding")
def test_the_reviewer_may_keep_it_with_a_word(panel, assignment):
    ask_revision(by=panel.chair, assignment=assignment, note="Sure?")
    review = keep_review(by=assignment.reviewer, assignment=assignment, word="  Quite\nsure. ")
    assert review.revision_asked_at is None
    entry = Entry.objects.get(fact="scoring.review_kept")
    assert entry.data == {"reviewer": assignment.reviewer_id, "note": "Sure?", "word": "Quite sure."}
    assert "keep it as it is" in Message.objects.get(kind="scoring/revision_answered").body
    with pytest.raises(WrongState, match="Nobody waits"):
        keep_review(by=assignment.reviewer, assignment=assignment)


def test_who_may_ask_and_answer(panel, assignment):
    walled, own = panel.cochair(), panel.cochair()
    ConflictFactory(user=walled, sponsor=assignment.proposal.sponsor)
    theirs = panel.review(assignment.proposal, own, 3).assignment
    for by, about in ((walled, assignment), (own, theirs), (panel.reviewers[1], assignment)):
        with pytest.raises(NotAllowed):
            ask_revision(by=by, assignment=about, note="Please.")
        with pytest.raises(NotAllowed):
            withdraw_revision_request(by=by, assignment=about)
    ask_revision(by=panel.chair, assignment=assignment, note="Please.")
    with pytest.raises(NotAllowed):
        keep_review(by=panel.chair, assignment=assignment)


def test_what_cannot_be_asked_for(panel, assignment):
    def refusal(note="Please.", about=assignment):
        with pytest.raises((WrongState, Invalid)) as refused:
            ask_revision(by=panel.chair, assignment=about, note=note)
        return refused.value.code

    assert refusal(note=" ") == "reason-missing"
    assert refusal(note="x" * 401) == "reason-long"
    assert refusal(about=panel.assign(panel.proposal(), state=AssignmentState.ACCEPTED)) == "not-submitted"
    ask_revision(by=panel.chair, assignment=assignment, note="Please.")
    assert ask_revision(by=panel.chair, assignment=assignment, note="Please.").revision_note == "Please."
    assert refusal(note="And this.") == "revision-asked"
    withdraw_revision_request(by=panel.chair, assignment=assignment)
    conflict = ConflictFactory(user=assignment.reviewer, sponsor=assignment.proposal.sponsor)
    assert refusal() == "reviewer-cannot-open"
    conflict.delete()
    assignment.proposal.state = ProposalState.REJECTED
    assignment.proposal.save()
    assert refusal() == "decided-already"


def test_a_request_ends_with_the_review_it_is_about(panel, assignment):
    ask_revision(by=panel.chair, assignment=assignment, note="Please.")
    assert exclude_review(by=panel.chair, assignment=assignment, reason="Copied.").revision_asked_at is None


@pytest.mark.parametrize("has_conflict", [True, False])
def test_who_has_a_conflict_or_is_no_chair_any_more_hears_nothing(panel, assignment, has_conflict):
    ask_revision(by=panel.chair, assignment=assignment, note="Please.")
    if has_conflict:
        ConflictFactory(user=panel.chair, sponsor=assignment.proposal.sponsor)
    else:
        panel.chair.roles.all().delete()
    keep_review(by=assignment.reviewer, assignment=assignment)
    assert not Message.objects.filter(recipient=panel.chair).exists()


@pytest.mark.slow
def test_it_is_asked_for_and_answered_by_buttons(client, panel, assignment):
    slug, code = panel.edition.slug, assignment.proposal.code
    dossier = reverse("scoring:dossier", args=[slug, code])
    client.force_login(panel.chair)
    refused = client.post(reverse("scoring:ask-revision", args=[slug, assignment.pk]), {"note": "y" * 401})
    assert refused.status_code == 422
    assert "y" * 401 in refused.content.decode()
    client.post(reverse("scoring:ask-revision", args=[slug, assignment.pk]), {"note": "Was there a baseline?"})
    assert "Was there a baseline?" in squeezed(client.get(dossier))
    client.force_login(assignment.reviewer)
    mine = reverse("scoring:review", args=[slug, assignment.pk])
    assert f"{panel.chair} (chair) wrote" in squeezed(client.get(mine))
    keep = reverse("scoring:keep", args=[slug, assignment.pk])
    refused = client.post(keep, {"word": "z" * 401})
    assert refused.status_code == 422
    assert "z" * 401 in refused.content.decode()
    client.post(keep, {"word": "There was."})
    assert "Was there a baseline?" not in squeezed(client.get(mine))
    client.force_login(panel.chair)
    shown = squeezed(client.get(dossier))
    assert "after a chair asked: Was there a baseline? Answer: There was." in shown
    client.post(reverse("scoring:ask-revision", args=[slug, assignment.pk]), {"note": "Another."})
    client.post(reverse("scoring:withdraw-revision", args=[slug, assignment.pk]))
    assert "Another." not in squeezed(client.get(dossier))
