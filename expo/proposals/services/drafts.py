"""Write: begin a draft, change it or the working copy of what is submitted; nothing here asks for completeness.

Changes to a submitted proposal are kept apart in a working copy until they are submitted, so that what was submitted
always counts.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from expo.accounts.models import User
from expo.editions.models import Format
from expo.editions.queries import rules_of
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.sponsors.models import Sponsor

from ..models import Proposal, ProposalContent, WorkingCopy
from ..queries.checks import public_findings
from ..queries.content import content_of, is_asked, people_of, published_of, to_json
from ..states import EDITABLE_AFTER_DECISION, ProposalState
from . import presenters as people
from .common import entitlement, locked, record_fact, require_may_write, require_no_open_request, require_version
from .edits import Writing, note_edits, record_writing
from .fields import COLUMNS, RELATED, checked, require_disjoint, within_limit

PUBLIC = ("public_title", "public_text")
APPROVAL = ("public_text_approved_at", "public_text_approved_by")
PRESENTERS = "presenters"


@transaction.atomic
def create_draft(
    *,
    by: User,
    sponsor: Sponsor,
    format: Format,
    form_key: uuid.UUID | None = None,
    presenters: Iterable[people.TypedPerson] | None = None,
    approve: bool | None = None,
    page: str = "",
    **fields: Any,
) -> Proposal:
    """Begin a proposal. The same `form_key` again is the same draft: a double submit makes one.

    A draft is kept after the deadline too, so that nobody loses what was typed when it passed.
    """
    require(by, "proposals.create_for", sponsor)
    require_may_write(sponsor.edition)
    _check_format(sponsor, format)
    content = {**checked(sponsor, fields, format=format), "format": format}
    key = form_key or uuid.uuid4()
    proposal = Proposal(edition=sponsor.edition, sponsor=sponsor, format=format, form_key=key, created_by=by)
    is_new = True
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError:  # this form made one before, even a moment ago in another request
        made = Proposal.objects.filter(form_key=key).first()
        if made is None:
            raise
        proposal, is_new = locked(made), False
        _require_untouched(proposal, by, sponsor)
    _write(proposal, Writing(by, page), content, presenters, approve, is_new=is_new)
    return proposal


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
    presenters: Iterable[people.TypedPerson] | None = None,
    approve: bool | None = None,
    page: str = "",
    **fields: Any,
) -> Proposal:
    """Change a draft, or the working copy of a submitted proposal, which stays as submitted until submitted again.

    `version` is the one that was read: a stale one is refused and nothing is overwritten.
    """
    require(by, "proposals.edit", proposal)
    proposal = lock_to_write(proposal)
    source = source_to_write(proposal, by)
    require_version(source, version)
    write(proposal, source, Writing(by, page), fields, presenters, approve)
    return proposal


def lock_to_write(proposal: Proposal) -> Proposal:
    """The proposal as it is now, locked; refuses when what reviewers read no longer changes."""
    proposal = locked(proposal)
    if proposal.state not in (ProposalState.DRAFT, ProposalState.SUBMITTED):
        sentence = f"This proposal is {proposal.state_for_sponsor.lower()}, so what reviewers read no longer changes. "
        raise WrongState("not-a-draft", f"{sentence}If it must, write to {proposal.edition.contact}.")
    require_may_write(proposal.edition)
    if proposal.state == ProposalState.SUBMITTED:
        require_no_open_request(proposal)
    return proposal


def source_to_write(proposal: Proposal, by: User) -> ProposalContent:
    """What of a locked proposal is written: itself, or of a submitted one its working copy."""
    if proposal.state == ProposalState.SUBMITTED:
        return working_copy(proposal) or _begin_copy(proposal, by)
    return proposal


def write(
    proposal: Proposal,
    source: ProposalContent,
    writing: Writing,
    fields: dict[str, Any],
    presenters: Iterable[people.TypedPerson] | None,
    approve: bool | None,
) -> None:
    """Put fields into what `source_to_write` gave, once it is known that they overwrite nothing unseen."""
    format = fields.get("format") or source.format
    if format != source.format:
        _check_format(proposal.sponsor, format)
        fields.setdefault("track", None)  # a new format keeps the track only if somebody chose it with the format
    content = {**checked(proposal.sponsor, fields, format=format), "format": format}
    if isinstance(source, WorkingCopy):
        changed, fact = _put_content(source, writing.by, content, presenters, approve)
        _save_copy(source, proposal, writing, [*changed, *(["approval"] if fact else [])])
    else:
        _write(proposal, writing, content, presenters, approve)


def set_presenters(*, by: User, proposal: Proposal, presenters: Iterable[people.TypedPerson]) -> Proposal:
    """Say who presents, and when they cannot: in a draft, or after the decision."""
    if Proposal.objects.filter(pk=proposal.pk, state__in=EDITABLE_AFTER_DECISION).exists():
        changed = people.change_presenters(by=by, proposal=proposal, presenters=presenters)
        proposal.version = changed.version  # the caller named none, and goes on with this row
        return changed
    own, copy = Proposal.objects.values_list("version", "working_copy__version").get(pk=proposal.pk)
    return edit(by=by, proposal=proposal, version=int(copy or own), presenters=presenters)


def _write(
    proposal: Proposal,
    writing: Writing,
    fields: Mapping[str, Any],
    presenters: Iterable[people.TypedPerson] | None,
    approve: bool | None,
    *,
    is_new: bool = False,
) -> None:
    """Put everything, save once, and say in the journal what changed."""
    by = writing.by
    changed, fact = _put_content(proposal, by, fields, presenters, approve)
    if changed and not is_new:
        proposal.version += 1
        proposal.changed_at = clock.now()
    note_edits(proposal, writing, changed)
    proposal.save()
    edited = sorted(name for name in changed if name != PRESENTERS)
    if is_new:
        record_fact("drafted", proposal, by, sponsor=proposal.sponsor_id, format=proposal.format.slug)
    elif edited:
        record_writing("edited", proposal, proposal, writing, edited)
    if PRESENTERS in changed and not is_new:
        record_fact("presenters_changed", proposal, by)
    if fact:
        record_fact(fact, proposal, by)


def _put_content(
    source: ProposalContent,
    by: User,
    fields: Mapping[str, Any],
    presenters: Iterable[people.TypedPerson] | None,
    approve: bool | None,
) -> tuple[list[str], str]:
    """Everything into a proposal or its working copy; names what changed, and the fact about the approval."""
    format = fields.get("format") or source.format
    who = None if presenters is None else within_limit(people.checked(presenters), format)
    changed = [*put(source, fields), *_put_related(source, fields)]
    if who is not None and people.put(source, who):
        changed.append(PRESENTERS)
    return changed, set_approval(source, by, approve)


# --- What may be written ----------------------------------------------------------------------------------


def _check_format(sponsor: Sponsor, format: Format) -> None:
    if format.edition_id != sponsor.edition_id:
        raise Invalid(
            "foreign-format", "This format belongs to another edition. Choose one of this edition.", field="format"
        )
    row = entitlement(sponsor, format)
    if row is None or row.may_submit == 0:
        raise Invalid(
            "format-not-in-tier",
            f"The {sponsor.tier} tier includes no {format.name.lower()}s. "
            f"Choose another format, or write to {sponsor.edition.contact}.",
            field="format",
        )


def put(source: ProposalContent, fields: Mapping[str, Any]) -> list[str]:
    """Write checked columns; once what will be published differs, it is no longer approved.

    Names what changed; the caller saves.
    """
    published = published_of(source)
    changed = [name for name in COLUMNS if name in fields and getattr(source, name) != fields[name]]
    for name in changed:
        setattr(source, name, fields[name])
    if changed and published_of(source) != published:
        drop_approval(source)
    return changed


def _put_related(source: ProposalContent, fields: Mapping[str, Any]) -> list[str]:
    """Replace the topics and rooms of a saved proposal; names what changed."""
    changed = [name for name in RELATED if name in fields and set(getattr(source, name).all()) != set(fields[name])]
    for name in changed:
        getattr(source, name).set(fields[name])
    if {"preferred_rooms", "excluded_rooms"} & set(changed):
        require_disjoint(source.preferred_rooms.all(), source.excluded_rooms.all())
    return changed


def set_approval(source: ProposalContent, by: User, approve: bool | None) -> str:
    """Approve the public text (True), take the approval back (False) or leave it (None); returns the fact.

    The caller saves.
    """
    if approve is None or approve == (source.public_text_approved_at is not None):
        return ""
    if not approve:
        drop_approval(source)
        return "public_text_unapproved"
    if not source.public_title.strip() or not source.public_text.strip():
        sentence = "There is no public title or no public text yet. Write both, then approve them."
        raise Invalid("no-public-text", sentence, field="public_text")
    stopping = [f"{each.sentence} {each.remedy}" for each in public_findings(source) if each.stops]
    if stopping:
        raise Invalid("not-publishable", " ".join(stopping), field="public_text")
    source.public_text_approved_at, source.public_text_approved_by = clock.now(), by
    return "public_text_approved"


def drop_approval(source: ProposalContent) -> None:
    """What will be published is no longer approved; the caller saves."""
    source.public_text_approved_at = source.public_text_approved_by = None


# --- The working copy -------------------------------------------------------------------------------------


def working_copy(proposal: Proposal) -> WorkingCopy | None:
    """The working copy of a locked proposal as it is now."""
    rows = WorkingCopy.objects.select_related("format", "track", "public_text_approved_by")
    return rows.filter(proposal=proposal).first()


def _begin_copy(proposal: Proposal, by: User) -> WorkingCopy:
    """A copy of what was submitted, for a locked proposal that has none."""
    fields = {name: getattr(proposal, name) for name in (*COLUMNS, *APPROVAL, "version")}
    rows = [to_json(person) for person in people_of(proposal)]
    copy = WorkingCopy.objects.create(
        proposal=proposal, changed_by=by, people=rows, edits=proposal.edits, kept=proposal.kept, **fields
    )
    for name in RELATED:
        getattr(copy, name).set(getattr(proposal, name).all())
    return copy


def _save_copy(copy: WorkingCopy, proposal: Proposal, writing: Writing, changed: list[str]) -> None:
    """Keep changed words; a copy that says what was submitted is no change and is deleted."""
    if changed:
        copy.version += 1
    note_edits(copy, writing, changed)
    if not differs(copy, proposal):
        _keep_unasked(copy, proposal)
        delete_copy(copy, proposal, writing)
        return
    if not changed:
        return
    copy.changed_at, copy.changed_by = clock.now(), writing.by
    copy.save()
    record_writing("changes_saved", proposal, copy, writing, sorted(changed))


def _keep_unasked(copy: WorkingCopy, proposal: Proposal) -> None:
    """What the format does not ask for is seen by nobody, so it is no change; but it comes back with its format."""
    rules = rules_of(proposal.format)
    unasked = [name for name in (*COLUMNS, *RELATED) if not is_asked(rules, name)]
    columns = {name: getattr(copy, name) for name in unasked if name in COLUMNS}
    if put(proposal, columns):
        proposal.save(update_fields=list(columns))
    _put_related(proposal, {name: getattr(copy, name).all() for name in unasked if name in RELATED})


def differs(copy: WorkingCopy, proposal: Proposal) -> bool:
    """Whether the working copy says anything else than what was submitted."""
    return (
        content_of(copy) != content_of(proposal)
        or people_of(copy) != people_of(proposal)
        or (copy.public_text_approved_at is None) != (proposal.public_text_approved_at is None)
    )


def delete_copy(copy: WorkingCopy, proposal: Proposal, writing: Writing) -> None:
    """The proposal's version moves past the copy's, so that a form opened before is found to be stale.

    Whatever was changed in the copy was changed back just now, for whoever has it open.
    """
    if copy.version > proposal.version:
        changed = [name for name, edit in copy.edits.items() if edit["version"] > proposal.version]
        proposal.version = copy.version + 1
        note_edits(proposal, writing, changed)
        proposal.save(update_fields=["version", "edits"])
    copy.delete()


def take_over(copy: WorkingCopy, proposal: Proposal, by: User) -> None:
    """Put everything the working copy says into the proposal and delete it; the caller saves the proposal."""
    was_approved = proposal.public_text_approved_at is not None
    if "format" in put(proposal, {name: getattr(copy, name) for name in COLUMNS}):
        proposal.minutes = None  # a length agreed for another format
    _put_related(proposal, {name: getattr(copy, name).all() for name in RELATED})
    if people.put(proposal, people_of(copy), by=by):
        record_fact("presenters_changed", proposal, by)
    for name in APPROVAL:
        setattr(proposal, name, getattr(copy, name))
    is_approved = proposal.public_text_approved_at is not None
    if is_approved != was_approved:
        record_fact("public_text_approved" if is_approved else "public_text_unapproved", proposal, by)
    proposal.version, proposal.edits = max(proposal.version, copy.version), copy.edits
    proposal.kept = copy.kept
    copy.delete()


@transaction.atomic
def discard_changes(*, by: User, proposal: Proposal, version: int | None = None) -> Proposal:
    """Delete what was changed and not submitted; `version` is the one that was read."""
    require(by, "proposals.edit", proposal)
    proposal = locked(proposal)
    copy = working_copy(proposal)
    if copy is None:
        raise WrongState("no-changes", "There are no unsubmitted changes to discard.")
    require_version(copy, version)
    require_no_open_request(proposal)
    delete_copy(copy, proposal, Writing(by))
    record_fact("changes_discarded", proposal, by)
    return proposal
