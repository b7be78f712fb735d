"""Places that became free after the release, what was not confirmed in time, and who is next on the waiting list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.kit import clock
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState
from expo.sponsors.models import Entitlement
from reviews.scoring.queries.pools import FormatPool, pool_by_format, pools
from reviews.scoring.queries.ranking import ranking_of

from ..models import Decision
from ..states import DECIDING, Verdict
from .decision_basis import format_of
from .waitlist import place_of

#: How an accepted proposal left the program.
ENDINGS = ("proposals.withdrawn", "proposals.declined", "proposals.lapsed")


@dataclass(frozen=True)
class Vacated:
    """A proposal that was accepted and is not any more, with who ended that, and the reason given."""

    proposal: Proposal
    by: str
    reason: str

    @property
    def how(self) -> str:
        """In a sentence after its title."""
        return {"declined": "declined", "lapsed": "not confirmed in time"}.get(self.proposal.withdrawn_as, "withdrawn")

    @property
    def how_and_who(self) -> str:
        return f"{self.how}, by {self.by}" if self.by and self.proposal.withdrawn_as != "lapsed" else self.how


@dataclass(frozen=True)
class OnWaitingList:
    """A proposal on the waiting list that its tier and the free capacity allow. `merit`: its score now.

    `position`: where chairs have put it; None: where its score puts it.
    """

    proposal: Proposal
    version: int
    position: int | None = None
    merit: float | None = None


@dataclass(frozen=True)
class FreePlaces:
    """Free capacity of a pool since something accepted left it; `candidates` in the order of the waiting list."""

    pool: FormatPool
    free: int
    vacated: tuple[Vacated, ...]
    candidates: tuple[OnWaitingList, ...]

    @property
    def next(self) -> OnWaitingList | None:
        return self.candidates[0] if self.candidates else None

    @property
    def others(self) -> tuple[OnWaitingList, ...]:
        return self.candidates[1:]


@dataclass(frozen=True)
class Places:
    """What a chair can do about places. `is_hidden`: a conflict hides something, so another chair sees who is next."""

    unconfirmed: tuple[Proposal, ...] = ()
    pools: tuple[FreePlaces, ...] = ()
    is_hidden: bool = False

    def of(self, proposal: Proposal) -> FreePlaces | None:
        """The free places for which it is a candidate."""
        found = (each for each in self.pools if any(row.proposal.pk == proposal.pk for row in each.candidates))
        return next(found, None)


def places_of(edition: Edition, viewer: User) -> Places:
    """In the order of the waiting list: as chairs have set it, else by score as it is now."""
    places = unordered_places(edition, viewer)
    if not any(each.candidates for each in places.pools):
        return places
    merits = {each.proposal.pk: each.merit for each in ranking_of(edition, viewer).scores}

    def in_order(candidates: Iterable[OnWaitingList]) -> tuple[OnWaitingList, ...]:
        rows = (replace(each, merit=merits.get(each.proposal.pk)) for each in candidates)
        return tuple(sorted(rows, key=lambda each: place_of(each.position, each.merit, each.proposal.code)))

    found = (FreePlaces(each.pool, each.free, each.vacated, in_order(each.candidates)) for each in places.pools)
    return Places(places.unconfirmed, tuple(found), places.is_hidden)


def unordered_places(edition: Edition, viewer: User) -> Places:
    """The same without scores: cheap enough for every page. Over what the viewer sees; a constant number of queries."""
    if edition.phase not in DECIDING:
        return Places()
    visible = for_chairs(viewer, edition)
    concerned = Q(state__in=[*PLACEABLE, ProposalState.WAITLISTED]) | Q(decision__verdict=Verdict.ACCEPT)
    concerned |= Q(state=ProposalState.WITHDRAWN, withdrawn_from__in=PLACEABLE)
    rows = list(
        visible.filter(concerned)
        .select_related("sponsor__tier", "format", "accepted_instead_of", "decision__format")
        .order_by("code")
    )
    left = [row for row in rows if row.state == ProposalState.WITHDRAWN and row.withdrawn_from in PLACEABLE]
    now = clock.now()
    unconfirmed = [
        row for row in rows if row.state == ProposalState.ACCEPTED and edition.is_confirming_over(now, row.verdict_at)
    ]
    is_hidden = wall(viewer, edition).hides_some
    staying = [row for row in rows if row.state != ProposalState.WITHDRAWN]
    found = _free(edition, staying, _with_reasons(left), is_hidden=is_hidden) if left else ()
    return Places(tuple(unconfirmed), tuple(found), is_hidden)


def _free(
    edition: Edition, staying: Sequence[Proposal], left: Sequence[Vacated], *, is_hidden: bool
) -> Iterable[FreePlaces]:
    all_pools = pools(edition)
    pool_of = pool_by_format(all_pools)
    accepted = [(row, format_of(row, _decision(row))) for row in staying if _is_accepted(row)]
    limits = {
        (tier, format): most
        for tier, format, most in Entitlement.objects.filter(tier__edition=edition).values_list(
            "tier_id", "format_id", "may_be_accepted"
        )
    }

    def may_have(row: Proposal) -> bool:
        has = sum(each.sponsor_id == row.sponsor_id and format.pk == row.format_id for each, format in accepted)
        return has < limits.get((row.sponsor.tier_id, row.format_id), 0)

    for pool in all_pools:
        if pool.capacity is None:  # nothing is claimed about a program nobody has sketched
            continue
        inside = [(row, format) for row, format in accepted if pool_of[format.pk].key == pool.key]
        free = pool.capacity - sum(pool.size(format) for _, format in inside)
        mine = [each for each in left if pool_of[each.proposal.format_id].key == pool.key]
        vacated = _not_taken(mine, [row for row, _ in inside])
        if free <= 0 or not vacated:
            continue
        waiting = [
            OnWaitingList(row, _version(row), _position(row))
            for row in staying
            if _waits(row) and pool_of[row.format_id].key == pool.key
            if pool.size(row.format) <= free and may_have(row)
        ]
        yield FreePlaces(pool, free, tuple(vacated), () if is_hidden else tuple(waiting))


def _not_taken(left: Sequence[Vacated], accepted: Sequence[Proposal]) -> list[Vacated]:
    """Whose place nobody has taken: each acceptance after somebody left takes the place that was free longest."""
    free = sorted(left, key=lambda each: (_left_at(each), each.proposal.code))
    decided = (decision.decided_at for row in accepted if (decision := _decision(row)) is not None)
    for at in sorted(decided):
        taken = next((each for each in free if _left_at(each) < at), None)
        if taken is not None:
            free.remove(taken)
    return free


def _left_at(each: Vacated) -> datetime:
    at = each.proposal.withdrawn_at
    return at if at is not None else each.proposal.changed_at


def _decision(row: Proposal) -> Decision | None:
    return getattr(row, "decision", None)


def _version(row: Proposal) -> int:
    decision = _decision(row)
    return decision.version if decision is not None else 0


def _position(row: Proposal) -> int | None:
    decision = _decision(row)
    return decision.waitlist_position if decision is not None else None


def _is_accepted(row: Proposal) -> bool:
    decision = _decision(row)
    return row.state in PLACEABLE or (decision is not None and decision.verdict == Verdict.ACCEPT)


def _waits(row: Proposal) -> bool:
    """On the waiting list, and no chair has begun to decide otherwise."""
    decision = _decision(row)
    return row.state == ProposalState.WAITLISTED and (decision is None or decision.verdict == Verdict.WAITLIST)


def _with_reasons(left: Sequence[Proposal]) -> list[Vacated]:
    entries = Entry.objects.filter(fact__in=ENDINGS, proposal_id__in=[row.pk for row in left]).select_related("actor")
    last = {entry.proposal_id: entry for entry in entries.order_by("id")}
    return [
        Vacated(row, str(entry.actor or "Expo"), str(entry.data.get("reason", "")))
        if (entry := last.get(row.pk)) is not None
        else Vacated(row, "", "")
        for row in left
    ]
