"""One proposal's reviewers, as a chair may see them: what presses, who else, and with whom each could change places."""

from collections import defaultdict
from dataclasses import dataclass

from expo.accounts.models import User
from expo.kit import clock
from expo.proposals.models import Proposal
from expo.proposals.queries import behind_the_wall, for_chairs
from expo.proposals.states import ProposalState

from ..models import Assignment, PairRule
from ..states import LIVE, OPEN
from .affinities import affinities
from .board import pressing
from .lookups import saw_no_more
from .people import Person, barriers, people
from .queue import complete_drafts

MOST = 6
#: Among more open assignments than this, only those that match worst today are looked at: they gain most.
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Place:
    """An assignment of the proposal, whatever its state; `instead` only where the whole of its run may be seen."""

    assignment: Assignment
    note: str
    instead: tuple[str, ...]
    swaps: "tuple[Swap, ...]"

    @property
    def id(self) -> int:
        return self.assignment.pk

    @property
    def is_live(self) -> bool:
        return self.assignment.state in LIVE


@dataclass(frozen=True)
class Swap:
    """Another open assignment, and what both pairs together would gain in affinity."""

    assignment: Assignment
    gain: float

    @property
    def told(self) -> str:
        return f"{self.gain:+.2f}"


def places(proposal: Proposal, viewer: User) -> list[Place]:
    """Everybody who reviews it, was asked or ended, the latest first."""
    rows = Assignment.objects.filter(proposal=proposal).select_related(
        "reviewer", "edition", "proposal", "run__edition"
    )
    hidden = behind_the_wall(viewer, proposal.edition)
    found, now = swaps(proposal, viewer), clock.now()
    complete = complete_drafts(proposal.edition, proposal=proposal)
    return [
        Place(row, pressing(row, now, complete), _instead(row, viewer, hidden), tuple(found.get(row.pk, ())))
        for row in rows.defer("run__result", "run__reasons").order_by("-id")
    ]


def pair_rules(proposal: Proposal) -> list[PairRule]:
    """Pairs of the proposal that a chair pinned or forbade."""
    return list(PairRule.objects.filter(proposal=proposal).select_related("reviewer", "made_by").order_by("id"))


def _instead(row: Assignment, viewer: User, hidden: frozenset[int]) -> tuple[str, ...]:
    """What somebody else would have cost was reckoned with everything that its run read."""
    return tuple(row.instead) if row.run and saw_no_more(row.run, viewer, hidden) else ()


def swaps(proposal: Proposal, viewer: User) -> dict[int, list[Swap]]:
    """By open assignment of the proposal: others that it could change places with, as far as the viewer may see.

    Conflicts and earlier answers are left out here; the verb checks companies, roles and pauses as well.
    """
    rows = _live(proposal, viewer)
    own = [row for row in rows if row.proposal_id == proposal.pk and row.state in OPEN]
    persons = {person.id: person for person in people(proposal.edition, waiting=True)}
    others = [
        row
        for row in rows
        if row.proposal_id != proposal.pk and row.state in OPEN and row.reviewer_id in persons and own
    ]
    if not others:
        return {}
    others = sorted(others, key=lambda row: (row.affinity, row.pk))[:MOST_LOOKED_AT]
    return _best(proposal, own, others, rows, persons)


def _live(proposal: Proposal, viewer: User) -> list[Assignment]:
    seen = for_chairs(viewer, proposal.edition).filter(state=ProposalState.SUBMITTED)
    rows = Assignment.objects.filter(proposal__in=seen, state__in=LIVE)
    return list(rows.select_related("reviewer", "proposal").order_by("id"))


def _best(
    proposal: Proposal,
    own: list[Assignment],
    others: list[Assignment],
    rows: list[Assignment],
    persons: dict[int, Person],
) -> dict[int, list[Swap]]:
    proposals = {row.proposal_id: row.proposal for row in [*own, *others]}
    seats: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        seats[row.proposal_id].add(row.reviewer_id)
    ability = affinities(proposal.edition, proposals.values(), persons.values())
    found = barriers(proposal.edition, [person.user for person in persons.values()], proposals.values())

    def fits(one: Assignment, other: Assignment) -> bool:
        crossed = ((one.proposal_id, other.reviewer_id), (other.proposal_id, one.reviewer_id))
        return not any(pair[1] in seats[pair[0]] or found.between(*pair) for pair in crossed)

    def gain(one: Assignment, other: Assignment) -> float:
        after = ability.value(one.proposal_id, other.reviewer_id) + ability.value(other.proposal_id, one.reviewer_id)
        before = ability.value(one.proposal_id, one.reviewer_id) + ability.value(other.proposal_id, other.reviewer_id)
        return after - before

    return {
        one.pk: sorted(
            (Swap(other, gain(one, other)) for other in others if fits(one, other)),
            key=lambda each: (-each.gain, each.assignment.pk),
        )[:MOST]
        for one in own
        if one.reviewer_id in persons
    }
