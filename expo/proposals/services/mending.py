"""What can still be put right after the decision: who presents, and a withdrawal made by mistake."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Day
from expo.journal.models import Entry
from expo.journal.queries import history
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import allowed, require
from expo.notify.services import post
from expo.sponsors.queries import contacts

from ..models import Presenter, Proposal
from ..queries import PresenterData
from ..states import COUNTED, PLACEABLE, TENDED, ProposalState
from . import ground, people

ASKED = "proposals.restore_asked"


@transaction.atomic
def change_presenters(
    *, by: User, proposal: Proposal, presenters: Iterable[people.Given], version: int | None = None
) -> Proposal:
    """Replace or correct who presents a session that is wanted: its team until the event begins, its chairs longer.

    Who comes in has confirmed nothing yet; who is on stage when follows, and the next release names them.
    """
    require(by, "proposals.change_presenters", proposal)
    proposal = ground.locked(proposal)
    _require_in_time(by, proposal)
    ground.require_version(proposal, version)
    given = people.checked(presenters)
    if not given or any(not each.name or not each.email for each in given):
        sentence = "Name at least one presenter, each with a name and an e-mail address."
        raise Invalid("presenter-incomplete", sentence, field="presenters")
    before = list(proposal.presenters.all())
    if not people.put(proposal, given):
        return proposal
    proposal.version += 1
    proposal.changed_at = clock.now()
    proposal.save()
    came, left = _who(given, before), _who(before, given)
    entry = ground.note("presenters_changed", proposal, by, came=came, left=left)
    _mail("proposals/presenters_changed", proposal, entry, came=came, left=left, now=[each.name for each in given])
    return proposal


def _who(these: Sequence[PresenterData | Presenter], those: Sequence[PresenterData | Presenter]) -> list[str]:
    known = {each.email.lower() for each in those}
    return [each.name for each in these if each.email.lower() not in known]


def _require_in_time(by: User, proposal: Proposal) -> None:
    ground.require_not_archived(proposal.edition)
    state = ProposalState(proposal.state)
    if state not in TENDED:
        raise WrongState(
            "not-tended",
            f"This proposal is {state.label.lower()}. Presenters are changed here once it is accepted or waitlisted.",
        )
    if begins_at(proposal) <= clock.now() and not allowed(by, "proposals.set_availability", proposal):
        raise WrongState(
            "event-began",
            "The event has begun, so a change must reach the people on site.",
            who_can=("organiser", "cochair"),
            can="enter it",
        )


def begins_at(proposal: Proposal) -> datetime:
    """When the first day opens; never, while no day is set."""
    first = Day.objects.filter(edition=proposal.edition_id).order_by("date").first()
    if first is None:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(first.date, first.opens_at, proposal.edition.zone)


@transaction.atomic
def ask_to_restore(*, by: User, proposal: Proposal, reason: str = "") -> Proposal:
    """Ask who runs the edition to undo a withdrawal made by mistake; once per withdrawal."""
    require(by, "proposals.ask_to_restore", proposal)
    reason = ground.checked_reason(reason)
    proposal = ground.locked(proposal)
    _require_restorable(proposal)
    if restoring_asked(proposal) is not None:
        raise WrongState("already-asked", "Your team has asked already, and the organisers and chairs have mail.")
    entry = ground.note("restore_asked", proposal, by, reason=reason)
    path = reverse("proposals:restore", args=[proposal.edition.slug, proposal.code])
    context = {"proposal": proposal, "reason": reason, "path": path, "by": by}
    post("proposals/restore_asked", to=ground.runners(proposal), entry=entry, context=context)
    return proposal


@transaction.atomic
def restore(*, by: User, proposal: Proposal, reason: str = "") -> Proposal:
    """Undo a withdrawal: its state and verdict are what they were, if its place in the tier's limits is still free.

    A session gets its room and time back if nobody has them; otherwise it waits to be scheduled.
    """
    require(by, "proposals.restore", proposal)
    reason = ground.checked_reason(reason)
    ground.hold_limits(proposal.sponsor_id)
    proposal = ground.locked(proposal)
    _require_restorable(proposal)
    proposal.state, proposal.withdrawn_from = proposal.withdrawn_from, ""
    proposal.withdrawn_at, proposal.changed_at = None, clock.now()
    proposal.save()
    entry = ground.note("restored", proposal, by, state=proposal.state, reason=reason)
    _mail("proposals/restored", proposal, entry, reason=reason, is_placeable=proposal.state in PLACEABLE)
    return proposal


def restoring_asked(proposal: Proposal) -> Entry | None:
    """The team's request since the last withdrawal, if there is one."""
    if proposal.withdrawn_at is None:
        return None
    asked = history("proposals.proposal", proposal.pk).filter(fact=ASKED, at__gte=proposal.withdrawn_at)
    return asked.last()


def _require_restorable(proposal: Proposal) -> None:
    ground.require_not_archived(proposal.edition)
    state = ProposalState(proposal.state)
    if state != ProposalState.WITHDRAWN:
        raise WrongState("not-withdrawn", f"This proposal is {state.label.lower()}, so there is nothing to restore.")
    if not proposal.withdrawn_from:
        raise WrongState("was-a-draft", "It was a draft when it was withdrawn, so there is nothing to restore it to.")
    row = ground.entitlement(proposal.sponsor, proposal.format)
    _require_free(proposal, "submitted", COUNTED, row.may_submit if row else 0)
    if proposal.withdrawn_from in PLACEABLE:
        _require_free(proposal, "accepted", PLACEABLE, row.may_be_accepted if row else 0)


def _require_free(proposal: Proposal, word: str, states: Iterable[ProposalState], limit: int) -> None:
    rows = Proposal.objects.filter(sponsor=proposal.sponsor_id, format=proposal.format_id, state__in=states)
    if (used := rows.count()) >= limit:
        raise WrongState(
            "no-place-left",
            f"Its place is not free: the {proposal.sponsor.tier} tier may have "
            f"{ground.plural(limit, proposal.format)} {word}, and {used} {ground.are(used)}. It can be restored once "
            "there is a free place: when another is withdrawn, or an organiser raises what the tier may have.",
        )


def _mail(kind: str, proposal: Proposal, entry: Entry, **context: object) -> None:
    """To its team; and of a session with a place in the program, to the others who run the edition."""
    path = reverse("proposals:detail", args=[proposal.edition.slug, proposal.code])
    shared = {"proposal": proposal, "by": entry.actor, **context}
    team = {user.pk: user for user in contacts(proposal.sponsor)}
    post(kind, to=team.values(), entry=entry, context={**shared, "path": path})
    if proposal.state not in PLACEABLE:
        return
    others = [user for user in ground.runners(proposal) if user.pk not in {*team, entry.actor_id}]
    path = reverse("proposals:after", args=[proposal.edition.slug])
    post(kind, to=others, entry=entry, context={**shared, "path": path})
