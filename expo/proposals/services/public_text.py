"""What will be published: its team approves it, and changes it after the verdict."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.notify.services import post

from ..links import TypedLink
from ..models import Proposal
from ..outlines import TypedPart
from ..queries.conflict_wall import runners
from ..queries.content import published_of, unprintable
from ..states import EDITABLE_AFTER_DECISION, ProposalState
from . import drafts
from .checks import note_public_flags
from .common import locked, record_fact, require_editable_after_decision, require_version
from .fields import checked

APPROVABLE = (ProposalState.DRAFT, ProposalState.SUBMITTED, *EDITABLE_AFTER_DECISION)


@transaction.atomic
def approve_public_text(*, by: User, proposal: Proposal, version: int | None = None) -> Proposal:
    """The sponsor's yes to exactly the present public title and text; `version` is the one that was read."""
    require(by, "proposals.approve_public_text", proposal)
    proposal = locked(proposal)
    if proposal.state not in APPROVABLE:
        raise WrongState(
            "not-approvable", "This proposal is not on its way into the program, so there is nothing to approve."
        )
    require_version(proposal, version)
    if proposal.state in EDITABLE_AFTER_DECISION:
        _require_printable(proposal)
    copy = drafts.working_copy(proposal)
    if copy is not None and published_of(copy) == published_of(proposal):
        drafts.set_approval(copy, by, True)
        copy.save()
    fact = drafts.set_approval(proposal, by, True)
    if fact:
        note_public_flags(proposal)
        proposal.save()
        record_fact(fact, proposal, by)
    return proposal


@transaction.atomic
def change_public_text(
    *,
    by: User,
    proposal: Proposal,
    version: int,
    public_title: str,
    public_text: str,
    links: Iterable[TypedLink] | None = None,
    outline: Iterable[TypedPart] | None = None,
    approve: bool = False,
) -> Proposal:
    """Change what will be published after the verdict, and an outline that is not; None: as it was.

    What was approved before no longer is, unless approved anew. Once the program is out it is approved anew in the same
    step, or the next release would lose it.
    """
    require(by, "proposals.edit", proposal)
    proposal = locked(proposal)
    require_editable_after_decision(proposal)
    require_version(proposal, version)
    if proposal.edition.is_published and proposal.public_text_approved_at is not None and not approve:
        sentence = "The program is published. Approve the new text in the same step: the next release then carries it."
        raise Invalid("approve-too", sentence, field="approve")
    texts = {"public_title": public_title, "public_text": public_text}
    rows = {name: list(value) for name, value in (("links", links), ("outline", outline)) if value is not None}
    before = published_of(proposal)
    changed = drafts.put(proposal, checked(proposal.sponsor, {**texts, **rows}, format=proposal.format))
    if approve:
        _require_printable(proposal)
    fact = drafts.set_approval(proposal, by, approve)
    is_public = published_of(proposal) != before
    if fact or changed:
        note_public_flags(proposal)
    if changed:
        proposal.version += 1
        proposal.changed_at = clock.now()
    proposal.save()
    if changed:
        record_fact("public_text_changed" if is_public else "outline_changed", proposal, by)
    if fact:
        entry = record_fact(fact, proposal, by)
        if is_public and proposal.edition.is_published:
            path = reverse("releases:list", args=[proposal.edition.slug])
            context: dict[str, Any] = {"proposal": proposal, "path": path, "by": by}
            post("proposals/text_mended", to=runners(proposal), entry=entry, context=context)
    return proposal


def _require_printable(proposal: Proposal) -> None:
    """Refuse to approve an outline that does not add up, and links without an address."""
    if missing := unprintable(proposal):
        raise Invalid("not-printable", " ".join(each.sentence for each in missing), field=missing[0].field)
