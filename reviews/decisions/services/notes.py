"""What a chair keeps about a proposal for themselves. Private, so nothing of it is journalled."""

from collections.abc import Iterable

from django.db import transaction

from expo.accounts.models import User
from expo.kit import clock
from expo.kit.errors import Invalid
from expo.kit.policy import require
from expo.kit.text import counted
from expo.proposals.models import Proposal

from ..models import ChairNotes

LONGEST_TAG, MOST_TAGS, LONGEST_NOTE = 30, 10, 10_000


@transaction.atomic
def save_notes(*, by: User, proposal: Proposal, tags: Iterable[str], note: str) -> ChairNotes:
    """Replace a chair's own tags (each once, in small letters) and note on a proposal."""
    require(by, "decisions.decide", proposal)
    if len(note) > LONGEST_NOTE:
        raise Invalid("too-long", f"A note has at most {LONGEST_NOTE:,} characters.", field="note")
    notes, _ = ChairNotes.objects.get_or_create(proposal=proposal, user=by)
    notes.tags, notes.note = _checked(tags), note.replace("\r\n", "\n").replace("\x00", "").strip()
    notes.save(update_fields=["tags", "note"])
    return notes


@transaction.atomic
def add_tags(*, by: User, proposals: Iterable[Proposal], tags: Iterable[str]) -> None:
    """Add a chair's own tags to several proposals; those that are there stay."""
    added = _checked(tags)
    if not added:
        raise Invalid("no-tag", "Write a tag, such as “ask Priya”.", field="tag")
    for proposal in proposals:
        require(by, "decisions.decide", proposal)
        notes, _ = ChairNotes.objects.get_or_create(proposal=proposal, user=by)
        notes.tags = _checked([*notes.tags, *added])
        notes.save(update_fields=["tags"])


@transaction.atomic
def mark_opened(*, by: User, proposal: Proposal) -> None:
    """Remember that this chair has opened the proposal's page."""
    require(by, "decisions.decide", proposal)
    ChairNotes.objects.bulk_create(
        [ChairNotes(proposal=proposal, user=by, opened_at=clock.now())],
        update_conflicts=True,
        unique_fields=["proposal", "user"],
        update_fields=["opened_at"],
    )


def _checked(tags: Iterable[str]) -> list[str]:
    tidy = (" ".join(tag.replace("\x00", "").replace(",", " ").split()).casefold() for tag in tags)
    found = list(dict.fromkeys(tag for tag in tidy if tag))
    if too_long := next((tag for tag in found if len(tag) > LONGEST_TAG), None):
        raise Invalid(
            "too-long", f"“{too_long[:60]}” is longer than the {LONGEST_TAG} characters of a tag.", field="tags"
        )
    if len(found) > MOST_TAGS:
        raise Invalid("too-many-tags", f"A proposal has at most {counted(MOST_TAGS, 'tag')} of yours.", field="tags")
    return found
