"""What presenters answer to their slot, and what the chairs say to that."""

from typing import Any

from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.notify.services import post
from expo.proposals import wording
from expo.proposals.models import Proposal
from expo.proposals.queries import who_may_see
from expo.proposals.states import PLACEABLE
from expo.sponsors.queries import contacts

from ..models import Slot
from ..queries.slots import freezes_at_label, slot_label
from ..states import SLOT_STATES, SlotState

MOST = 1000
STALE = "Your slot changed meanwhile. Look at the new one, then answer again."


@transaction.atomic
def accept_slot(*, by: User, proposal: Proposal, number: int) -> Slot:
    """The presenters will be there; `number` is the slot they read."""
    require(by, "program.answer_slot", proposal)
    slot = _answerable(proposal, number)
    if slot.state == SlotState.ACCEPTED:
        return slot
    _answer(slot, by, SlotState.ACCEPTED)
    _note("program.slot_accepted", by, slot)
    return slot


@transaction.atomic
def ask_for_change(*, by: User, proposal: Proposal, number: int, note: str) -> Slot:
    """Ask for another slot, in the presenters' words; the chairs who may see the session get mail."""
    require(by, "program.answer_slot", proposal)
    note = _text(note, "note", "Say what would suit you, so that the chairs can look for it.")
    slot = _answerable(proposal, number)
    slot.note, slot.reply, slot.replied_at, slot.replied_by = note, "", None, None
    _answer(slot, by, SlotState.CHANGE_ASKED)
    entry = _note("program.slot_change_asked", by, slot, note=note)
    path = reverse("program:turn-down", args=[slot.proposal.edition.slug, slot.pk])
    post("program/change_asked", to=_chairs(slot.proposal), entry=entry, context=_context(slot, path))
    return slot


@transaction.atomic
def turn_down_change(*, by: User, slot: Slot, number: int, reply: str) -> Slot:
    """Say no to another slot, with the reason; the team gets mail. To grant it, move the session and tell it anew."""
    require(by, "program.turn_down", slot)
    reply = _text(reply, "reply", "Say why it is not possible: the presenters read it.")
    slot = _locked(slot.proposal)
    _require_number(slot, number, "The slot was told anew meanwhile. Go back to the list of slots.")
    SLOT_STATES.check(SlotState(slot.state), SlotState.TURNED_DOWN)
    slot.state, slot.reply, slot.replied_at, slot.replied_by = SlotState.TURNED_DOWN, reply, clock.now(), by
    slot.save()
    entry = _note("program.slot_change_turned_down", by, slot, reply=reply)
    path = reverse("program:slot", args=[slot.proposal.edition.slug, slot.proposal.code])
    post("program/turned_down", to=contacts(slot.proposal.sponsor), entry=entry, context=_context(slot, path))
    return slot


def _answerable(proposal: Proposal, number: int) -> Slot:
    slot = _locked(proposal)
    edition = slot.proposal.edition
    if edition.slots_are_final(clock.now()):
        raise WrongState("slots-frozen", _frozen(edition))
    _require_number(slot, number, STALE)
    return slot


def _locked(proposal: Proposal) -> Slot:
    rows = Slot.objects.select_for_update(of=("self",)).select_related("proposal__edition", "proposal__sponsor", "room")
    slot = rows.filter(proposal=proposal, proposal__state__in=PLACEABLE).first()
    if slot is None:
        raise WrongState("nothing-told", "It has no room and time yet. You get mail as soon as it has.")
    return slot


def _require_number(slot: Slot, number: int, sentence: str) -> None:
    if slot.number != number:
        raise Refused("stale", sentence)


def _frozen(edition: Edition) -> str:
    since = f" since {freezes_at_label(edition)}" if edition.slots_freeze_at else ", because the program is published"
    return f"Slots are final{since}. If something has come up, write to {edition.contact}."


def _answer(slot: Slot, by: User, state: SlotState) -> None:
    if slot.state != state:
        SLOT_STATES.check(SlotState(slot.state), state)
    slot.state, slot.answered_at, slot.answered_by = state, clock.now(), by
    slot.save()


def _text(words: str, field: str, sentence: str) -> str:
    words = wording.tidy(words)
    if not words:
        raise Invalid("words-missing", sentence, field=field)
    if len(words) > MOST:
        raise Invalid("too-long", f"This has {len(words):,} characters and may have {MOST:,}. Shorten it.", field=field)
    return words


def _note(fact: str, by: User, slot: Slot, **data: Any) -> Entry:
    """Behind the wall of the proposal."""
    return record(fact, by=by, target=slot, edition_id=slot.proposal.edition_id, data={"number": slot.number, **data})


def _context(slot: Slot, path: str) -> dict[str, Any]:
    edition = slot.proposal.edition
    return {
        "slot": slot,
        "proposal": slot.proposal,
        "edition": edition,
        "place": slot_label(slot, edition),
        "path": path,
    }


def _chairs(proposal: Proposal) -> list[User]:
    """The cochairs from whom nothing hides this session."""
    return who_may_see(list(holders(proposal.edition, RoleKind.COCHAIR)), proposal)
