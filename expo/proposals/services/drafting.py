"""Write drafts: begin one, change it, say who presents."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.editions.models import Format
from expo.kit import clock
from expo.kit.errors import WrongState
from expo.kit.policy import require
from expo.sponsors.models import Sponsor

from ..models import Proposal
from ..states import ProposalState
from . import ground, people, writing
from .publishing import require_version, set_approval


@transaction.atomic
def create_draft(
    *,
    by: User,
    sponsor: Sponsor,
    format: Format,
    form_key: uuid.UUID | None = None,
    presenters: Iterable[people.Given] | None = None,
    approve: bool | None = None,
    **fields: Any,
) -> Proposal:
    """Begin a proposal. The same `form_key` again is the same draft: a double submit makes one."""
    require(by, "proposals.create_for", sponsor)
    ground.require_open_call(sponsor.edition)
    writing.check_format(sponsor, format)
    given = writing.checked(sponsor, fields, format=format)
    proposal, is_new = _begun(by, sponsor, format, form_key or uuid.uuid4())
    if not is_new:
        _require_untouched(proposal, by, sponsor)
    _write(proposal, by, {**given, "format": format}, presenters, approve, first=is_new)
    return proposal


def _begun(by: User, sponsor: Sponsor, format: Format, form_key: uuid.UUID) -> tuple[Proposal, bool]:
    """A new row, or the one that this form made before, even a moment ago in another request."""
    new = Proposal(edition=sponsor.edition, sponsor=sponsor, format=format, form_key=form_key, created_by=by)
    try:
        with transaction.atomic():
            new.save(force_insert=True)
    except IntegrityError:
        made = Proposal.objects.filter(form_key=form_key).first()
        if made is None:
            raise
        return ground.locked(made), False
    return new, True


def _require_untouched(proposal: Proposal, by: User, sponsor: Sponsor) -> None:
    """What the same form sends again may fill its own fresh draft, and nothing else."""
    if (proposal.sponsor_id, proposal.created_by_id) != (sponsor.pk, by.pk):
        raise WrongState("form-used", "This form was used before. Open a new one and copy your text into it.")
    if proposal.state != ProposalState.DRAFT or proposal.version > 1:
        raise WrongState(
            "already-made",
            f"This form already made proposal {proposal.code}, which was changed since. "
            "Open that one and copy your text into it.",
        )


@transaction.atomic
def edit(
    *,
    by: User,
    proposal: Proposal,
    version: int,
    presenters: Iterable[people.Given] | None = None,
    approve: bool | None = None,
    **fields: Any,
) -> Proposal:
    """Change a draft. `version` is the one that was read: a stale one is refused and nothing is overwritten."""
    require(by, "proposals.edit", proposal)
    proposal = ground.locked(proposal)
    _require_draft(proposal)
    require_version(proposal, version)
    format = fields.get("format") or proposal.format
    if format != proposal.format:
        writing.check_format(proposal.sponsor, format)
    given = writing.checked(proposal.sponsor, _fitting(proposal, format, fields), format=format)
    _write(proposal, by, {**given, "format": format}, presenters, approve)
    return proposal


def _fitting(proposal: Proposal, format: Format, fields: dict[str, Any]) -> dict[str, Any]:
    """A new format keeps the track only if somebody chose it with the format."""
    if format != proposal.format and "track" not in fields:
        return {**fields, "track": None}
    return fields


def set_presenters(*, by: User, proposal: Proposal, presenters: Iterable[people.Given]) -> Proposal:
    """Say who presents a draft, and when they cannot."""
    return edit(by=by, proposal=proposal, version=_version(proposal), presenters=presenters)


def _version(proposal: Proposal) -> int:
    return Proposal.objects.values_list("version", flat=True).get(pk=proposal.pk)


def _require_draft(proposal: Proposal) -> None:
    if proposal.state == ProposalState.SUBMITTED:
        sentence = (
            "This proposal is submitted. Bring it back to draft first; you can submit it again until the call closes."
        )
        raise WrongState("not-a-draft", sentence)
    if proposal.state != ProposalState.DRAFT:
        raise WrongState("not-a-draft", f"This proposal is {proposal.state}; its text no longer changes.")
    ground.require_open_call(proposal.edition)


def _write(
    proposal: Proposal,
    by: User,
    fields: dict[str, Any],
    presenters: Iterable[people.Given] | None,
    approve: bool | None,
    *,
    first: bool = False,
) -> None:
    """Put everything, save once, and say in the journal what changed."""
    who = None if presenters is None else people.checked(presenters)
    changed = writing.put(proposal, fields)
    if "topics" in fields and writing.put_topics(proposal, fields["topics"]):
        changed.append("topics")
    has_new_people = who is not None and people.put(proposal, who)
    fact = set_approval(proposal, by, approve)
    if (changed or has_new_people) and not first:
        proposal.version += 1
        proposal.changed_at = clock.now()
    proposal.save()
    _tell(proposal, by, changed, has_new_people, fact, first)


def _tell(proposal: Proposal, by: User, changed: list[str], has_new_people: bool, fact: str, first: bool) -> None:
    if first:
        ground.note("drafted", proposal, by, sponsor=proposal.sponsor_id, format=proposal.format.slug)
    elif changed:
        ground.note("edited", proposal, by, fields=sorted(changed))
    if has_new_people and not first:
        ground.note("presenters_changed", proposal, by)
    if fact:
        ground.note(fact, proposal, by)
