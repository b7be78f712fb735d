"""What presenters were notified of, beside where their sessions are now."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import display
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.states import PLACEABLE

from ..models import Session, Slot
from ..states import SLOT_LABELS, SlotState
from .sessions import placed

#: What the chairs' page filters by, and what it calls it.
FILTERS = {
    "to-tell": "To notify",
    SlotState.TOLD.value: "Notified, no answer",
    **{state.value: label for state, label in SLOT_LABELS.items() if state != SlotState.TOLD},
    "lost": "Notified, unscheduled now",
}


LONG_TEXTS = [f"proposal__{name}" for name in ("abstract", "takeaways", "needs", "public_text", "feedback")]


@dataclass(frozen=True)
class SlotRow:
    """A session where it is now (None: unscheduled) and the slot of the last notification (None: none yet)."""

    proposal: Proposal
    session: Session | None
    slot: Slot | None
    zone: tzinfo = UTC

    @property
    def now(self) -> str:
        """Room and time in the edition's zone; empty: unscheduled."""
        return _where(self.session, self.zone) if self.session else ""

    @property
    def announced(self) -> str:
        """The room and time that its presenters were notified of; empty: none yet."""
        return _where(self.slot, self.zone) if self.slot else ""

    @property
    def is_news(self) -> bool:
        """Its presenters do not know where it is now."""
        return self.session is not None and differs_from_slot(self.session, self.slot)

    @property
    def kinds(self) -> set[str]:
        """The filters under which it is found."""
        states = {self.slot.state} if self.slot else set()
        if self.session is None:
            states.add("lost")
        return states | ({"to-tell"} if self.is_news else set())

    @property
    def key(self) -> str:
        """The session with its version, as the form sends it."""
        return f"{self.session.pk}-{self.session.version}" if self.session else ""


def _where(row: Session | Slot, zone: tzinfo) -> str:
    return f"{row.room.name}, {display.formatted(row.starts_at.astimezone(zone), 'short')}"


def differs_from_slot(session: Session, slot: Slot | None) -> bool:
    """Whether it is not where its presenters were notified that it is."""
    here = (session.room_id, session.starts_at, session.ends_at)
    return slot is None or (slot.room_id, slot.starts_at, slot.ends_at) != here


def slot_rows(viewer: User, edition: Edition) -> list[SlotRow]:
    """Sessions in program order, then notified ones that became unscheduled; none behind the viewer's wall."""
    hidden = wall(viewer, edition)
    slots = {
        slot.proposal_id: slot
        for slot in Slot.objects.filter(proposal__edition=edition, proposal__state__in=PLACEABLE)
        .select_related("proposal__sponsor", "proposal__format", "room")
        .order_by("starts_at", "room__position", "id")
    }
    scheduled = placed(edition).prefetch_related(None).defer(*LONG_TEXTS)  # a row names the session and no more
    rows = [SlotRow(row.proposal, row, slots.pop(row.proposal_id, None), edition.zone) for row in scheduled]
    rows += [SlotRow(slot.proposal, None, slot, edition.zone) for slot in slots.values()]
    return [row for row in rows if not hidden.hides(row.proposal)]


def slot_of(proposal: Proposal) -> Slot | None:
    """What the presenters of an accepted session were notified of, if anything: never where it is now."""
    if proposal.state not in PLACEABLE:
        return None
    return Slot.objects.select_related("room", "answered_by").filter(proposal=proposal).first()


def slot_by_id(user: Any, *, edition: str, slot: int) -> Slot:
    """A slot of this edition, for a policy to judge; raises Slot.DoesNotExist."""
    rows = Slot.objects.select_related("proposal__edition", "proposal__sponsor", "proposal__format", "room")
    return rows.get(pk=slot, proposal__edition__slug=edition, proposal__state__in=PLACEABLE)


def slot_label(slot: Slot, edition: Edition) -> str:
    """The room and the times in the edition's zone, for a mail."""
    start, end = slot.starts_at.astimezone(edition.zone), slot.ends_at.astimezone(edition.zone)
    day = display.formatted(start.date(), "day")
    since, until = display.formatted(start, "clock"), display.formatted(end, "clock")
    return f"{day}, {since} to {until} ({display.zone_name(start)}, {edition.time_zone}), {slot.room.name}"


def freezes_at_label(edition: Edition) -> str:
    """Until when presenters may answer, for a mail; empty when publication decides."""
    return display.in_zone(edition.slots_freeze_at, edition.deadline_zone) if edition.slots_freeze_at else ""
