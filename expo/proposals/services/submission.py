"""A proposal's way to the stage: submit, withdraw, take up again, receive a verdict, confirm, decline, restore."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Format
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit import clock, display
from expo.kit.deadlines import has_passed
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.kit.text import are, counted
from expo.notify.services import post

from ..models import Proposal, ProposalContent, Revision
from ..queries.conflict_wall import runners
from ..queries.content import MissingPart, content_of, missing_parts, published_of, unprintable
from ..queries.status import restoring_asked
from ..states import COUNTED, PLACEABLE, RESTORABLE, VERDICTS, ProposalState, Withdrawal
from ..texts import checked_reason
from . import drafts, fields
from .checks import require_settled
from .common import (
    drop_open_request,
    entitlement,
    lock_entitlements,
    locked,
    mail_everybody,
    mail_team,
    move,
    record_fact,
    require_not_archived,
    require_open_call,
)


class Incomplete(Invalid):
    """Something is missing; `parts` names all of it at once."""

    def __init__(self, parts: list[MissingPart]) -> None:
        sentences = " ".join(part.sentence for part in parts)
        super().__init__("incomplete", f"Before you can submit: {sentences}", field=parts[0].field)
        self.parts = parts


@transaction.atomic
def submit(*, by: User, proposal: Proposal) -> Proposal:
    """Submit a complete draft, or the changes to what was submitted, within the call and the tier's limit.

    What it says then is frozen as a revision. Until changes are submitted, what was submitted before counts.
    """
    require(by, "proposals.submit", proposal)
    lock_entitlements(proposal.sponsor_id)
    proposal = locked(proposal)
    counted_as = proposal.format_id if proposal.state == ProposalState.SUBMITTED else None
    copy = drafts.working_copy(proposal) if counted_as else None
    if copy is None:
        move(proposal, ProposalState.SUBMITTED)
    call = require_open_call(proposal.sponsor_id, proposal.edition, has_submitted=copy is not None)
    require_complete(copy or proposal)
    flags = require_settled(copy or proposal)
    if copy is not None:
        fields.checked(proposal.sponsor, {"track": copy.track}, format=copy.format)
        drafts.take_over(copy, proposal, by)
    if proposal.format_id != counted_as:
        require_place(proposal, "submitted")
    proposal.flags = flags
    proposal.submitted_at = proposal.changed_at = clock.now()
    proposal.save()
    drop_open_request(proposal, "The changes were submitted.")
    revision = freeze(proposal, by=by)
    late = {"late": call.state.value} if call.is_closed else {}
    entry = record_fact("submitted", proposal, by, revision=revision.number, **late)
    mail_team("proposals/submitted", proposal, entry, revision=revision.number, on_changes=call.on_changes)
    return proposal


def require_complete(source: ProposalContent) -> None:
    """Refuse with everything that stands between a text and its submission."""
    missing = missing_parts(source)
    if missing:
        raise Incomplete(missing)


def freeze(proposal: Proposal, *, by: User) -> Revision:
    """Keep what a locked proposal says now as its next revision, in the words of `by`."""
    last = proposal.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    return Revision.objects.create(proposal=proposal, number=last + 1, content=content_of(proposal), created_by=by)


def require_place(proposal: Proposal, word: str, *, restores: bool = False) -> None:
    """Refuse when its sponsor's tier has no place left for its format; `word` is submitted or accepted."""
    is_acceptance = word == "accepted"
    counted_format = proposal.format if is_acceptance else proposal.submitted_as
    row = entitlement(proposal.sponsor, counted_format)
    limit = 0 if row is None else row.may_be_accepted if is_acceptance else row.may_submit
    states = PLACEABLE if is_acceptance else COUNTED
    # What was accepted as another format counts as submitted in its first.
    counted_in = F("format") if is_acceptance else Coalesce("accepted_instead_of", "format")
    rows = Proposal.objects.filter(sponsor=proposal.sponsor_id, state__in=states).annotate(counted_in=counted_in)
    used = rows.filter(counted_in=counted_format.pk).count()
    if used < limit:
        return
    tier, format = proposal.sponsor.tier, counted_format.name.lower()
    places = f"the {tier} tier may have {counted(limit, format)} {word}, and {used} {are(used)}."
    if restores:
        raise WrongState(
            "no-place-left",
            f"Its place is not free: {places} It can be restored once there is a free place: when another is "
            "withdrawn, or an organiser raises what the tier may have.",
        )
    if is_acceptance:
        raise WrongState(
            "over-the-tiers-limit",
            f"{proposal.sponsor} is at its limit: {places} Waitlist {proposal.code}, or release it after another is "
            "withdrawn.",
        )
    if limit == 0:
        raise WrongState("format-not-in-tier", f"The {tier} tier includes no {format}s. Choose another format.")
    raise WrongState(
        "no-place-left",
        f"{proposal.sponsor} is at its limit: {places} Withdraw one to free its place, or choose another format.",
    )


@transaction.atomic
def revive(*, by: User, proposal: Proposal) -> Proposal:
    """Take a withdrawn proposal up again as a draft, with its unsubmitted changes.

    Submitting it asks for a place in the tier's limit anew.
    """
    require(by, "proposals.edit", proposal)
    proposal = locked(proposal)
    move(proposal, ProposalState.DRAFT)
    require_open_call(proposal.sponsor_id, proposal.edition)
    proposal.submitted_at = proposal.withdrawn_at = proposal.verdict_at = proposal.merit = None
    proposal.feedback = proposal.withdrawn_from = proposal.withdrawn_as = ""
    proposal.criteria_feedback = []
    if proposal.accepted_instead_of is not None:
        _change_format(proposal, proposal.accepted_instead_of)
        proposal.accepted_instead_of = None
    copy = drafts.working_copy(proposal)
    if copy is not None:
        drafts.take_over(copy, proposal, by)
    proposal.save()
    record_fact("revived", proposal, by)
    return proposal


@transaction.atomic
def withdraw(*, by: User, proposal: Proposal, reason: str = "") -> Proposal:
    """Take a proposal back at any time; its place in the tier's limit, and in the program, is free again."""
    require(by, "proposals.withdraw", proposal)
    reason = checked_reason(reason)
    proposal = locked(proposal)
    was = ProposalState(proposal.state)
    entry = _give_up(proposal, by, "withdrawn", reason=reason, was=was.value)
    drop_open_request(proposal, "The proposal was withdrawn.")
    mail_team("proposals/withdrawn", proposal, entry, reason=reason, held_a_place=was in RESTORABLE)
    if was in PLACEABLE:
        _tell_chairs(proposal, entry, reason)
    return proposal


@transaction.atomic
def decline(*, by: User, proposal: Proposal, reason: str = "") -> Proposal:
    """Say no to an acceptance that is not confirmed yet: the chairs can give its place to another."""
    require(by, "proposals.decline", proposal)
    reason = checked_reason(reason)
    proposal = locked(proposal)
    require_not_archived(proposal.edition)
    state = ProposalState(proposal.state)
    if state == ProposalState.CONFIRMED:
        raise WrongState("already-confirmed", "It is confirmed already.", who_can=("team",), can="withdraw it")
    if state != ProposalState.ACCEPTED:
        raise WrongState(
            "not-accepted", f"This proposal is {state.for_sponsor.lower()}, so there is nothing to decline."
        )
    entry = _give_up(proposal, by, "declined", withdrawn_as=Withdrawal.DECLINED, reason=reason)
    mail_team("proposals/declined", proposal, entry, reason=reason, by=by)
    _tell_chairs(proposal, entry, reason)
    return proposal


@transaction.atomic
def lapse(*, by: User, proposal: Proposal) -> Proposal:
    """Free the place of what nobody confirmed by the day to do so."""
    require(by, "proposals.lapse", proposal)
    proposal = locked(proposal)
    edition = proposal.edition
    require_not_archived(edition)
    if proposal.state != ProposalState.ACCEPTED:
        state = ProposalState(proposal.state).label.lower()
        raise WrongState("not-unconfirmed", f"{proposal.code} is {state}, so there is no unconfirmed place to release.")
    due = edition.confirm_due(proposal.verdict_at)
    if due is None:
        raise WrongState("no-day-to-confirm", "This edition names no day by which to confirm, so nothing has lapsed.")
    if not has_passed(due, clock.now()):
        until = display.in_zone(due, edition.deadline_zone)
        raise WrongState("still-confirming", f"Its team may confirm it until {until}. Wait until then.")
    entry = _give_up(proposal, by, "lapsed", withdrawn_as=Withdrawal.LAPSED, confirm_by=due.isoformat())
    mail_team("proposals/lapsed", proposal, entry, confirm_by=due)
    _tell_chairs(proposal, entry)
    return proposal


def _give_up(proposal: Proposal, by: User, fact: str, *, withdrawn_as: Withdrawal | None = None, **data: Any) -> Entry:
    was = ProposalState(proposal.state)
    move(proposal, ProposalState.WITHDRAWN)
    proposal.withdrawn_at = clock.now()
    proposal.withdrawn_from = was if was in RESTORABLE else ""
    proposal.withdrawn_as = withdrawn_as or ""
    proposal.save()
    return record_fact(fact, proposal, by, **data)


def _tell_chairs(proposal: Proposal, entry: Entry, reason: str = "") -> None:
    """The other cochairs read that a place is free. Who could take it stands on a page: a conflict may hide that."""
    others = [user for user in runners(proposal, RoleKind.COCHAIR) if user.pk != entry.actor_id]
    context = {"proposal": proposal, "reason": reason, "by": entry.actor}
    post("proposals/place_freed", to=others, entry=entry, context=context)


@transaction.atomic
def apply_verdict(
    *,
    by: User | None,
    proposal: Proposal,
    verdict: str,
    merit: float | None = None,
    feedback: str = "",
    format: Format | None = None,
    criteria_feedback: Sequence[Mapping[str, Any]] = (),
) -> Proposal:
    """Give a proposal its verdict (accept, waitlist or reject), merit and feedback; its sponsor sees them from now on.

    `format`: accepted as this one; another than it was submitted as is an offer, which its team confirms or declines.
    Releasing several, take them in the order of their sponsors' ids: each call locks its sponsor's row.
    """
    if by is not None:
        require(by, "proposals.apply_verdict", proposal)
    if verdict not in VERDICTS:
        raise Invalid(
            "unknown-verdict", f"“{verdict}” is not a verdict. Choose accept, waitlist or reject.", field="verdict"
        )
    lock_entitlements(proposal.sponsor_id)
    proposal = locked(proposal)
    move(proposal, VERDICTS[verdict])
    offer = {}
    if format is not None and format.pk != proposal.format_id:
        if verdict != "accept" or format.edition_id != proposal.edition_id:
            raise Invalid(
                "format-not-offered", "Only an acceptance names another format, of this edition.", field="format"
            )
        offer = {"format": format.name, "instead_of": proposal.format.name}
        proposal.accepted_instead_of = proposal.format
        _change_format(proposal, format)
    if proposal.state == ProposalState.ACCEPTED:
        require_place(proposal, "accepted")
    proposal.merit, proposal.feedback, proposal.verdict_at = merit, feedback.strip(), clock.now()
    proposal.criteria_feedback = list(criteria_feedback)
    proposal.save()
    record_fact("verdict_released", proposal, by, state=proposal.state, **offer)
    drop_open_request(proposal, "The chairs decided on the proposal.")
    return proposal


def _change_format(proposal: Proposal, format: Format) -> None:
    """With a track that takes it, or any; a length agreed for the other format holds no more.

    Nor does the approval, where this one prints something else, or an outline that does not fill it.
    """
    published = published_of(proposal)
    proposal.format, proposal.minutes = format, None
    if published_of(proposal) != published or unprintable(proposal):
        drafts.drop_approval(proposal)
    if proposal.track is not None and not proposal.track.formats.filter(pk=format.pk).exists():
        proposal.track = None


@transaction.atomic
def confirm(*, by: User, proposal: Proposal) -> Proposal:
    """Promise that an accepted proposal will be on stage, in the format it was accepted as."""
    require(by, "proposals.confirm", proposal)
    proposal = locked(proposal)
    move(proposal, ProposalState.CONFIRMED)
    proposal.save()
    entry = record_fact("confirmed", proposal, by)
    mail_team("proposals/confirmed", proposal, entry)
    return proposal


@transaction.atomic
def ask_to_restore(*, by: User, proposal: Proposal, reason: str = "") -> Proposal:
    """Ask who runs the edition to undo a withdrawal made by mistake; once per withdrawal."""
    require(by, "proposals.ask_to_restore", proposal)
    reason = checked_reason(reason)
    proposal = locked(proposal)
    _require_restorable(proposal)
    if restoring_asked(proposal) is not None:
        raise WrongState(
            "already-asked", "Your team has asked already, and the organisers and chairs have been notified."
        )
    entry = record_fact("restore_asked", proposal, by, reason=reason)
    path = reverse("proposals:restore", args=[proposal.edition.slug, proposal.code])
    context = {"proposal": proposal, "reason": reason, "path": path, "by": by}
    post("proposals/restore_asked", to=runners(proposal), entry=entry, context=context)
    return proposal


@transaction.atomic
def restore(*, by: User, proposal: Proposal, reason: str = "") -> Proposal:
    """Undo a withdrawal, declined or lapsed ones too: it is what it was, if its place in the tier's limits is free.

    A session gets its room and time back if nobody has them; otherwise it waits to be scheduled.
    """
    require(by, "proposals.restore", proposal)
    reason = checked_reason(reason)
    lock_entitlements(proposal.sponsor_id)
    proposal = locked(proposal)
    _require_restorable(proposal)
    proposal.state, proposal.withdrawn_from, proposal.withdrawn_as = proposal.withdrawn_from, "", ""
    proposal.withdrawn_at, proposal.changed_at = None, clock.now()
    proposal.save()
    entry = record_fact("restored", proposal, by, state=proposal.state, reason=reason)
    mail_everybody("proposals/restored", proposal, entry, reason=reason, is_placeable=proposal.state in PLACEABLE)
    return proposal


def _require_restorable(proposal: Proposal) -> None:
    require_not_archived(proposal.edition)
    state = ProposalState(proposal.state)
    if state != ProposalState.WITHDRAWN:
        raise WrongState("not-withdrawn", f"This proposal is {state.label.lower()}, so there is nothing to restore.")
    if not proposal.withdrawn_from:
        raise WrongState("was-a-draft", "It was a draft when it was withdrawn, so there is nothing to restore it to.")
    require_place(proposal, "submitted", restores=True)
    if proposal.withdrawn_from in PLACEABLE:
        require_place(proposal, "accepted", restores=True)
