"""Verbs on the discussion of a proposal: comment, remove a comment, look."""

from datetime import timedelta

from django.db import transaction

from expo.accounts.models import User
from expo.editions.rules import is_cochair
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState

from ..models import Comment, DiscussionVisit, Review
from ..queries.discussion import is_under_discussion
from .reviews import tidy

LONGEST_COMMENT = 4_000
#: The same words again so soon are the second copy of one form.
REPEATED_WITHIN = timedelta(minutes=10)


@transaction.atomic
def post_comment(*, by: User, proposal: Proposal, text: str) -> Comment:
    """Say something to the other reviewers and the chairs, until the verdict is released. Chairs sign as chairs."""
    require(by, "scoring.discuss", proposal)
    proposal = Proposal.objects.select_for_update(of=("self",)).select_related("edition").get(pk=proposal.pk)
    text = _checked(text)
    _require_open(proposal)
    repeated = Comment.objects.filter(
        proposal=proposal, author=by, text=text, removed_at=None, made_at__gt=clock.now() - REPEATED_WITHIN
    ).first()
    if repeated is not None:
        return repeated
    comment = Comment.objects.create(
        proposal=proposal, author=by, text=text, as_chair=is_cochair(by, proposal.edition), made_at=clock.now()
    )
    _record("scoring.comment_posted", by, comment)
    return comment


@transaction.atomic
def remove_comment(*, by: User, comment: Comment) -> Comment:
    """Take a comment out of sight: one's own until the verdict is released, a chair any at any time.

    That there was one, and who removed it, stays visible; the text stays in the database.
    """
    require(by, "scoring.remove_comment", comment)
    proposal = Proposal.objects.select_for_update(of=("self",)).select_related("edition").get(pk=comment.proposal_id)
    comment = Comment.objects.select_related("author").get(pk=comment.pk)
    if comment.removed_at is not None:
        return comment
    if not is_cochair(by, proposal.edition):
        _require_open(proposal)
    comment.removed_at, comment.removed_by = clock.now(), by
    comment.save(update_fields=["removed_at", "removed_by"])
    _record("scoring.comment_removed", by, comment)
    return comment


def look(*, by: User, proposal: Proposal, saw_others: bool) -> None:
    """Note that somebody has the discussion before them now: what is older is not new to them any more.

    Not in the journal: it changes nothing for anybody else. `saw_others`: somebody else's review was on the page.
    """
    require(by, "scoring.discuss", proposal)
    now = clock.now()
    DiscussionVisit.objects.bulk_create(
        [DiscussionVisit(proposal=proposal, user=by, seen_at=now)],
        update_conflicts=True,
        unique_fields=["proposal", "user"],
        update_fields=["seen_at"],
    )
    if saw_others:
        visits = DiscussionVisit.objects.filter(proposal=proposal, user=by)
        visits.filter(others_seen_at=None).update(others_seen_at=now)


def _require_open(proposal: Proposal) -> None:
    if proposal.state != ProposalState.SUBMITTED:
        raise WrongState(
            "discussion-closed",
            f"This proposal is {ProposalState(proposal.state).label.lower()}, so its discussion is closed. You can "
            "still read it.",
        )
    if not is_under_discussion(proposal):
        raise WrongState("discussion-closed", "The program is published, so the discussion is closed.")
    if not Review.objects.filter(Review.COUNTS, assignment__proposal=proposal).exists():
        raise WrongState("no-review-yet", "No review of this proposal counts yet. The discussion opens with the first.")


def _checked(text: str) -> str:
    text = tidy(text)
    if not text:
        raise Invalid("comment-missing", "Write something first; the comment is empty.", field="text")
    if len(text) > LONGEST_COMMENT:
        raise Invalid(
            "too-long",
            f"This comment has {len(text):,} characters; {LONGEST_COMMENT:,} are allowed. Shorten it, or make it two.",
            field="text",
        )
    return text


def _record(fact: str, by: User, comment: Comment) -> None:
    record(
        fact,
        by=by,
        target=comment,
        edition_id=comment.proposal.edition_id,
        proposal_id=comment.proposal_id,
        data={"author": comment.author_id},
    )
