"""Save what somebody types while they type it, field by field, beside others who write the same proposal."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from expo.accounts.models import User
from expo.editions.models import Format
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.sponsors.models import Sponsor

from ..models import Proposal, ProposalContent
from ..queries.content import people_of, proposal_of
from ..queries.edits import FieldEdit, edits_since
from . import drafts
from . import presenters as people
from .edits import Writing
from .fields import checked

APPROVE = "approve"


@dataclass
class Autosave:
    """What became of what a page sent, and what it does not know yet.

    `held`: somebody else changed the field too since this page knew it, to something else, so it is not saved.
    `theirs`: others changed it and this page did not. `refused`: why a field cannot be kept as it is.
    """

    proposal: Proposal
    source: ProposalContent
    saved: list[str] = field(default_factory=list)
    held: list[FieldEdit] = field(default_factory=list)
    theirs: list[FieldEdit] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def autosave(*, by: User, proposal: Proposal, version: int, fields: Mapping[str, Any], page: str = "") -> Autosave:
    """Save the fields that nobody else changed since `version`; say which somebody did, and what others changed.

    Without fields it only says what others changed. A field that cannot be kept does not hold up the others.
    """
    require(by, "proposals.edit", proposal)
    proposal = drafts.lock_to_write(proposal)
    source: ProposalContent = drafts.working_copy(proposal) or proposal
    result = Autosave(proposal, source)
    result.theirs = [each for each in edits_since(source, version, page=page).values() if each.name not in fields]
    result.held = held_edits(source, version, fields, page=page)
    held = {edit.name for edit in result.held}
    pending = {name: value for name, value in fields.items() if name not in held}
    approval = {APPROVE: pending.pop(APPROVE)} if APPROVE in pending else {}
    writing = Writing(by, page, is_autosave=True)
    _write(result, writing, pending)
    _write(result, writing, approval)  # after the text that it is about, which is kept even if this is refused
    result.saved = [name for name in fields if name not in held and name not in result.refused]
    return result


@transaction.atomic
def autosave_new(
    *, by: User, sponsor: Sponsor, format: Format, form_key: uuid.UUID, fields: Mapping[str, Any], page: str = ""
) -> Autosave:
    """The first time a form is saved by itself: it makes the draft. The same form again writes into that draft.

    An answer that was lost on its way is thus no second draft, and what was written in between is not overwritten.
    """
    require(by, "proposals.create_for", sponsor)
    own = Proposal.objects.filter(form_key=form_key, created_by=by, sponsor=sponsor)
    made = own.first()
    if made is None:
        try:
            made = drafts.create_draft(by=by, sponsor=sponsor, format=format, form_key=form_key, page=page)
        except WrongState as refusal:
            if refusal.code != "already-made":
                raise
            made = own.get()  # by another request, a moment ago
    return autosave(by=by, proposal=made, version=0, fields=fields, page=page)


def held_edits(source: ProposalContent, version: int, fields: Mapping[str, Any], *, page: str = "") -> list[FieldEdit]:
    """What others changed since `version` and these fields would overwrite with something else."""
    others = edits_since(source, version, page=page)
    return [edit for name, edit in others.items() if name in fields and _differs(source, name, fields[name])]


def _write(result: Autosave, writing: Writing, fields: Mapping[str, Any]) -> None:
    """Put the fields into one new version, without those that are refused."""
    left = dict(fields)
    while left:
        content = dict(left)
        who, approve = content.pop(drafts.PRESENTERS, None), content.pop(APPROVE, None)
        try:
            with transaction.atomic():
                source = drafts.source_to_write(result.proposal, writing.by)
                drafts.write(result.proposal, source, writing, content, who, approve)
        except Invalid as refusal:
            if refusal.field not in left and len(left) > 1:
                raise
            name = refusal.field if refusal.field in left else next(iter(left))
            result.refused[name] = refusal.message
            del left[name]
            result.proposal.refresh_from_db()
        else:
            break
    result.source = drafts.working_copy(result.proposal) or result.proposal


def _differs(source: ProposalContent, name: str, value: Any) -> bool:
    """Whether this page wants something else than what is saved now."""
    if name == "format":
        return bool(source.format != value)
    try:
        if name == drafts.PRESENTERS:
            return people_of(source) != people.checked(value)
        wanted = checked(proposal_of(source).sponsor, {name: value}, format=source.format)[name]
    except Invalid:
        return True
    saved = getattr(source, name)
    return set(saved.all()) != set(wanted) if isinstance(saved, models.Manager) else bool(saved != wanted)
