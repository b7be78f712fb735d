"""The reviewers of one proposal, as a chair may see them: who has it, whom they could swap with, who else could."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from expo.accounts.models import User
from expo.editions.models import Edition, Topic
from expo.kit import clock
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import behind_the_wall
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState

from ..models import Assignment, PairRule, QueueSettings
from ..states import LIVE, OPEN, PairKind
from .coverage import ReviewerRow, reviewer_rows, urgency
from .lookups import saw_no_more, settings_of
from .problem import Affinities, affinities, live_pairs
from .reviewer_queue import complete_drafts
from .roster import Barriers, Traffic, barriers, company_of, people, today

MOST = 6
#: Among more open assignments than this, only those that match worst today are looked at: they gain most.
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Candidate:
    """A reviewer for one proposal: `before` says how an earlier offer ended, `barrier` why they cannot be assigned.

    `rule`: what a chair has decided on the pair: pin, forbid or nothing.
    """

    row: ReviewerRow
    affinity: float
    before: str
    barrier: str
    rule: str
    is_in_conflict: bool
    sentences: Callable[[], list[str]] = field(compare=False, repr=False)

    @property
    def user(self) -> User:
        return self.row.person.user

    @property
    def why(self) -> list[str]:
        """The parts of the affinity as sentences, computed only when they are shown."""
        return self.sentences()


@dataclass(frozen=True)
class _View:
    """What decides about one proposal's candidates, as far as the viewer may see."""

    proposal: Proposal
    settings: QueueSettings
    affinities: Affinities
    topics: dict[int, str]
    excluded: Barriers
    rules: dict[int, str]
    traffic: Traffic
    company: int

    def barrier(self, row: ReviewerRow) -> str:
        """The first thing that would make `assign` refuse, as a sentence."""
        person = row.person
        if conflict := self.excluded.conflicts.get((self.proposal.pk, person.id)):
            return conflict
        if self.rules.get(person.id) == PairKind.FORBID:
            return "Forbidden by a cochair."
        if person.is_paused:
            return "Has paused: takes on nothing new."
        if self.settings.only_confirmed and not person.has_answered:
            return "Has yet to confirm the invitation."
        if row.load >= person.most:
            return f"Full load: {row.load} of {person.most}."
        closes = self.settings.forbids_cycles and self.traffic.closes(person.companies, self.company)
        return "Companies would review each other in a circle." if closes else ""

    def candidate(self, row: ReviewerRow) -> Candidate:
        person = row.person
        pair = (self.proposal.pk, person.id)
        ended = self.excluded.ended.get(pair, "")
        away = "Away today." if person.is_away(today(self.proposal.edition)) else ""
        return Candidate(
            row,
            affinity=self.affinities.value(*pair),
            before=" ".join(sentence for sentence in (ended, away) if sentence),
            barrier=self.barrier(row),
            rule=self.rules.get(person.id, ""),
            is_in_conflict=pair in self.excluded.conflicts,
            sentences=lambda: self.affinities.of(*pair).sentences(self.topics),
        )


def candidates(proposal: Proposal, viewer: User) -> list[Candidate]:
    """All reviewers of the edition who do not have the proposal, the free ones with the most affinity first."""
    return candidates_of(proposal.edition, [proposal], viewer)[proposal.pk]


def candidates_of(edition: Edition, proposals: Sequence[Proposal], viewer: User) -> dict[int, list[Candidate]]:
    """The same of each of an edition's proposals: as many queries as for one."""
    live = live_pairs(edition, viewer)
    rows = reviewer_rows(edition, viewer, waiting=True)
    persons = [row.person for row in rows]
    rules: dict[int, dict[int, str]] = defaultdict(dict)
    for proposal, reviewer, kind in PairRule.objects.filter(proposal__in=[each.pk for each in proposals]).values_list(
        "proposal_id", "reviewer_id", "kind"
    ):
        rules[proposal][reviewer] = kind
    company = company_of(edition, {pair[0] for pair in live} | {each.pk for each in proposals})
    settings, pair_affinities = settings_of(edition), affinities(edition, proposals, persons)
    topics = dict(Topic.objects.filter(edition=edition).values_list("id", "name"))
    excluded = barriers(edition, [person.user for person in persons], proposals)
    found = {}
    for each in proposals:
        has_it = {reviewer for proposal, reviewer in live if proposal == each.pk}
        traffic, works_for = Traffic(), {person.id: person.companies for person in persons if person.id not in has_it}
        for other, reviewer in live:
            if other in company:
                traffic.add(works_for.get(reviewer, ()), company[other])
        view = _View(each, settings, pair_affinities, topics, excluded, rules[each.pk], traffic, company[each.pk])
        found[each.pk] = sorted(
            (view.candidate(row) for row in rows if row.person.id not in has_it),
            key=lambda one: (bool(one.barrier), bool(one.before), -one.affinity, one.row.load),
        )
    return found


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
    def gain_text(self) -> str:
        return f"{self.gain:+.2f}"


def assignment_rows(proposal: Proposal, viewer: User) -> list[AssignmentRow]:
    """Everybody who reviews it, was asked or ended, the latest first."""
    rows = Assignment.objects.filter(proposal=proposal).select_related(
        "reviewer", "edition", "proposal", "run__edition"
    )
    hidden = behind_the_wall(viewer, proposal.edition)
    options, now = swaps(proposal, viewer), clock.now()
    complete = complete_drafts(proposal.edition, proposal=proposal)
    return [
        AssignmentRow(
            row,
            note=urgency(row, now, complete),
            # what somebody else would have cost was computed from everything that the run read
            instead=tuple(row.instead) if row.run and saw_no_more(row.run, viewer, hidden) else (),
            swaps=tuple(options.get(row.pk, ())),
        )
        for row in rows.defer("run__result", "run__reasons").order_by("-id")
    ]


def pair_rules(proposal: Proposal) -> list[PairRule]:
    """Pairs of the proposal that a chair pinned or forbade."""
    return list(PairRule.objects.filter(proposal=proposal).select_related("reviewer", "made_by").order_by("id"))


def swaps(proposal: Proposal, viewer: User) -> dict[int, list[SwapOption]]:
    """By open assignment of the proposal: others that it could be swapped with, as far as the viewer may see.

    Conflicts and earlier answers are left out here; the verb checks companies, roles and pauses as well.
    """
    visible = for_chairs(viewer, proposal.edition).filter(state=ProposalState.SUBMITTED)
    live = Assignment.objects.filter(proposal__in=visible, state__in=LIVE)
    rows = list(live.select_related("reviewer", "proposal").order_by("id"))
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
    proposals = {row.proposal_id: row.proposal for row in [*own, *others]}
    on_it: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        on_it[row.proposal_id].add(row.reviewer_id)
    pair_affinities = affinities(proposal.edition, proposals.values(), persons.values())
    excluded = barriers(proposal.edition, [person.user for person in persons.values()], proposals.values())
    value = pair_affinities.value
    by_own: dict[int, list[SwapOption]] = {}
    for one in own:
        if one.reviewer_id not in persons:
            continue
        options: list[SwapOption] = []
        for other in others:
            swapped = ((one.proposal_id, other.reviewer_id), (other.proposal_id, one.reviewer_id))
            if not any(pair[1] in on_it[pair[0]] or excluded.between(*pair) for pair in swapped):
                before = value(one.proposal_id, one.reviewer_id) + value(other.proposal_id, other.reviewer_id)
                options.append(SwapOption(other, value(*swapped[0]) + value(*swapped[1]) - before))
        by_own[one.pk] = sorted(options, key=lambda each: (-each.gain, each.assignment.pk))[:MOST]
    return by_own
