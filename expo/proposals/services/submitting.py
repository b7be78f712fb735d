"""Hand in, take back, take up again, confirm: the sponsor's moves in a proposal's life."""

from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.notify.services import post
from expo.sponsors.queries import contacts

from .. import queries
from ..models import Proposal, Revision
from ..states import COUNTED, PLACEABLE, RESTORABLE, ProposalState
from . import ground, working_copy, writing


class Incomplete(Invalid):
    """Something is missing; `gaps` names all of it at once."""

    def __init__(self, gaps: list[queries.Gap]) -> None:
        sentences = " ".join(gap.sentence for gap in gaps)
        super().__init__("incomplete", f"Before you can submit: {sentences}", field=gaps[0].field)
        self.gaps = gaps


@transaction.atomic
def submit(*, by: User, proposal: Proposal) -> Proposal:
    """Hand in a complete draft, or the changes to what was submitted, within the call and the tier's limit.

    What it says then is frozen as a revision. Until changes are submitted, what was submitted before stands.
    """
    require(by, "proposals.submit", proposal)
    ground.hold_limits(proposal.sponsor_id)
    proposal = ground.locked(proposal)
    counted_as = proposal.format_id if proposal.state == ProposalState.SUBMITTED else None
    copy = working_copy.of(proposal) if counted_as else None
    if copy is None:
        ground.move(proposal, ProposalState.SUBMITTED)
    ground.require_open_call(proposal.edition)
    missing = queries.gaps(copy or proposal)
    if missing:
        raise Incomplete(missing)
    if copy is not None:
        writing.checked(proposal.sponsor, {"track": copy.track}, format=copy.format)
        working_copy.take_over(copy, proposal, by)
    if proposal.format_id != counted_as:
        _require_place(proposal)
    proposal.submitted_at = proposal.changed_at = clock.now()
    proposal.save()
    revision = _freeze(proposal, by)
    entry = ground.note("submitted", proposal, by, revision=revision.number)
    _mail_team("proposals/submitted", proposal, entry, revision=revision.number)
    return proposal


def _require_place(proposal: Proposal) -> None:
    row = ground.entitlement(proposal.sponsor, proposal.format)
    limit = row.may_submit if row else 0
    used = Proposal.objects.filter(sponsor=proposal.sponsor_id, format=proposal.format_id, state__in=COUNTED).count()
    if used < limit:
        return
    tier, format = proposal.sponsor.tier, proposal.format
    if limit == 0:
        raise WrongState(
            "format-not-in-tier", f"The {tier} tier includes no {format.name.lower()}s. Choose another format."
        )
    raise WrongState(
        "no-place-left",
        f"The {tier} tier includes {ground.plural(limit, format)}, and {used} {ground.are(used)} submitted. "
        "Withdraw one to free its place, or choose another format.",
    )


def _freeze(proposal: Proposal, by: User) -> Revision:
    last = proposal.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    content = queries.content(proposal)
    return Revision.objects.create(proposal=proposal, number=last + 1, content=content, created_by=by)


@transaction.atomic
def revive(*, by: User, proposal: Proposal) -> Proposal:
    """Take a withdrawn proposal up again as a draft, with its unsubmitted changes.

    Submitting it asks for a place in the tier's limit anew.
    """
    require(by, "proposals.edit", proposal)
    proposal = ground.locked(proposal)
    ground.move(proposal, ProposalState.DRAFT)
    ground.require_open_call(proposal.edition)
    proposal.submitted_at = proposal.withdrawn_at = proposal.verdict_at = proposal.merit = None
    proposal.feedback = proposal.withdrawn_from = ""
    copy = working_copy.of(proposal)
    if copy is not None:
        working_copy.take_over(copy, proposal, by)
    proposal.save()
    ground.note("revived", proposal, by)
    return proposal


@transaction.atomic
def withdraw(*, by: User, proposal: Proposal, reason: str = "") -> Proposal:
    """Take a proposal back at any time; its place in the tier's limit, and in the program, is free again."""
    require(by, "proposals.withdraw", proposal)
    reason = ground.checked_reason(reason)
    proposal = ground.locked(proposal)
    was = ProposalState(proposal.state)
    ground.move(proposal, ProposalState.WITHDRAWN)
    proposal.withdrawn_at = clock.now()
    proposal.withdrawn_from = was if was in RESTORABLE else ""
    proposal.save()
    entry = ground.note("withdrawn", proposal, by, reason=reason, was=was.value)
    _mail_team("proposals/withdrawn", proposal, entry, reason=reason)
    if was in PLACEABLE:
        chairs, context = ground.runners(proposal, RoleKind.COCHAIR), {"proposal": proposal, "reason": reason}
        post("proposals/place_freed", to=chairs, entry=entry, context=context)
    return proposal


@transaction.atomic
def confirm(*, by: User, proposal: Proposal) -> Proposal:
    """Promise that an accepted proposal will be on stage."""
    require(by, "proposals.confirm", proposal)
    proposal = ground.locked(proposal)
    ground.move(proposal, ProposalState.CONFIRMED)
    proposal.save()
    entry = ground.note("confirmed", proposal, by)
    _mail_team("proposals/confirmed", proposal, entry)
    return proposal


def _mail_team(kind: str, proposal: Proposal, entry: Entry, **context: object) -> None:
    path = reverse("proposals:detail", args=[proposal.edition.slug, proposal.code])
    post(kind, to=contacts(proposal.sponsor), entry=entry, context={"proposal": proposal, "path": path, **context})
