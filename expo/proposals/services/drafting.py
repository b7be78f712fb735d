"""Write: begin a draft, change it or the working copy of what is submitted, say who presents."""

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

from ..models import Proposal, ProposalContent
from ..states import TENDED, ProposalState
from . import ground, people, working_copy, writing
from .mending import change_presenters
from .publishing import set_approval

PRESENTERS = "presenters"


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
    """Change a draft, or the working copy of a submitted proposal, which stays as submitted until submitted again.

    `version` is the one that was read: a stale one is refused and nothing is overwritten.
    """
    require(by, "proposals.edit", proposal)
    proposal = ground.locked(proposal)
    _require_editable(proposal)
    copy = None
    if proposal.state == ProposalState.SUBMITTED:
        copy = working_copy.of(proposal) or working_copy.begin(proposal, by)
    source = copy or proposal
    ground.require_version(source, version)
    format = fields.get("format") or source.format
    if format != source.format:
        writing.check_format(proposal.sponsor, format)
    given = writing.checked(proposal.sponsor, _fitting(source, format, fields), format=format)
    given["format"] = format
    if copy is None:
        _write(proposal, by, given, presenters, approve)
    else:
        changed, fact = _put(copy, by, given, presenters, approve)
        working_copy.save(copy, proposal, by, [*changed, *(["approval"] if fact else [])])
    return proposal


def _fitting(source: ProposalContent, format: Format, fields: dict[str, Any]) -> dict[str, Any]:
    """A new format keeps the track only if somebody chose it with the format."""
    if format != source.format and "track" not in fields:
        return {**fields, "track": None}
    return fields


def set_presenters(*, by: User, proposal: Proposal, presenters: Iterable[people.Given]) -> Proposal:
    """Say who presents, and when they cannot: in a draft, or after the decision."""
    if Proposal.objects.filter(pk=proposal.pk, state__in=TENDED).exists():
        changed = change_presenters(by=by, proposal=proposal, presenters=presenters)
        proposal.version = changed.version  # the caller named none, and goes on with this row
        return changed
    return edit(by=by, proposal=proposal, version=_version(proposal), presenters=presenters)


def _version(proposal: Proposal) -> int:
    own, copy = Proposal.objects.values_list("version", "working_copy__version").get(pk=proposal.pk)
    return int(copy or own)


def _require_editable(proposal: Proposal) -> None:
    if proposal.state not in (ProposalState.DRAFT, ProposalState.SUBMITTED):
        sentence = f"This proposal is {proposal.state}, so what reviewers read no longer changes. "
        raise WrongState("not-a-draft", f"{sentence}If it must, write to {proposal.edition.contact}.")
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
    changed, fact = _put(proposal, by, fields, presenters, approve)
    if changed and not first:
        proposal.version += 1
        proposal.changed_at = clock.now()
    proposal.save()
    _tell(proposal, by, changed, fact, first)


def _put(
    source: ProposalContent,
    by: User,
    fields: dict[str, Any],
    presenters: Iterable[people.Given] | None,
    approve: bool | None,
) -> tuple[list[str], str]:
    """Everything into a proposal or its working copy; names what changed, and the fact about the approval."""
    who = None if presenters is None else people.checked(presenters)
    changed = writing.put(source, fields)
    if "topics" in fields and writing.put_topics(source, fields["topics"]):
        changed.append("topics")
    if who is not None and people.put(source, who):
        changed.append(PRESENTERS)
    return changed, set_approval(source, by, approve)


def _tell(proposal: Proposal, by: User, changed: list[str], fact: str, first: bool) -> None:
    words = sorted(name for name in changed if name != PRESENTERS)
    if first:
        ground.note("drafted", proposal, by, sponsor=proposal.sponsor_id, format=proposal.format.slug)
    elif words:
        ground.note("edited", proposal, by, fields=words)
    if PRESENTERS in changed and not first:
        ground.note("presenters_changed", proposal, by)
    if fact:
        ground.note(fact, proposal, by)
