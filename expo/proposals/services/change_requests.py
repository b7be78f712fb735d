"""Change requests: after the deadline a team asks for changes to what it submitted; a chair answers by field.

While a request is open the working copy stays as it was asked for, so that what is accepted is what was read.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.kit.text import listed
from expo.notify.services import post

from ..models import ChangeRequest, Proposal, WorkingCopy
from ..queries.call import call_of
from ..queries.change_requests import changed_fields, labels_of
from ..queries.conflict_wall import runners
from ..queries.content import content_of, people_of, published_of
from ..states import ChangeRequestState, ProposalState
from ..texts import checked_reason, required_reason
from . import drafts, submission
from . import fields as writing
from . import presenters as people
from .checks import require_settled
from .common import (
    close_request,
    lock_entitlements,
    locked,
    mail_team,
    record_fact,
    require_may_write,
    require_no_open_request,
    require_version,
)
from .edits import Writing


@transaction.atomic
def ask_for_change(*, by: User, proposal: Proposal, reason: str, version: int | None = None) -> ChangeRequest:
    """Ask the chairs to accept the working copy, once it can no longer be submitted; `version` is the one read."""
    require(by, "proposals.ask_for_change", proposal)
    reason = required_reason(reason)
    proposal = locked(proposal)
    if proposal.state != ProposalState.SUBMITTED:
        raise WrongState(
            "not-submitted",
            f"This proposal is {proposal.state_for_sponsor.lower()}, so there is no submitted text to ask a change of.",
        )
    if call_of(proposal.sponsor_id, proposal.edition, clock.now()).takes_changes:
        raise WrongState("call-takes-changes", "Your changes can still be submitted: check and submit them instead.")
    require_may_write(proposal.edition)
    require_no_open_request(proposal)
    copy = drafts.working_copy(proposal)
    if copy is None:
        raise WrongState("no-changes", "Nothing differs from what you submitted. Change the text first, then ask.")
    require_version(copy, version)
    before, after = content_of(proposal), content_of(copy)
    fields = changed_fields(before, after)
    if not fields:
        raise WrongState(
            "no-words-changed",
            "Only presenters' hours or the approval of the public text differ from what you submitted. Nobody has to "
            "agree to that: after the decision you can change them by yourselves.",
        )
    submission.require_complete(copy)
    require_settled(copy)
    request = ChangeRequest.objects.create(proposal=proposal, before=before, after=after, reason=reason, asked_by=by)
    entry = record_fact("change_asked", proposal, by, request=request.pk, fields=fields, reason=reason)
    path = reverse("proposals:answer-change", args=[proposal.edition.slug, proposal.code])
    context = {"proposal": proposal, "fields": listed(labels_of(fields)), "reason": reason, "path": path}
    post("proposals/change_asked", to=runners(proposal), entry=entry, context=context)
    return request


@transaction.atomic
def withdraw_change_request(*, by: User, proposal: Proposal) -> ChangeRequest:
    """Take the open request back; the changes stay in the working copy and can be edited again."""
    require(by, "proposals.ask_for_change", proposal)
    proposal = locked(proposal)
    request = _open(proposal)
    close_request(request, ChangeRequestState.WITHDRAWN, by=by)
    record_fact("change_request_withdrawn", proposal, by, request=request.pk)
    return request


@transaction.atomic
def answer_change(
    *, by: User, proposal: Proposal, accept: Collection[str], answer: str = "", change: int | None = None
) -> ChangeRequest:
    """Accept some fields of the open request, or none, which takes a reason; its team gets a mail.

    `change` is the id of the request that was read: its team may have withdrawn it and asked for something else.

    What is accepted becomes a revision, after the same checks as a submission; the rest stays in the working copy,
    not submitted.
    """
    require(by, "proposals.answer_change", proposal)
    answer = checked_reason(answer, field="answer")
    lock_entitlements(proposal.sponsor_id)
    proposal = locked(proposal)
    request = _open(proposal)
    if change is not None and change != request.pk:
        raise WrongState(
            "another-request",
            "Its team withdrew what you read and asks for something else now. Nothing is answered: read the new "
            "request first.",
        )
    fields = changed_fields(request.before, request.after)
    accepted = [name for name in fields if name in accept]
    if set(accept) - set(fields):
        raise Invalid("unknown-field", "This request does not change that. Tick fields of the list.", field="accept")
    if not accepted and not answer:
        raise Invalid("reason-needed", "Tick what you accept, or say why you refuse it.", field="answer")
    data: dict[str, Any] = {"request": request.pk, "fields": accepted, "reason": answer}
    if accepted:
        data["revision"] = _accept(request, proposal, accepted, by)
    request.accepted_fields = accepted
    state = ChangeRequestState.ACCEPTED if accepted else ChangeRequestState.REFUSED
    close_request(request, state, by=by, answer=answer)
    entry = record_fact("change_accepted" if accepted else "change_refused", proposal, by, **data)
    context = {
        "accepted": listed(labels_of(accepted)),
        "left": listed(labels_of([name for name in fields if name not in accepted])),
        "answer": answer,
    }
    mail_team("proposals/change_answered", proposal, entry, **context)
    return request


def _accept(request: ChangeRequest, proposal: Proposal, fields: list[str], by: User) -> int:
    """Put the fields into the proposal and freeze it; returns the revision's number."""
    copy = drafts.working_copy(proposal)
    if copy is None or content_of(copy) != request.after:
        raise WrongState(
            "changed-meanwhile", "The text of this request is not there any more. Refuse it, so that it is asked anew."
        )
    format_before = proposal.format_id
    _take(copy, proposal, fields, by)
    writing.checked(proposal.sponsor, {"track": proposal.track}, format=proposal.format)
    submission.require_complete(proposal)
    proposal.flags = require_settled(proposal)
    if proposal.format_id != format_before:
        submission.require_place(proposal, "submitted")
    proposal.version = max(proposal.version, copy.version) + 1  # whoever read the old text approves it no more
    proposal.changed_at = clock.now()
    proposal.save()
    revision = submission.freeze(proposal, by=request.asked_by)
    if not drafts.differs(copy, proposal):
        drafts.delete_copy(copy, proposal, Writing(by))
    return revision.number


def _take(copy: WorkingCopy, proposal: Proposal, fields: list[str], by: User) -> None:
    """Put these fields of the working copy into the proposal; the caller saves it. A format brings its track."""
    names = {*fields, *(("track",) if "format" in fields else ())} - {"presenters"}
    are_many = {name for name in names if Proposal._meta.get_field(name).many_to_many}  # noqa: SLF001
    for name in are_many:
        getattr(proposal, name).set(getattr(copy, name).all())
    if "format" in drafts.put(proposal, {name: getattr(copy, name) for name in names - are_many}):
        proposal.minutes = None  # a length agreed for another format
    if "presenters" in fields and people.put(proposal, people_of(copy)):
        record_fact("presenters_changed", proposal, by)
    if published_of(copy) == published_of(proposal):
        for name in drafts.APPROVAL:
            setattr(proposal, name, getattr(copy, name))
    proposal.kept = {**proposal.kept, **copy.kept}
    proposal.edits = {**proposal.edits, **{name: copy.edits[name] for name in fields if name in copy.edits}}


def _open(proposal: Proposal) -> ChangeRequest:
    """The open request of a locked proposal, locked."""
    rows = ChangeRequest.objects.select_for_update(of=("self",)).select_related("asked_by")
    request = rows.filter(proposal=proposal, state=ChangeRequestState.OPEN).first()
    if request is None:
        raise WrongState("no-open-request", "No change is asked for now: it was answered or withdrawn already.")
    return request
