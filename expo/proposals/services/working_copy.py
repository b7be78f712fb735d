"""Changes to a submitted proposal: kept apart until they are submitted, so that what was submitted always counts."""

from django.db import transaction

from expo.accounts.models import User
from expo.kit import clock
from expo.kit.errors import WrongState
from expo.kit.policy import require

from .. import queries
from ..models import Proposal, WorkingCopy
from . import ground, people, writing

FIELDS = ("format", "track", "expected_audience", *writing.TEXTS)
APPROVAL = ("public_text_approved_at", "public_text_approved_by")


def of(proposal: Proposal) -> WorkingCopy | None:
    """The working copy of a locked proposal as it is now."""
    rows = WorkingCopy.objects.select_related("format", "track", "public_text_approved_by")
    return rows.filter(proposal=proposal).first()


def begin(proposal: Proposal, by: User) -> WorkingCopy:
    """A copy of what was submitted, for a locked proposal that has none."""
    fields = {name: getattr(proposal, name) for name in (*FIELDS, *APPROVAL, "version")}
    rows = [queries.to_json(person) for person in queries.people_of(proposal)]
    made = WorkingCopy.objects.create(proposal=proposal, changed_by=by, people=rows, **fields)
    made.topics.set(proposal.topics.all())
    return made


def differs(copy: WorkingCopy, proposal: Proposal) -> bool:
    """Whether there is anything to submit."""
    return (
        queries.content(copy) != queries.content(proposal)
        or queries.people_of(copy) != queries.people_of(proposal)
        or (copy.public_text_approved_at is None) != (proposal.public_text_approved_at is None)
    )


def drop(copy: WorkingCopy, proposal: Proposal) -> None:
    """Delete it; the proposal's version moves past it, so that a form opened before is found to be stale."""
    if copy.version > proposal.version:
        proposal.version = copy.version + 1
        proposal.save(update_fields=["version"])
    copy.delete()


def take_over(copy: WorkingCopy, proposal: Proposal, by: User) -> None:
    """Put everything it says into the proposal and delete it; the caller saves the proposal."""
    was_approved = proposal.public_text_approved_at is not None
    if "format" in writing.put(proposal, {name: getattr(copy, name) for name in FIELDS}):
        proposal.minutes = None  # a length agreed for another format
    writing.put_topics(proposal, copy.topics.all())
    if people.put(proposal, queries.people_of(copy)):
        ground.note("presenters_changed", proposal, by)
    for name in APPROVAL:
        setattr(proposal, name, getattr(copy, name))
    is_approved = proposal.public_text_approved_at is not None
    if is_approved != was_approved:
        ground.note("public_text_approved" if is_approved else "public_text_unapproved", proposal, by)
    proposal.version = max(proposal.version, copy.version)
    copy.delete()


@transaction.atomic
def discard_changes(*, by: User, proposal: Proposal, version: int | None = None) -> Proposal:
    """Delete what was changed and not submitted; `version` is the one that was read."""
    require(by, "proposals.edit", proposal)
    proposal = ground.locked(proposal)
    copy = of(proposal)
    if copy is None:
        raise WrongState("no-changes", "There are no unsubmitted changes to discard.")
    ground.require_version(copy, version)
    drop(copy, proposal)
    ground.note("changes_discarded", proposal, by)
    return proposal


def save(copy: WorkingCopy, proposal: Proposal, by: User, changed: list[str]) -> None:
    """Keep changed words; a copy that says what was submitted is no change and goes."""
    if not differs(copy, proposal):
        drop(copy, proposal)
        return
    if not changed:
        return
    copy.version += 1
    copy.changed_at, copy.changed_by = clock.now(), by
    copy.save()
    ground.note("changes_saved", proposal, by, fields=sorted(changed))
