"""What becomes of a request for a revision; verbs on reviews call it in their transaction."""

from django.conf import settings
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.notify.services import post
from expo.proposals.queries.conflict_wall import runners
from reviews.assignments.models import Assignment

from ..models import Review


def answer(by: User, assignment: Assignment, review: Review, fact: str, *, word: str = "") -> None:
    """The request is answered; whoever asked gets a mail, while they are a chair from whom nothing hides it."""
    asked_by, note = review.revision_asked_by, review.revision_note
    clear_request(review)
    entry = record_request(fact, by, assignment, review, note=note, word=word)
    if asked_by is not None and asked_by in runners(assignment.proposal, RoleKind.COCHAIR):
        mail_about("scoring/revision_answered", asked_by, entry, assignment, "scoring:dossier")


def clear_request(review: Review) -> None:
    review.revision_asked_at, review.revision_asked_by, review.revision_note = None, None, ""
    review.save(update_fields=["revision_asked_at", "revision_asked_by", "revision_note"])


def record_request(fact: str, by: User, assignment: Assignment, review: Review, **data: str) -> Entry:
    return record(
        fact,
        by=by,
        target=review,
        edition_id=assignment.edition_id,
        proposal_id=assignment.proposal_id,
        data={"reviewer": assignment.reviewer_id, **data},
    )


def mail_about(kind: str, to: User, entry: Entry, assignment: Assignment, page: str) -> None:
    """Without a word of the note or the review: those are on the page, behind the conflict wall of that moment."""
    which = assignment.proposal.code if page == "scoring:dossier" else assignment.pk
    context = {
        "edition": assignment.edition,
        "proposal": assignment.proposal,
        "reviewer": assignment.reviewer,
        "url": settings.SITE_URL + reverse(page, args=[assignment.edition.slug, which]),
    }
    post(kind, to=[to], entry=entry, context={**context, "by": entry.actor, "is_kept": entry.fact.endswith("kept")})
