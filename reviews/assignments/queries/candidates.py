"""The reviewers of one proposal, as a chair may see them: who has it, whom they could swap with, who else could."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from expo.accounts.models import User
from expo.editions.models import Topic
from expo.kit import clock
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import behind_the_wall
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState

from ..affinity import Affinity
from ..matching.problem import Pair
from ..models import Assignment, PairRule, QueueSettings
from ..states import LIVE, OPEN, PairKind
from .coverage import ReviewerRow, pressing, reviewer_rows
from .lookups import saw_no_more, settings_of
from .problem import Affinities, affinities, live_pairs
from .reviewer_queue import complete_drafts
from .roster import Barriers, Person, Traffic, barriers, company_of, people, today

MOST = 6
#: Among more open assignments than this, only those that match worst today are looked at: they gain most.
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Candidate:
    """A reviewer as seen from one proposal; `before` says how an earlier offer ended, `barrier` why it cannot be.

    `rule` is a chair's word on the pair: pin, forbid or nothing.
    """

    row: ReviewerRow
    affinity: float
    before: str
    barrier: str
    rule: str
    is_in_conflict: bool
    words: Callable[[], list[str]] = field(compare=False, repr=False)

    @property
    def user(self) -> User:
        return self.row.person.user

    @property
    def why(self) -> list[str]:
        """The parts of the affinity; looked up when somebody asks for words."""
        return self.words()


@dataclass(frozen=True)
class _View:
    """What stands around one proposal, as far as the viewer may see."""

    proposal: Proposal
    settings: QueueSettings
    ability: Affinities
    topics: dict[int, str]
    found: Barriers
    rules: dict[int, str]
    traffic: Traffic
    company: int

    def of(self, person: Person) -> Affinity:
        return self.ability.of(self.proposal.pk, person.id)

    def barrier(self, row: ReviewerRow) -> str:
        """The first thing that would make `assign` refuse, as a sentence."""
        person = row.person
        if found := self.found.conflicts.get((self.proposal.pk, person.id)):
            return found
        if self.rules.get(person.id) == PairKind.FORBID:
            return "Forbidden by a cochair."
        return _no_room(row, self.settings) or self._circle(person)

    def _circle(self, person: Person) -> str:
        closes = self.settings.forbids_cycles and self.traffic.closes(person.companies, self.company)
        return "Companies would review each other in a circle." if closes else ""


def candidates(proposal: Proposal, viewer: User) -> list[Candidate]:
    """Everybody who reviews in the edition and is not on it, the free ones with the most affinity first."""
    live = live_pairs(proposal.edition, viewer)
    rows = [
        row for row in reviewer_rows(proposal.edition, viewer, waiting=True) if (proposal.pk, row.person.id) not in live
    ]
    view = _view(proposal, rows, live)
    made = [_candidate(row, view) for row in rows]
    return sorted(made, key=lambda each: (bool(each.barrier), bool(each.before), -each.affinity, each.row.load))


def _view(proposal: Proposal, rows: list[ReviewerRow], live: Iterable[Pair]) -> _View:
    edition, persons = proposal.edition, [row.person for row in rows]
    rules = PairRule.objects.filter(proposal=proposal).values_list("reviewer_id", "kind")
    company = company_of(edition, {pair[0] for pair in live} | {proposal.pk})
    return _View(
        proposal,
        settings_of(edition),
        affinities(edition, [proposal], persons),
        dict(Topic.objects.filter(edition=edition).values_list("id", "name")),
        barriers(edition, [person.user for person in persons], [proposal]),
        dict(rules),
        _traffic(persons, company, live),
        company[proposal.pk],
    )


def _traffic(persons: Iterable[Person], company: dict[int, int], live: Iterable[Pair]) -> Traffic:
    """Which company reviews which, by everybody who is not on the proposal."""
    traffic, works_for = Traffic(), {person.id: person.companies for person in persons}
    for other, reviewer in live:
        if other in company:
            traffic.add(works_for.get(reviewer, ()), company[other])
    return traffic


def _candidate(row: ReviewerRow, view: _View) -> Candidate:
    person = row.person
    ended = view.found.ended.get((view.proposal.pk, person.id), "")
    away = "Away today." if person.is_away(today(view.proposal.edition)) else ""
    return Candidate(
        row,
        view.ability.value(view.proposal.pk, person.id),
        " ".join(word for word in (ended, away) if word),
        view.barrier(row),
        view.rules.get(person.id, ""),
        (view.proposal.pk, person.id) in view.found.conflicts,
        lambda: view.of(person).sentences(view.topics),
    )


def _no_room(row: ReviewerRow, settings: QueueSettings) -> str:
    if row.person.is_paused:
        return "Has paused: takes on nothing new."
    if settings.only_confirmed and not row.person.has_answered:
        return "Has yet to confirm the invitation."
    return f"Full load: {row.load} of {row.person.most}." if row.load >= row.person.most else ""


@dataclass(frozen=True)
class AssignmentRow:
    """An assignment of the proposal, whatever its state; `instead` only where the whole of its run may be seen."""

    assignment: Assignment
    note: str
    instead: tuple[str, ...]
    swaps: "tuple[SwapOption, ...]"

    @property
    def id(self) -> int:
        return self.assignment.pk

    @property
    def is_live(self) -> bool:
        return self.assignment.state in LIVE


@dataclass(frozen=True)
class SwapOption:
    """Another open assignment, and what both pairs together would gain in affinity."""

    assignment: Assignment
    gain: float

    @property
    def told(self) -> str:
        return f"{self.gain:+.2f}"


def assignment_rows(proposal: Proposal, viewer: User) -> list[AssignmentRow]:
    """Everybody who reviews it, was asked or ended, the latest first."""
    rows = Assignment.objects.filter(proposal=proposal).select_related(
        "reviewer", "edition", "proposal", "run__edition"
    )
    hidden = behind_the_wall(viewer, proposal.edition)
    found, now = swaps(proposal, viewer), clock.now()
    complete = complete_drafts(proposal.edition, proposal=proposal)
    return [
        AssignmentRow(row, pressing(row, now, complete), _instead(row, viewer, hidden), tuple(found.get(row.pk, ())))
        for row in rows.defer("run__result", "run__reasons").order_by("-id")
    ]


def pair_rules(proposal: Proposal) -> list[PairRule]:
    """Pairs of the proposal that a chair pinned or forbade."""
    return list(PairRule.objects.filter(proposal=proposal).select_related("reviewer", "made_by").order_by("id"))


def _instead(row: Assignment, viewer: User, hidden: frozenset[int]) -> tuple[str, ...]:
    """What somebody else would have cost was reckoned with everything that its run read."""
    return tuple(row.instead) if row.run and saw_no_more(row.run, viewer, hidden) else ()


def swaps(proposal: Proposal, viewer: User) -> dict[int, list[SwapOption]]:
    """By open assignment of the proposal: others that it could be swapped with, as far as the viewer may see.

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
) -> dict[int, list[SwapOption]]:
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
            (SwapOption(other, gain(one, other)) for other in others if fits(one, other)),
            key=lambda each: (-each.gain, each.assignment.pk),
        )[:MOST]
        for one in own
        if one.reviewer_id in persons
    }
