"""Whether one sponsor may submit now, and until when: the call, its grace, late links. Only here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Max

from expo.editions.models import Edition
from expo.editions.queries import is_in_grace, is_open
from expo.editions.states import Phase
from expo.kit import display
from expo.kit.deadlines import has_passed
from expo.kit.memo import know, once_per_request
from expo.sponsors.models import Sponsor

from ..models import LateLink


class CallState(StrEnum):
    """`grace` and `late`: the call is closed, and this sponsor may submit all the same.

    A late link is for what was not submitted in time. What is submitted may be read and scored by then, so it changes
    only as a chair accepts it.
    """

    EARLY = "early"
    OPEN = "open"
    GRACE = "grace"
    LATE = "late"
    OVER = "over"


@dataclass(frozen=True)
class SponsorCall:
    """The call as one sponsor has it; `until` is the last minute in which it may submit, None where no end is set."""

    edition: Edition
    state: CallState
    now: datetime
    until: datetime | None = None

    @property
    def may_submit(self) -> bool:
        return self.state in (CallState.OPEN, CallState.GRACE, CallState.LATE)

    def takes(self, *, is_submitted: bool) -> bool:
        """Whether a text may be submitted now: a draft, or changes to what is submitted already."""
        return self.takes_changes if is_submitted else self.may_submit

    @property
    def takes_changes(self) -> bool:
        """Whether what is submitted may be changed and submitted again, in the call and its grace."""
        return call_state(self.edition, self.now) in (CallState.OPEN, CallState.GRACE)

    @property
    def may_write(self) -> bool:
        """Whether words are kept, as a draft or as changes that are not submitted."""
        return may_write(self.edition, self.now)

    @property
    def is_closed(self) -> bool:
        """Its announced end is over, whatever this sponsor still may do."""
        return self.state not in (CallState.EARLY, CallState.OPEN)

    @property
    def closed_at(self) -> datetime | None:
        """When it closed by its date; None where it was closed before that."""
        at = self.edition.call_closes_at
        return at if self.is_closed and at is not None and has_passed(at, self.now) else None

    @property
    def on_changes(self) -> str:
        """What becomes of changes to a submitted proposal, in a sentence."""
        if not self.takes_changes:
            return "Later changes count only if the chairs accept them."
        until = self.edition.call_takes_until
        end = display.in_zone(until, self.edition.deadline_zone) if self.is_closed and until else "the call closes"
        return f"Until {end} you can change the proposal and submit it again."

    @property
    def text(self) -> str:
        """What became of the call, in sentences for this sponsor."""
        zone = self.edition.deadline_zone
        if not self.is_closed:
            return ""
        closed = f"The call closed on {display.in_zone(at, zone)}" if (at := self.closed_at) else "The call is closed"
        if self.state == CallState.OVER or self.until is None:
            return f"{closed}."
        until = display.in_zone(self.until, zone)
        if self.state == CallState.GRACE:
            return f"{closed}; late submissions are taken until {until}."
        return f"{closed}. Your team may submit until {until} what was not submitted in time."


def may_write(edition: Edition, now: datetime) -> bool:
    """Whether the edition keeps what sponsors write, submitted or not: from the opening until decisions begin."""
    opened = edition.call_opens_at is None or edition.call_opens_at <= now
    return edition.phase == Phase.REVIEW or (edition.phase == Phase.CALL and opened)


def call_of(sponsor_id: int, edition: Edition, now: datetime) -> SponsorCall:
    """The call as this sponsor has it at this moment; asks for late links only once it is closed."""
    call = call_for_all(edition, now)
    late = late_until(sponsor_id) if call.is_closed and call.may_write else None
    if late is not None and not has_passed(late, now) and (call.until is None or late > call.until):
        return SponsorCall(edition, CallState.LATE, now, late)
    return call


def call_for_all(edition: Edition, now: datetime) -> SponsorCall:
    """The call as everybody has it, without late links."""
    state = call_state(edition, now)
    until = {CallState.OPEN: edition.call_closes_at, CallState.GRACE: edition.call_takes_until}.get(state)
    return SponsorCall(edition, state, now, until)


def call_state(edition: Edition, now: datetime) -> CallState:
    """Whether the call takes proposals from everybody, without late links."""
    if is_open(edition, now):
        return CallState.OPEN
    if is_in_grace(edition, now):
        return CallState.GRACE
    early = edition.phase == Phase.SETUP or (edition.call_opens_at is not None and now < edition.call_opens_at)
    return CallState.EARLY if early else CallState.OVER


@once_per_request
def late_until(sponsor_id: int) -> datetime | None:
    """Until when the sponsor's late links reach, be that past or ahead."""
    last: datetime | None = LateLink.objects.filter(sponsor=sponsor_id, revoked_at=None).aggregate(
        at=Max("expires_at")
    )["at"]
    return last


def know_late_links(sponsor_ids: Collection[int]) -> None:
    """Ask for the late links of several sponsors in one query, for the rest of the request."""
    rows = LateLink.objects.filter(sponsor__in=sponsor_ids, revoked_at=None).order_by().values("sponsor")
    last = dict(rows.annotate(at=Max("expires_at")).values_list("sponsor", "at"))
    for sponsor_id in sponsor_ids:
        know(late_until, last.get(sponsor_id), sponsor_id)


@dataclass(frozen=True)
class LateLinkRow:
    """A late link on the organisers' page; what became of it in a word."""

    link: LateLink
    is_valid: bool

    @property
    def word(self) -> str:
        return "valid" if self.is_valid else "taken back" if self.link.revoked_at else "expired"


def late_links_of(sponsor: Sponsor, now: datetime) -> list[LateLinkRow]:
    """All late links of a sponsor, the latest first."""
    rows = LateLink.objects.filter(sponsor=sponsor).select_related("granted_by")
    return [LateLinkRow(row, row.revoked_at is None and not has_passed(row.expires_at, now)) for row in rows]
