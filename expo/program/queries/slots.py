"""What presenters were told of their places, beside where their sessions stand now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import display
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.states import PLACEABLE

from ..models import Session, Slot
from ..states import SlotState
from .sessions import placed

#: What the chairs' page filters by, and what it calls it.
FILTERS = {
    "to-tell": "To notify",
    SlotState.TOLD.value: "Notified, no answer",
    SlotState.ACCEPTED.value: "Accepted",
    SlotState.CHANGE_ASKED.value: "Change requested",
    SlotState.TURNED_DOWN.value: "Change declined",
    "lost": "Notified, unscheduled now",
}


@dataclass(frozen=True)
class SlotRow:
    """A session with its place now (None: it has lost it) and the slot that was told (None: nothing yet)."""

    proposal: Proposal
    session: Session | None
    slot: Slot | None

    @property
    def is_news(self) -> bool:
        """Its presenters do not know where it stands now."""
        return self.session is not None and differs_from_slot(self.session, self.slot)

    @property
    def kinds(self) -> set[str]:
        """The filters under which it is found."""
        found = {self.slot.state} if self.slot else set()
        if self.session is None:
            found.add("lost")
        return found | ({"to-tell"} if self.is_news else set())

    @property
    def key(self) -> str:
        """The session with its version, as the form sends it."""
        return f"{self.session.pk}-{self.session.version}" if self.session else ""


def differs_from_slot(session: Session, slot: Slot | None) -> bool:
    """Whether the place is not the one that was told."""
    here = (session.room_id, session.starts_at, session.ends_at)
    return slot is None or (slot.room_id, slot.starts_at, slot.ends_at) != here


def slot_rows(viewer: User, edition: Edition) -> list[SlotRow]:
    """Sessions in program order, then those that were told a place and have lost it; none behind the viewer's wall."""
    hidden = wall(viewer, edition)
    told = {
        slot.proposal_id: slot
        for slot in Slot.objects.filter(proposal__edition=edition, proposal__state__in=PLACEABLE)
        .select_related("proposal__sponsor", "proposal__format", "room")
        .order_by("starts_at", "room__position", "id")
    }
    rows = [SlotRow(each.proposal, each, told.pop(each.proposal_id, None)) for each in placed(edition)]
    rows += [SlotRow(slot.proposal, None, slot) for slot in told.values()]
    return [row for row in rows if not hidden.hides(row.proposal)]


def slot_counts(rows: Iterable[SlotRow]) -> list[tuple[str, str, int]]:
    """(filter, its name, how many rows) of those the viewer sees."""
    kinds = [row.kinds for row in rows]
    return [(key, name, sum(key in found for found in kinds)) for key, name in FILTERS.items()]


def slot_of(proposal: Proposal) -> Slot | None:
    """What the presenters of an accepted session were told, if anything: never where the timetable has it now."""
    if proposal.state not in PLACEABLE:
        return None
    return Slot.objects.select_related("room", "answered_by").filter(proposal=proposal).first()


def slot_by_id(user: Any, *, edition: str, slot: int) -> Slot:
    """A slot of this edition, for a policy to judge; raises Slot.DoesNotExist."""
    found = Slot.objects.select_related("proposal__edition", "proposal__sponsor", "proposal__format", "room")
    return found.get(pk=slot, proposal__edition__slug=edition, proposal__state__in=PLACEABLE)


def freezes_at(edition: Edition) -> datetime | None:
    """Until when presenters may answer; None: until the program is published."""
    return edition.slots_freeze_at


def slot_label(slot: Slot, edition: Edition) -> str:
    """The room and the times in the edition's zone, for a mail."""
    start, end = slot.starts_at.astimezone(edition.zone), slot.ends_at.astimezone(edition.zone)
    day = display.formatted(start.date(), "day")
    since, until = display.formatted(start, "clock"), display.formatted(end, "clock")
    return f"{day}, {since} to {until} ({display.zone_name(start)}, {edition.time_zone}), {slot.room.name}"


def freezes_at_label(edition: Edition) -> str:
    """The same moment as `freezes_at`, for a mail; empty when publication decides."""
    at = freezes_at(edition)
    return display.in_zone(at, edition.zone) if at else ""
