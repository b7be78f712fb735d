"""Which proposals to accept: the set of largest total value that fits the pools and keeps every limit. Pure, exact.

Limits nest: a sponsor's entitlement for a format lies inside its cap in a pool, and that inside the pool. All
proposals of a format are equally long, so within a sponsor and format only the best few can matter; what remains is a
knapsack with one group per sponsor (Kellerer, Pferschy, Pisinger, "Knapsack Problems", 2004, ch. 11), solved by dynamic
programming over the pool's units (places, or minutes on their common divisor). Equal totals go to the first codes.

The same tables, run from both ends, answer for each proposal left out: at what value would it have been in?
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import product
from math import gcd

SCALE = 1_000_000
Totals = list[int]  # best total by units used at most
Table = dict[int, tuple[int, tuple[str, ...]]]  # units used exactly → best total, and the codes that reach it


@dataclass(frozen=True)
class Item:
    """A proposal with a value (points; None: no review yet). `fixed` True: already accepted; False: already out."""

    code: str
    sponsor: int
    format: int
    pool: str
    size: int
    value: float | None
    fixed: bool | None = None


@dataclass(frozen=True)
class Problem:
    """`capacities` per pool, in units; most accepted: `limits` per sponsor and format, `cap` per sponsor in a pool.

    Nothing below the `bar` is chosen. None: no cap, no bar.
    """

    items: tuple[Item, ...]
    capacities: Mapping[str, int]
    limits: Mapping[tuple[int, int], int]
    cap: int | None = None
    bar: float | None = None


class Cause(StrEnum):
    """Why a proposal is in or out."""

    CHOSEN = "chosen"
    OUTRANKED = "outranked"  # every proposal that is in has a higher value
    FULL = "full"  # the capacity is used, in part by proposals that are worth no more
    LIMIT = "limit"  # its sponsor's entitlement for the format
    CAP = "cap"  # a chair's cap per sponsor and pool
    TOO_LONG = "too-long"  # larger than the whole capacity of its pool
    BAR = "bar"
    UNREVIEWED = "unreviewed"
    DECIDED = "decided"


@dataclass(frozen=True)
class Suggestion:
    """In or out, with the value from which it is in (others unchanged; None: no value would do) and why.

    `cause` is the structured reason, `why` its sentence; `is_held_by_limit`: with one more entitlement it would be in.
    """

    chosen: bool
    needs: float | None
    why: str
    cause: Cause
    is_held_by_limit: bool = False


@dataclass(frozen=True)
class Solution:
    """`lines`: the least value accepted per pool, where its capacity left somebody out."""

    suggestions: dict[str, Suggestion]
    lines: dict[str, float]
    total: float

    @property
    def chosen(self) -> set[str]:
        return {code for code, suggestion in self.suggestions.items() if suggestion.chosen}


def solve(problem: Problem) -> Solution:
    """The best set, pool by pool: pools share no limit, so each is solved on its own."""
    suggestions: dict[str, Suggestion] = {}
    lines: dict[str, float] = {}
    total = 0.0
    for solved in _solved(problem):
        suggestions.update(solved.suggestions())
        total += sum(solved.values)
        if solved.line is not None:
            lines[solved.pool] = solved.line
    return Solution(suggestions, lines, total)


def lines_of(problem: Problem) -> dict[str, float]:
    """Only the `lines` of the solution: the last one in, by pool."""
    return {solved.pool: solved.line for solved in _solved(problem) if solved.line is not None}


def _solved(problem: Problem) -> Iterable["_Pool"]:
    return (_Pool(problem, pool) for pool in sorted({item.pool for item in problem.items}))


class _Pool:
    """One pool's knapsack: a table per sponsor, and the tables of everybody before and after it."""

    def __init__(self, problem: Problem, pool: str) -> None:
        self.problem, self.pool = problem, pool
        self.all = sorted((item for item in problem.items if item.pool == pool), key=lambda item: item.code)
        self.free = [
            item for item in self.all if item.fixed is None and item.value is not None and self.clears_bar(item)
        ]
        self.unit = reduce(gcd, (item.size for item in self.all), 0) or 1
        taken = [item for item in self.all if item.fixed]
        self.capacity = max(0, problem.capacities.get(pool, 0) - sum(item.size for item in taken)) // self.unit
        self.held = Counter((item.sponsor, item.format) for item in taken)
        self.held_by_sponsor = Counter(item.sponsor for item in taken)
        # Whole numbers; of two equal values the earlier code weighs a trifle more, too little to beat another.
        n = len(self.free)
        self.weights = {
            item.code: round((item.value or 0.0) * SCALE) * (n * n + 1) + n - index
            for index, item in enumerate(self.free)
        }
        self.groups: dict[int, dict[int, list[Item]]] = defaultdict(lambda: defaultdict(list))
        for item in sorted(self.free, key=lambda item: -self.weights[item.code]):
            self.groups[item.sponsor][item.format].append(item)
        self.sponsors = sorted(self.groups)
        self.tables = [self._table(sponsor) for sponsor in self.sponsors]
        self.before, self.after = self._run(self.tables), self._run(self.tables[::-1])[::-1]
        self.best = self.before[-1][self.capacity]
        self.picked = self._trace()

    @property
    def values(self) -> list[float]:
        return [item.value or 0.0 for item in self.free if item.code in self.picked]

    @property
    def line(self) -> float | None:
        """The least value that is in; None where all fit whom limits and cap allow, so that nothing separates them."""
        wanted = sum(max((total, units) for units, (total, _) in table.items())[1] for table in self.tables)
        return min(self.values, default=None) if wanted > self.capacity else None

    def clears_bar(self, item: Item) -> bool:
        return self.problem.bar is None or (item.value or 0.0) >= self.problem.bar

    def limit(self, sponsor: int, format_: int) -> int:
        """How many more of a format a sponsor may have."""
        return max(0, self.problem.limits.get((sponsor, format_), 0) - self.held[(sponsor, format_)])

    def cap(self, sponsor: int) -> int:
        """How many more a sponsor may have in this pool."""
        cap = self.problem.cap
        return len(self.all) if cap is None else max(0, cap - self.held_by_sponsor[sponsor])

    def _table(self, sponsor: int, wider: int | None = None) -> Table:
        """Units used → a sponsor's best total and choice; the format `wider` may have one more than its limit."""
        formats = self.groups[sponsor]
        limits = [min(len(items), self.limit(sponsor, each) + (each == wider)) for each, items in formats.items()]
        table: Table = {}
        for counts in product(*(range(limit + 1) for limit in limits)):
            if sum(counts) > self.cap(sponsor):
                continue
            chosen = [item for items, count in zip(formats.values(), counts, strict=True) for item in items[:count]]
            units = sum(item.size for item in chosen) // self.unit
            total = sum(self.weights[item.code] for item in chosen)
            if units not in table or total > table[units][0]:
                table[units] = (total, tuple(item.code for item in chosen))
        return table

    def _run(self, tables: list[Table]) -> list[Totals]:
        rows = [[0] * (self.capacity + 1)]
        for table in tables:
            rows.append(
                [
                    max(rows[-1][units - used] + total for used, (total, _) in table.items() if used <= units)
                    for units in range(self.capacity + 1)
                ]
            )
        return rows

    def _trace(self) -> set[str]:
        picked: set[str] = set()
        units = self.capacity
        for index in range(len(self.tables) - 1, -1, -1):
            used, codes = next(
                (used, codes)
                for used, (total, codes) in sorted(self.tables[index].items())
                if used <= units and self.before[index][units - used] + total == self.before[index + 1][units]
            )
            picked.update(codes)
            units -= used
        return picked

    def others(self, sponsor: int) -> Totals:
        """Best total of all other sponsors, by units."""
        index = self.sponsors.index(sponsor)
        first, second = self.before[index], self.after[index + 1]
        return [
            max(first[part] + second[units - part] for part in range(units + 1)) for units in range(self.capacity + 1)
        ]

    def suggestions(self) -> dict[str, Suggestion]:
        suggestions = {}
        for item in self.all:
            if item.fixed is not None:
                why = "Decided: it is in." if item.fixed else "Decided: it is out."
                suggestions[item.code] = Suggestion(item.fixed, None, why, Cause.DECIDED)
            elif item.value is None:
                why = "No suggestion: no review is in yet."
                suggestions[item.code] = Suggestion(False, None, why, Cause.UNREVIEWED)
            elif item not in self.free:
                why = f"Out: {item.value:.2f} is below the minimum of {self.problem.bar:.2f}."
                suggestions[item.code] = Suggestion(False, self.problem.bar, why, Cause.BAR)
        for sponsor in self.sponsors:
            others = self.others(sponsor)
            for item in (item for items in self.groups[sponsor].values() for item in items):
                suggestions[item.code] = (
                    Suggestion(True, None, f"In with {item.value:.2f}: among the best that fit.", Cause.CHOSEN)
                    if item.code in self.picked
                    else self._outside(item, others)
                )
        return suggestions

    def needs(self, item: Item, others: Totals) -> float | None:
        """The value from which it is in: the optimum without it, less the best that the rest reaches beside it."""
        without, beside = (self._best(item, others, with_item=with_item) for with_item in (False, True))
        return None if beside is None else max(0.0, ((without or 0) - beside) / ((len(self.free) ** 2 + 1) * SCALE))

    def _best(self, item: Item, others: Totals, *, with_item: bool) -> int | None:
        """The best total in which it is in without its value, or out; None where it fits beside nothing."""
        own = self._own(item, with_item=with_item)
        return max((others[self.capacity - used] + total for used, total in own if used <= self.capacity), default=None)

    def _own(self, item: Item, *, with_item: bool) -> Iterable[tuple[int, int]]:
        """What the sponsor's other items may add: (units, total), the item's own units but not its value included."""
        formats = self.groups[item.sponsor]
        left = [self.limit(item.sponsor, each) - (with_item and each == item.format) for each in formats]
        if min(left, default=0) < 0 or self.cap(item.sponsor) - with_item < 0:
            return
        rest = [[other for other in items if other is not item] for items in formats.values()]
        ranges = (range(min(len(items), most) + 1) for items, most in zip(rest, left, strict=True))
        for counts in product(*ranges):
            if sum(counts) + with_item <= self.cap(item.sponsor):
                chosen = [other for items, count in zip(rest, counts, strict=True) for other in items[:count]]
                units = sum(other.size for other in chosen) + (item.size if with_item else 0)
                yield units // self.unit, sum(self.weights[other.code] for other in chosen)

    def _outside(self, item: Item, others: Totals) -> Suggestion:
        value, needs = item.value or 0.0, self.needs(item, others)
        wider = self._table(item.sponsor, item.format).items()
        totals = (
            (others[self.capacity - used] + total, codes) for used, (total, codes) in wider if used <= self.capacity
        )
        # Held by the limit: one more entitlement for its sponsor would let it in.
        held = item.code in max(totals)[1]
        placed = [each.value for each in self.all if each.fixed or each.code in self.picked]
        # Outranked where everything that is in, decided or suggested, is worth more.
        is_outranked = bool(placed) and all(each is not None and each > value for each in placed)
        full_or_outranked = Cause.OUTRANKED if is_outranked else Cause.FULL
        if needs is None:  # out whatever its value
            why, cause = "Out: the remaining capacity is too small for it.", full_or_outranked
            if self.limit(item.sponsor, item.format) == 0:
                why, cause = "Out: its sponsor's tier allows no more of this format.", Cause.LIMIT
            elif self.cap(item.sponsor) == 0:
                why, cause = "Out: its sponsor has reached the cap that you set.", Cause.CAP
            elif item.size > self.problem.capacities.get(item.pool, 0):
                why, cause = "Out: it needs more than the whole capacity of its pool.", Cause.TOO_LONG
            return Suggestion(False, None, why, cause, held and cause == Cause.LIMIT)
        more = max(needs - value, 0.005)
        gap = f"It would be in from a score of {needs:.2f} ({more:.2f} more), with all others unchanged."
        if held:
            limit = "Out because of its sponsor's limit, not on merit: it would be in if the tier allowed one more."
            return Suggestion(False, needs, f"{limit} {gap}", Cause.LIMIT, True)
        return Suggestion(False, needs, gap, full_or_outranked)
