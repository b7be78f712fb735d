"""Presenters are notified of their slots and answer: they accept, or ask for another one, which chairs may decline."""

from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
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
from expo.proposals import texts
from expo.proposals.models import Presenter, Proposal
from expo.proposals.queries.conflict_wall import wall, who_may_see
from expo.proposals.states import PLACEABLE
from expo.sponsors.queries import contacts

from ..models import Session, Slot
from ..queries.sessions import placed
from ..queries.slots import differs_from_slot, freezes_at_label, slot_label
from ..states import SLOT_STATES, SlotState
from .sessions import lock_timetable

MOST_CHARACTERS = 1000
NOTHING = "Everybody has been notified already, and nothing has changed since."
STALE_LIST = "The timetable was changed after you opened this page. Look at the list again, then notify them."
STALE_SLOT = "Your slot has changed in the meantime. Look at the new one, then answer again."


@transaction.atomic
def notify_presenters(*, by: User, edition: Edition, sessions: Mapping[int, int] | None = None) -> list[Slot]:
    """Mail each team the room and time of its session, where they are not those it knows.

    `sessions` are ids with the versions that were read; None is every session that needs it and that `by` may see.
    """
    require(by, "program.tell_slots", edition)
    edition = lock_timetable(edition)
    # Answers wait until this is done, or are there already.
    locked = Slot.objects.select_for_update(of=("self",)).filter(proposal__edition=edition).order_by("id")
    slots = {slot.proposal_id: slot for slot in locked}
    hidden = wall(by, edition)
    visible = {row.pk: row for row in placed(edition) if not hidden.hides(row.proposal)}
    if sessions is None:
        sessions = {key: row.version for key, row in visible.items()}
    if any(key not in visible or visible[key].version != version for key, version in sessions.items()):
        raise Refused("stale", STALE_LIST)
    chosen = [(row, slots.get(row.proposal_id)) for key, row in visible.items() if key in sessions]
    notified = [_notify(by, edition, row, slot) for row, slot in chosen if differs_from_slot(row, slot)]
    if not notified:
        raise Refused("nothing-to-tell", NOTHING)
    return notified


def _notify(by: User, edition: Edition, session: Session, slot: Slot | None) -> Slot:
    before = slot_label(slot, edition) if slot else ""
    slot = slot or Slot(proposal=session.proposal, number=0)
    if slot.state != SlotState.TOLD:
        SLOT_STATES.check(SlotState(slot.state), SlotState.TOLD)
    slot.room, slot.starts_at, slot.ends_at = session.room, session.starts_at, session.ends_at
    slot.number += 1
    slot.state, slot.told_at, slot.told_by = SlotState.TOLD, clock.now(), by
    slot.note = slot.reply = ""
    slot.answered_at = slot.answered_by = slot.replied_at = slot.replied_by = None
    slot.save()
    entry = record(
        "program.slot_told",
        by=by,
        target=slot,
        edition_id=edition.pk,
        data={"number": slot.number, "room": slot.room.name, "starts_at": slot.starts_at.isoformat()},
    )
    # The team gets a link to answer; presenters with an account but no part in the team get room and time alone.
    team = list(contacts(slot.proposal.sponsor))
    addresses = Presenter.objects.filter(proposal=slot.proposal_id).exclude(email="").values_list("email", flat=True)
    known = EmailAddress.objects.filter(verified=True, email__in=[address.lower() for address in addresses])
    others = User.objects.filter(pk__in=known.values("user"), is_active=True).exclude(pk__in=[user.pk for user in team])
    context = {
        "proposal": slot.proposal,
        "edition": edition,
        "place": slot_label(slot, edition),
        "before": before,
        "until": freezes_at_label(edition),
        "path": reverse("program:slot", args=[edition.slug, slot.proposal.code]),
    }
    post("program/slot_told", to=team, entry=entry, context=context)
    post("program/on_stage", to=others.order_by("id"), entry=entry, context=context)
    return slot


@transaction.atomic
def accept(*, by: User, proposal: Proposal, number: int) -> Slot:
    """The presenters will be there; `number` is the slot they read."""
    require(by, "program.answer_slot", proposal)
    slot = _answerable(proposal, number)
    if slot.state == SlotState.ACCEPTED:
        return slot
    _answer(slot, by, SlotState.ACCEPTED)
    _record("program.slot_accepted", by, slot)
    return slot


@transaction.atomic
def ask_for_change(*, by: User, proposal: Proposal, number: int, note: str) -> Slot:
    """Ask for another slot, in the presenters' words; the chairs who may see the session get mail."""
    require(by, "program.answer_slot", proposal)
    note = _checked_text(note, "note", "Say what would suit you, so that the chairs can look for it.")
    slot = _answerable(proposal, number)
    slot.note, slot.reply, slot.replied_at, slot.replied_by = note, "", None, None
    _answer(slot, by, SlotState.CHANGE_ASKED)
    entry = _record("program.slot_change_asked", by, slot, note=note)
    path = reverse("program:turn-down", args=[slot.proposal.edition.slug, slot.pk])
    chairs = who_may_see(list(holders(slot.edition, RoleKind.COCHAIR)), slot.proposal)
    post("program/change_asked", to=chairs, entry=entry, context=_context(slot, path))
    return slot


@transaction.atomic
def decline_change(*, by: User, slot: Slot, number: int, reply: str) -> Slot:
    """Decline another slot, with the reason; the team gets mail. To grant it, move the session and notify the team."""
    require(by, "program.turn_down", slot)
    reply = _checked_text(reply, "reply", "Say why it is not possible: the presenters read it.")
    slot = _locked(slot.proposal)
    _require_number(slot, number, "The team was notified of a new slot in the meantime. Go back to the list of slots.")
    SLOT_STATES.check(SlotState(slot.state), SlotState.TURNED_DOWN)
    slot.state, slot.reply, slot.replied_at, slot.replied_by = SlotState.TURNED_DOWN, reply, clock.now(), by
    slot.save()
    entry = _record("program.slot_change_turned_down", by, slot, reply=reply)
    path = reverse("program:slot", args=[slot.proposal.edition.slug, slot.proposal.code])
    post("program/turned_down", to=contacts(slot.proposal.sponsor), entry=entry, context=_context(slot, path))
    return slot


def _answerable(proposal: Proposal, number: int) -> Slot:
    slot = _locked(proposal)
    edition = slot.edition
    if edition.slots_are_final(clock.now()):
        until = freezes_at_label(edition)
        since = f" since {until}" if until else ", because the program is published"
        raise WrongState(
            "slots-frozen", f"Slots are final{since}. If something has come up, write to {edition.contact}."
        )
    _require_number(slot, number, STALE_SLOT)
    return slot


def _locked(proposal: Proposal) -> Slot:
    rows = Slot.objects.select_for_update(of=("self",)).select_related("proposal__edition", "proposal__sponsor", "room")
    slot = rows.filter(proposal=proposal, proposal__state__in=PLACEABLE).first()
    if slot is None:
        raise WrongState("nothing-told", "It has no room and time yet. You will get an e-mail as soon as it has.")
    return slot


def _require_number(slot: Slot, number: int, sentence: str) -> None:
    if slot.number != number:
        raise Refused("stale", sentence)


def _answer(slot: Slot, by: User, state: SlotState) -> None:
    if slot.state != state:
        SLOT_STATES.check(SlotState(slot.state), state)
    slot.state, slot.answered_at, slot.answered_by = state, clock.now(), by
    slot.save()


def _checked_text(text: str, field: str, missing: str) -> str:
    text = texts.tidy(text)
    if not text:
        raise Invalid("words-missing", missing, field=field)
    if len(text) > MOST_CHARACTERS:
        raise Invalid(
            "too-long",
            f"This has {len(text):,} characters and may have {MOST_CHARACTERS:,}. Shorten it.",
            field=field,
        )
    return text


def _record(fact: str, by: User, slot: Slot, **data: Any) -> Entry:
    """A conflict with the proposal hides the entry."""
    return record(fact, by=by, target=slot, edition_id=slot.proposal.edition_id, data={"number": slot.number, **data})


def _context(slot: Slot, path: str) -> dict[str, Any]:
    edition = slot.edition
    place = slot_label(slot, edition)
    return {"slot": slot, "proposal": slot.proposal, "edition": edition, "place": place, "path": path}
