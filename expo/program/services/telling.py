"""Tell presenters where and when they are on: what is told, and to whom."""

from collections.abc import Iterable, Mapping

from allauth.account.models import EmailAddress
from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Refused
from expo.kit.policy import require
from expo.notify.services import post
from expo.proposals.models import Presenter
from expo.proposals.queries import wall
from expo.sponsors.queries import contacts

from ..models import Session, Slot
from ..queries.sessions import placed
from ..queries.slots import differs_from_slot, freezes_at_label, slot_label
from ..states import SLOT_STATES, SlotState
from .writing import take_turn

NOTHING = "Everybody knows their slot already: nothing has changed since they were told."
STALE = "The timetable was changed after you opened this page. Look at the list again, then tell them."


@transaction.atomic
def tell_slots(*, by: User, edition: Edition, sessions: Mapping[int, int] | None = None) -> list[Slot]:
    """Mail each team the place of its session, where it is not the one they know.

    `sessions` are ids with the versions that were read; None is every session that needs it and that `by` may see.
    """
    require(by, "program.tell_slots", edition)
    edition = take_turn(edition)
    slots = {slot.proposal_id: slot for slot in _held(edition)}
    chosen = _chosen(by, edition, sessions)
    told = [_tell(by, edition, row, slots.get(row.proposal_id)) for row in chosen if _is_news(row, slots)]
    if not told:
        raise Refused("nothing-to-tell", NOTHING)
    return told


def _held(edition: Edition) -> Iterable[Slot]:
    """Answers wait until this is told, or are there already."""
    return Slot.objects.select_for_update(of=("self",)).filter(proposal__edition=edition).order_by("id")


def _chosen(by: User, edition: Edition, sessions: Mapping[int, int] | None) -> list[Session]:
    hidden = wall(by, edition)
    seen = {row.pk: row for row in placed(edition) if not hidden.hides(row.proposal)}
    if sessions is None:
        return list(seen.values())
    if any(key not in seen or seen[key].version != version for key, version in sessions.items()):
        raise Refused("stale", STALE)
    return [row for key, row in seen.items() if key in sessions]


def _is_news(session: Session, slots: Mapping[int, Slot]) -> bool:
    return differs_from_slot(session, slots.get(session.proposal_id))


def _tell(by: User, edition: Edition, session: Session, slot: Slot | None) -> Slot:
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
    _mail(edition, slot, entry, before)
    return slot


def _mail(edition: Edition, slot: Slot, entry: Entry, before: str) -> None:
    """The team gets a link to answer; presenters with an account but no part in the team get the place alone."""
    team = list(contacts(slot.proposal.sponsor))
    context = {
        "proposal": slot.proposal,
        "edition": edition,
        "place": slot_label(slot, edition),
        "before": before,
        "until": freezes_at_label(edition),
        "path": reverse("program:slot", args=[edition.slug, slot.proposal.code]),
    }
    post("program/slot_told", to=team, entry=entry, context=context)
    post("program/on_stage", to=_presenters(slot, {user.pk for user in team}), entry=entry, context=context)


def _presenters(slot: Slot, team: set[int]) -> list[User]:
    addresses = Presenter.objects.filter(proposal=slot.proposal_id).exclude(email="").values_list("email", flat=True)
    known = EmailAddress.objects.filter(verified=True, email__in=[each.lower() for each in addresses])
    return list(User.objects.filter(pk__in=known.values("user"), is_active=True).exclude(pk__in=team).order_by("id"))
