"""What the verbs share: locks, the call's hours, the tier's limits, facts."""

from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.editions.queries import holders, is_open
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock, display
from expo.kit.errors import Invalid, WrongState
from expo.kit.memo import forget
from expo.sponsors.models import Entitlement, Sponsor

from .. import queries, wording
from ..models import Proposal, ProposalContent
from ..states import PROPOSAL_STATES, ProposalState


def locked(proposal: Proposal) -> Proposal:
    """The proposal as it is now, held until the transaction ends."""
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("edition", "sponsor__tier", "format", "track", "public_text_approved_by").get(
        pk=proposal.pk
    )


def hold_limits(sponsor_id: int) -> None:
    """Whoever counts against a tier's limit holds the sponsor's row first, so that two cannot count at once."""
    Sponsor.objects.select_for_update(of=("self",), no_key=True).get(pk=sponsor_id)


def move(proposal: Proposal, state: ProposalState) -> None:
    """To another state if the table allows; the caller saves."""
    PROPOSAL_STATES.check(ProposalState(proposal.state), state)
    proposal.state = state
    proposal.changed_at = clock.now()


def note(fact: str, proposal: Proposal, by: User | None, **data: Any) -> Entry:
    """Record a fact about a proposal behind its wall."""
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


def runners(proposal: Proposal, *kinds: RoleKind) -> list[User]:
    """Organisers and cochairs, or those of these kinds, from whom nothing hides this proposal; by id."""
    asked = kinds or (RoleKind.ORGANISER, RoleKind.COCHAIR)
    return queries.who_may_see(list(holders(proposal.edition, *asked)), proposal)


def checked_reason(reason: str, *, most: int = 500, one_line: bool = False, field: str = "reason") -> str:
    """A person's words why, tidied, which may be empty; refuses what is too long to keep."""
    reason = wording.tidy(reason, one_line=one_line)
    if len(reason) > most:
        sentence = f"The reason has {len(reason)} characters and may have {most}. Shorten it."
        raise Invalid("too-long", sentence, field=field)
    return reason


def require_not_archived(edition: Edition) -> None:
    """Refuse once the edition is over."""
    if edition.phase == Phase.ARCHIVED:
        raise WrongState("edition-archived", "This edition is archived, so its program stays as it is.")


def require_open_call(edition: Edition) -> None:
    """Refuse outside the call, with its hours in the edition's zone."""
    now = clock.now()
    if is_open(edition, now):
        return
    opens = edition.call_opens_at
    if edition.phase == Phase.SETUP or (opens is not None and now < opens):
        known = f"It opens on {display.in_zone(opens, edition.zone)}." if opens else ""
        hours = known or "The organisers have not said yet when it opens."
        raise WrongState("call-not-open", f"The call of {edition} is not open yet. {hours}")
    closes = edition.call_closes_at
    when = f" on {display.in_zone(closes, edition.zone)}" if closes is not None and closes <= now else ""
    raise WrongState(
        "call-closed",
        f"The call of {edition} closed{when}. Write to {edition.contact} if there is something they should know.",
    )


def entitlement(sponsor: Sponsor, format: Format) -> Entitlement | None:
    """What the sponsor's tier says about a format, asked afresh."""
    return Entitlement.objects.filter(tier__sponsors=sponsor, format=format).first()


def are(count: int) -> str:
    return "is" if count == 1 else "are"


def plural(count: int, format: Format) -> str:
    """`2 talks`, `1 workshop`, in words for sentences."""
    return f"{count} {format.name.lower()}{'' if count == 1 else 's'}"
