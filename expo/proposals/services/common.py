"""What every verb on a proposal begins and ends with: its lock, what must hold, the fact in the journal, the mail."""

from typing import Any

from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock, display
from expo.kit.errors import WrongState
from expo.kit.memo import forget
from expo.notify.services import post
from expo.sponsors.models import Entitlement, Sponsor
from expo.sponsors.queries import contacts

from ..models import ChangeRequest, Proposal, ProposalContent
from ..queries.call import CallState, SponsorCall, call_for_all, call_of
from ..queries.conflict_wall import runners
from ..states import (
    CHANGE_REQUEST_STATES,
    EDITABLE_AFTER_DECISION,
    PLACEABLE,
    PROPOSAL_STATES,
    ChangeRequestState,
    ProposalState,
)


def locked(proposal: Proposal) -> Proposal:
    """The proposal as it is now, locked until the transaction ends."""
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("edition", "sponsor", "format", "track").get(pk=proposal.pk)


def lock_entitlements(sponsor_id: int) -> None:
    """Whoever counts against a tier's limit locks the sponsor's row first, so that two cannot count at once."""
    Sponsor.objects.select_for_update(of=("self",), no_key=True).get(pk=sponsor_id)


def entitlement(sponsor: Sponsor, format: Format) -> Entitlement | None:
    """What the sponsor's tier says about a format, asked afresh."""
    return Entitlement.objects.filter(tier__sponsors=sponsor, format=format).first()


def move(proposal: Proposal, state: ProposalState) -> None:
    """To another state if the table allows; the caller saves."""
    PROPOSAL_STATES.check(ProposalState(proposal.state), state)
    proposal.state = state
    proposal.changed_at = clock.now()


def record_fact(fact: str, proposal: Proposal, by: User | None, **data: Any) -> Entry:
    """Record a fact about a proposal; conflicts with the proposal hide it."""
    forget()
    return record(f"proposals.{fact}", by=by, target=proposal, proposal_id=proposal.pk, data=data)


def require_version(proposal: ProposalContent, version: int | None) -> None:
    """Refuse when somebody else changed the proposal since this version was read."""
    if version is not None and version != proposal.version:
        raise WrongState(
            "stale-version",
            "Somebody changed this proposal while you were writing. Both texts are below: "
            "take over what you need, then save again.",
        )


def require_open_call(sponsor_id: int, edition: Edition, *, has_submitted: bool = False) -> SponsorCall:
    """Refuse to submit when the call takes nothing more from this sponsor; `has_submitted`: these are changes."""
    call = call_of(sponsor_id, edition, clock.now())
    if call.takes(is_submitted=has_submitted):
        return call
    _require_opened(call)
    # Once decisions have begun nothing more is kept, submitted or not.
    kept = "Your text is kept, and is not submitted. " if call.may_write else ""
    what = f"Write to {edition.contact} if there is something they should know."
    if has_submitted and call.may_write:
        what = "What you submitted before counts. You can ask for the change on the proposal's page, with a reason."
    raise WrongState("call-closed", f"{call.text} {kept}{what}")


def require_may_write(edition: Edition) -> None:
    """Refuse to keep words before the call has opened, and once decisions have begun."""
    call = call_for_all(edition, clock.now())
    if call.may_write:
        return
    _require_opened(call)
    raise WrongState(
        "writing-over", f"{call.text} What reviewers read no longer changes. If it must, write to {edition.contact}."
    )


def _require_opened(call: SponsorCall) -> None:
    if call.state != CallState.EARLY:
        return
    opens = call.edition.call_opens_at
    known = f"It opens on {display.in_zone(opens, call.edition.zone)}." if opens else ""
    hours = known or "The organisers have not said yet when it opens."
    raise WrongState("call-not-open", f"The call of {call.edition} is not open yet. {hours}")


def require_no_open_request(proposal: Proposal) -> None:
    """Refuse to change what a change request asks for, while the chairs have it to read."""
    if proposal.change_requests.filter(state=ChangeRequestState.OPEN).exists():
        raise WrongState(
            "change-asked",
            "Your team asked for its changes, and the chairs have not answered yet. Until they do, the text stays as "
            "it was asked for. To change it, withdraw the request on the proposal's page.",
        )


def close_request(request: ChangeRequest, state: ChangeRequestState, *, by: User | None, answer: str = "") -> None:
    """Move an open change request to its end."""
    CHANGE_REQUEST_STATES.check(ChangeRequestState(request.state), state)
    request.state, request.answer = state, answer
    request.answered_by, request.answered_at = by, clock.now()
    request.save()


def drop_open_request(proposal: Proposal, why: str) -> None:
    """Close the open change request of a locked proposal that has moved on; `why` is for its team to read."""
    for request in proposal.change_requests.select_for_update(of=("self",)).filter(state=ChangeRequestState.OPEN):
        close_request(request, ChangeRequestState.WITHDRAWN, by=None, answer=why)
        record_fact("change_request_closed", proposal, None, request=request.pk, reason=why)


def require_not_archived(edition: Edition) -> None:
    """Refuse once the edition is over."""
    if edition.phase == Phase.ARCHIVED:
        raise WrongState("edition-archived", "This edition is archived, so its program stays as it is.")


def require_editable_after_decision(proposal: Proposal) -> None:
    """Refuse before the verdict, once the proposal is not wanted any more, and after the edition is archived."""
    if proposal.state == ProposalState.DRAFT:
        raise WrongState("still-a-draft", "This proposal is a draft: change it in its form.")
    if proposal.state not in EDITABLE_AFTER_DECISION:
        raise WrongState(
            "not-tended",
            "Public text and availability can be changed after the verdict, while the proposal is accepted, confirmed "
            "or waitlisted.",
        )
    require_not_archived(proposal.edition)


def mail_team(kind: str, proposal: Proposal, entry: Entry, **context: object) -> None:
    """Mail everybody in its sponsor's team."""
    path = reverse("proposals:detail", args=[proposal.edition.slug, proposal.code])
    post(kind, to=contacts(proposal.sponsor), entry=entry, context={"proposal": proposal, "path": path, **context})


def mail_everybody(kind: str, proposal: Proposal, entry: Entry, **context: object) -> None:
    """Mail its team; and of a session with a place in the program, the others who run the edition."""
    context["by"] = entry.actor
    mail_team(kind, proposal, entry, **context)
    if proposal.state not in PLACEABLE:
        return
    known = {entry.actor_id, *contacts(proposal.sponsor).values_list("pk", flat=True)}
    others = [user for user in runners(proposal) if user.pk not in known]
    path = reverse("proposals:after", args=[proposal.edition.slug])
    post(kind, to=others, entry=entry, context={"proposal": proposal, "path": path, **context})
