"""Who changed which field last, kept beside the text; and the journal's fact about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from expo.accounts.models import User
from expo.journal.models import Entry
from expo.kit import clock

from ..models import Proposal, ProposalContent
from .common import record_fact

#: While somebody's text is saved by itself, the journal gets one fact in this time.
BETWEEN_FACTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Writing:
    """Who writes, on which open page of theirs (a name that the page gives itself), and whether it saves by itself."""

    by: User
    page: str = ""
    is_autosave: bool = False


def note_edits(source: ProposalContent, writing: Writing, changed: Collection[str]) -> None:
    """Say of these fields that this version changed them last; the caller saves."""
    _note(source, changed, writing.by, writing.page)


def note_own_words(source: ProposalContent, by: User | None) -> None:
    """The same of the presenters, when one of them corrected themself, perhaps without an account."""
    _note(source, ["presenters"], by, "")


def _note(source: ProposalContent, changed: Collection[str], by: User | None, page: str) -> None:
    edit = {"version": source.version, "by": by.pk if by else None, "at": clock.now().isoformat(), "page": page}
    source.edits = {**source.edits, **dict.fromkeys(changed, edit)}


def record_writing(
    fact: str, proposal: Proposal, source: ProposalContent, writing: Writing, changed: Sequence[str]
) -> None:
    """Record that fields were changed; of what is saved by itself once in ten minutes for a person and proposal.

    The journal is never changed, so what comes in between has no fact of its own: its fields are named by that
    person's next fact, and until then `source.edits` has them, with who and when.
    """
    last = _last_fact(fact, proposal, writing.by)
    if writing.is_autosave and last is not None and last > clock.now() - BETWEEN_FACTS:
        return
    between = {
        name
        for name, edit in source.edits.items()
        if edit["by"] == writing.by.pk and last is not None and datetime.fromisoformat(edit["at"]) > last
    }
    record_fact(fact, proposal, writing.by, fields=sorted({*changed, *between}))


def _last_fact(fact: str, proposal: Proposal, by: User) -> datetime | None:
    its = Entry.objects.filter(target_type=proposal._meta.label_lower, target_id=proposal.pk)  # noqa: SLF001
    return its.filter(fact=f"proposals.{fact}", actor=by).order_by("-id").values_list("at", flat=True).first()
