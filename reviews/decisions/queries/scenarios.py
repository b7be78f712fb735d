"""What-if: the scenarios that a chair keeps, and what each leads to, computed anew over what the viewer sees."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.text import counted, listed
from expo.proposals.models import Proposal
from reviews.rubrics.models import Criterion
from reviews.scoring import selection
from reviews.scoring.queries.pools import FormatPool, limits_of, pool_by_format
from reviews.scoring.queries.ranking import CalibratedScore, Ranking, ranking_of

from ..models import Decision, Scenario
from .decision_basis import NOTHING_ASKED, WhatIf, decisions_of, format_of, selection_problem

#: So many stand beside what holds now.
MOST_COMPARED = 3
NAMED = 6  # a sentence names so many proposals; the table has them all


def scenarios_of(edition: Edition, user: User) -> list[Scenario]:
    """Their own: nobody else reads them."""
    return list(Scenario.objects.filter(edition=edition, made_by=user).order_by("made_at", "pk"))


def scenario_by_id(user: Any, *, edition: str, scenario: int) -> Scenario:
    """One of the viewer's own in this edition; raises Scenario.DoesNotExist for all others."""
    if not user.is_authenticated:
        raise Scenario.DoesNotExist
    rows = Scenario.objects.select_related("edition", "made_by")
    return rows.get(edition__slug=edition, pk=scenario, made_by=user)


def asked_in(kept: Mapping[str, Any]) -> WhatIf:
    """The question from how it is kept."""
    return WhatIf(
        capacities=dict(kept.get("places", {})),
        cap=kept.get("cap"),
        bar=kept.get("bar"),
        pins=dict.fromkeys(kept.get("in", ()), True) | dict.fromkeys(kept.get("out", ()), False),
        weights={int(key): weight for key, weight in kept.get("weights", {}).items()},
    )


@dataclass(frozen=True)
class Position:
    """Where a proposal is in one column: `rank` by score in its pool; `moved` against now, in words, or empty."""

    column: str
    is_in: bool
    rank: int | None
    score: float | None
    pin: str = ""
    moved: str = ""
    why: str = ""

    @property
    def has_changed_sides(self) -> bool:
        return self.moved in (COMES_IN, DROPS_OUT)


COMES_IN, DROPS_OUT = "comes in", "drops out"


@dataclass(frozen=True)
class ComparedProposal:
    """One proposal across the columns; the first is what holds now."""

    proposal: Proposal
    pool: FormatPool
    positions: tuple[Position, ...]

    @property
    def has_moved(self) -> bool:
        return any(each.moved for each in self.positions)


class Taken(NamedTuple):
    """What one pool has accepted of what it takes, in its unit."""

    pool: FormatPool
    used: int
    capacity: int | None


@dataclass(frozen=True)
class Column:
    """One what-if beside the others: what it asks, in words, and what comes of it.

    `contradictions`: pins that ask for more than there is. `moves`: what changes against now, in sentences.
    """

    name: str
    scenario: Scenario | None
    asks: tuple[str, ...]
    contradictions: tuple[str, ...]
    taken: tuple[Taken, ...]
    total: float
    moves: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What holds now and up to three what-ifs, side by side."""

    columns: tuple[Column, ...]
    rows: tuple[ComparedProposal, ...]
    pools: tuple[FormatPool, ...]


@dataclass(frozen=True)
class _Seen:
    """What the viewer sees of the edition, read once for all columns."""

    ranking: Ranking
    decisions: Mapping[int, Decision]
    limits: Mapping[tuple[int, int], int]

    def pool_of(self, score: CalibratedScore) -> FormatPool:
        format = format_of(score.proposal, self.decisions.get(score.proposal.pk))
        return pool_by_format(self.ranking.pools)[format.pk]


def comparison_of(edition: Edition, viewer: User, scenarios: Sequence[Scenario]) -> Comparison:
    """A constant number of queries. What is hidden from the viewer is in no column, pinned or not."""
    ranking = ranking_of(edition, viewer)
    seen = _Seen(ranking, decisions_of(ranking.scores), limits_of(edition, [each.proposal for each in ranking.scores]))
    now = _Outcome(seen, "Now", NOTHING_ASKED)
    outcomes = [now, *(_Outcome(seen, each.name, asked_in(each.asked)) for each in scenarios)]
    columns = tuple(
        outcome.column(scenario, now) for outcome, scenario in zip(outcomes, (None, *scenarios), strict=True)
    )
    rows = tuple(
        ComparedProposal(score.proposal, seen.pool_of(score), tuple(each.position(score, now) for each in outcomes))
        for score in ranking.scores
    )
    return Comparison(columns, rows, ranking.pools)


class _Outcome:
    """The selection under one what-if."""

    def __init__(self, seen: _Seen, name: str, asked: WhatIf) -> None:
        self.seen, self.name, self.asked = seen, name, asked
        self.problem = selection_problem(seen.ranking, seen.decisions, seen.limits, asked)
        self.solution = selection.solve(self.problem)
        self.items = {item.code: item for item in self.problem.items}
        self.ranks: dict[str, int] = {}
        number: Counter[str] = Counter()
        for item in sorted(self.problem.items, key=lambda item: (-(item.value or 0.0), item.code)):
            if item.value is not None:
                number[item.pool] += 1
                self.ranks[item.code] = number[item.pool]

    def is_in(self, code: str) -> bool:
        return self.solution.suggestions[code].chosen

    def moved(self, code: str, now: "_Outcome") -> str:
        if self.is_in(code) != now.is_in(code):
            return COMES_IN if self.is_in(code) else DROPS_OUT
        before, after = now.ranks.get(code), self.ranks.get(code)
        return "" if before == after or after is None else f"rank {before} to {after}"

    def position(self, score: CalibratedScore, now: "_Outcome") -> Position:
        code = score.proposal.code
        return Position(
            column=self.name,
            is_in=self.is_in(code),
            rank=self.ranks.get(code),
            score=self.items[code].value,
            pin={True: "pinned in", False: "pinned out", None: ""}[self.asked.pins.get(code)],
            moved=self.moved(code, now),
            why=self.solution.suggestions[code].why,
        )

    def column(self, scenario: Scenario | None, now: "_Outcome") -> Column:
        inside = [item for item in self.problem.items if self.is_in(item.code)]
        pools = self.seen.ranking.pools
        return Column(
            name=self.name,
            scenario=scenario,
            asks=tuple(words_of(self.seen.ranking, self.asked)),
            contradictions=tuple(self._contradictions()),
            taken=tuple(
                Taken(
                    pool,
                    sum(item.size for item in inside if item.pool == pool.key),
                    self.asked.capacities.get(pool.key, pool.capacity),
                )
                for pool in pools
            ),
            total=sum(item.value or 0.0 for item in inside),
            moves=tuple(self._moves(now)) if scenario else (),
        )

    def _moves(self, now: "_Outcome") -> Iterable[str]:
        moved = {score.proposal: self.moved(score.proposal.code, now) for score in self.seen.ranking.scores}
        for what, verbs in ((COMES_IN, ("comes in", "come in")), (DROPS_OUT, ("drops out", "drop out"))):
            titles = [proposal.title for proposal, move in moved.items() if move == what]
            if titles:
                named = listed((f"“{title}”" for title in titles), most=NAMED)
                yield f"{len(titles)} {verbs[len(titles) > 1]}: {named}."
        ranks = sum(move not in ("", COMES_IN, DROPS_OUT) for move in moved.values())
        if ranks:
            yield f"{counted(ranks, 'other')} {'changes' if ranks == 1 else 'change'} rank."
        if not any(moved.values()):
            yield "Nothing moves."

    def _contradictions(self) -> Iterable[str]:
        """Pins that ask for more than there is; decisions alone are no contradiction of the what-if's."""
        held = [item for item in self.problem.items if item.fixed]
        pins = [item for item in held if item.is_pinned]
        for pool in self.seen.ranking.pools:
            mine = [item for item in pins if item.pool == pool.key]
            needed = sum(item.size for item in held if item.pool == pool.key)
            capacity = self.problem.capacities[pool.key]
            if mine and needed > capacity:
                yield (
                    f"The pins and what is accepted already take {needed} {pool.unit} of {pool.name}; there are "
                    f"{capacity}. Take out a pin, or give the pool a larger capacity."
                )
        sponsors = {each.proposal.sponsor_id: each.proposal.sponsor for each in self.seen.ranking.scores}
        formats = {format.pk: format for pool in self.seen.ranking.pools for format in pool.formats}
        counts = Counter((item.sponsor, item.format) for item in held)
        for key in sorted({(item.sponsor, item.format) for item in pins}):
            if counts[key] > (most := self.problem.limits.get(key, 0)):
                yield (
                    f"The pins and what is accepted already make {counted(counts[key], formats[key[1]].name.lower())} "
                    f"of {sponsors[key[0]]}, whose tier may have {most} accepted. Take out a pin."
                )
        cap, in_pool = self.problem.cap, Counter((item.sponsor, item.pool) for item in held)
        for sponsor, pool_key in sorted({(item.sponsor, item.pool) for item in pins}):
            if cap is not None and in_pool[sponsor, pool_key] > cap:
                yield (
                    f"The pins and what is accepted already are {in_pool[sponsor, pool_key]} of {sponsors[sponsor]}; "
                    f"the cap is {cap}. Take out a pin, or raise the cap."
                )


def criterion_name(ranking: Ranking, criterion: Criterion) -> str:
    """With its format, where that has a rubric of its own."""
    formats = {format.pk: format.name for pool in ranking.pools for format in pool.formats}
    own = criterion.rubric.format_id
    return f"{criterion.name} ({formats[own]})" if own in formats else criterion.name


def words_of(ranking: Ranking, asked: WhatIf) -> Iterable[str]:
    """What a what-if asks, in words; of pins those that the viewer sees."""
    for pool in ranking.pools:
        if pool.key in asked.capacities:
            yield f"{pool.name}: {asked.capacities[pool.key]} {pool.unit}"
    if asked.cap is not None:
        yield f"at most {asked.cap} per sponsor"
    if asked.bar is not None:
        yield f"no score below {asked.bar:g}"
    for criterion in ranking.rubrics.all_criteria:
        if criterion.pk in asked.weights:
            weighs = f"weighs {asked.weights[criterion.pk]} instead of {criterion.weight}"
            yield f"{criterion_name(ranking, criterion)} {weighs}"
    for side, words in ((True, "in"), (False, "out")):
        codes = [each.proposal.code for each in ranking.scores if asked.pins.get(each.proposal.code) is side]
        if codes:
            yield f"{words}: {listed(sorted(codes))}"
