"""What a finished run proposes, beside the present timetable, as one person may see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from expo.accounts.models import User
from expo.proposals.models import Proposal
from expo.proposals.queries import Wall, wall

from ..models import Run, Session
from ..wording import TierLine, tier_lines
from .differences import Differences, differences
from .editor import Column, proposal_card, sheets
from .grid import Card, DaySheet
from .progress import sees_figures


@dataclass(frozen=True)
class LeftOut:
    """A session without a place in this run, and why."""

    proposal: Proposal
    reason: str


@dataclass(frozen=True)
class Preview:
    """`tiers` and `notes` cover all sessions, so they are None for somebody behind a wall."""

    days: tuple[DaySheet, ...]
    columns: tuple[Column, ...]
    new: int
    moved: int
    gone: tuple[Proposal, ...]
    left_out: tuple[LeftOut, ...]
    tiers: tuple[TierLine, ...] | None
    notes: tuple[str, ...] | None
    differences: Differences


def preview(run: Run, viewer: User) -> Preview:
    """The proposed timetable with its difference to the present one."""
    hidden, result = wall(viewer, run.edition), run.result or {}
    present = {row.proposal_id: row for row in Session.objects.filter(edition=run.edition)}
    proposals = _proposals(run, [row["proposal"] for row in [*result.get("placed", []), *result.get("left_out", [])]])
    rows = [row for row in result.get("placed", []) if row["proposal"] in proposals]
    cards = [_card(row, proposals[row["proposal"]], present.get(row["proposal"]), hidden) for row in rows]
    days, columns = sheets(run.edition, cards)
    left_out = tuple(
        LeftOut(proposals[row["proposal"]], row["reason"])
        for row in result.get("left_out", [])
        if row["proposal"] in proposals and not hidden.hides(proposals[row["proposal"]])
    )
    open_to_all = sees_figures(viewer, run.edition)
    return Preview(
        days=days,
        columns=columns,
        new=sum(card.mark == "new" for card in cards),
        moved=sum(card.mark == "moved" for card in cards),
        gone=tuple(row.proposal for row in left_out if row.proposal.pk in present),
        left_out=left_out,
        tiers=tier_lines(result.get("tiers", [])) if open_to_all else None,
        notes=tuple(run.reasons) if open_to_all else None,
        differences=differences(run.edition, present, rows, proposals, hidden),
    )


def _proposals(run: Run, ids: list[int]) -> dict[int, Proposal]:
    found = Proposal.objects.filter(edition=run.edition).select_related("sponsor", "format", "slot")
    return found.prefetch_related("presenters").in_bulk(ids)


def _card(row: dict[str, Any], proposal: Proposal, present: Session | None, hidden: Wall) -> Card:
    starts_at = datetime.fromisoformat(row["starts_at"])
    ends_at = starts_at + timedelta(minutes=row["minutes"])
    return proposal_card(proposal, row["room"], starts_at, ends_at, hidden, _mark(row, starts_at, present))


def _mark(row: dict[str, Any], starts_at: datetime, present: Session | None) -> str:
    if present is None:
        return "new"
    return "" if (present.room_id, present.starts_at) == (row["room"], starts_at) else "moved"
