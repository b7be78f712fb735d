"""Which proposals to accept: the set of largest total value that fits the pools and keeps every limit. Pure, exact.

Limits nest: a sponsor's entitlement for a format lies inside its cap in a pool, and that inside the pool. All
proposals of a format are equally long, so within a sponsor and format only the best few can matter; what remains is a
knapsack with one group per sponsor (Kellerer, Pferschy, Pisinger, "Knapsack Problems", 2004, ch. 11), solved by dynamic
programming over the pool's units (places, or minutes on their common divisor). Values count in millionths of a point.
Of two sets of equal total the one with the first code in which they differ is taken, so that exactly one is best.

The same tables, run from both ends, answer for each proposal from which value on it is in, and who else then changes
sides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache, reduce
from itertools import product
from math import ceil, floor, gcd

SCALE = 1_000_000
Totals = list[int]  # best total by units used at most
Table = dict[int, tuple[int, tuple[str, ...]]]  # units used exactly → best total, and the codes that reach it


@dataclass(frozen=True)
class Item:
    """A proposal with a value (points; None: no review yet). `fixed` True: it is in already; False: already out.

    `is_pinned`: a what-if holds it there, not a decision.
    """

    code: str
    sponsor: int
    format: int
    pool: str
    size: int
    value: float | None
    fixed: bool | None = None
    is_pinned: bool = False


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
    PINNED = "pinned"


@dataclass(frozen=True)
class Flip:
    """From `value` on a proposal is in and below it out, all others unchanged; exact to a millionth of a point.

    None: out whatever its value. 0: in whatever its value. `comes_in` and `goes_out`: who besides changes sides when
    it does.
    """

    value: float | None
    comes_in: tuple[str, ...] = ()
    goes_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """In or out, with the value from which it is in (others unchanged; None: no value would do) and why.

    `cause` is the structured reason, `why` its sentence; `is_held_by_limit`: with one more entitlement it would be in.
    `flip`: what would change it; None for what does not compete.
    """

    chosen: bool
    needs: float | None
    why: str
    cause: Cause
    is_held_by_limit: bool = False
    flip: Flip | None = None


@dataclass(frozen=True)
class Solution:
    """`lines`: the least value accepted per pool, where its capacity left somebody out."""

    suggestions: dict[str, Suggestion]
    lines: dict[str, float]
    total: float

    @property
    def chosen(self) -> set[str]:
        return {code for code, suggestion in self.suggestions.items() if suggestion.chosen}


def up(value: float) -> float:
    """Two decimals, not below the value to the millionth: from there on it is true."""
    return ceil(round(value * SCALE) / 10_000) / 100


def down(value: float) -> float:
    """Two decimals, not above the value to the millionth."""
    return floor(round(value * SCALE) / 10_000) / 100


def in_from(value: float) -> str:
    """“from a score of 3.47”; “above” where an equal score would lose to an earlier code."""
    if round(value * SCALE) % 10_000 == 1:
        return f"above a score of {down(value):.2f}"
    return f"from a score of {up(value):.2f}"


def out_below(value: float) -> str:
    """“below a score of 3.47”; “at … or below” where it is out with that score already."""
    is_tie = round(value * SCALE) % 10_000 == 1
    return f"at a score of {down(value):.2f} or below" if is_tie else f"below a score of {down(value):.2f}"


def solve(problem: Problem) -> Solution:
    """The best set, pool by pool: pools share no limit, so each is solved on its own."""
    suggestions: dict[str, Suggestion] = {}
    lines: dict[str, float] = {}
    total = 0.0
    for asked in _parts(problem):
        answer = _answered(asked)
        suggestions.update(answer.suggestions)
        lines.update(answer.lines)
        total += answer.total
    return Solution(suggestions, lines, total)


def chosen_in(problem: Problem) -> set[str]:
    """Only which are in, for reruns that ask nothing else."""
    return {code for asked in _parts(problem) for code in _chosen(asked)}


def lines_of(problem: Problem) -> dict[str, float]:
    """Only the `lines` of the solution."""
    found = {asked.pool: _Pool(asked).line for asked in _parts(problem)}
    return {pool: line for pool, line in found.items() if line is not None}


@dataclass(frozen=True)
class _Part:
    """All that one pool's answer depends on; hashable, so that the same question is answered once."""

    pool: str
    items: tuple[Item, ...]
    capacity: int
    limits: tuple[tuple[tuple[int, int], int], ...]
    cap: int | None
    bar: float | None


def _parts(problem: Problem) -> list[_Part]:
    by_pool: dict[str, list[Item]] = defaultdict(list)
    for item in sorted(problem.items, key=lambda item: item.code):
        by_pool[item.pool].append(item)
    parts = []
    for pool, items in sorted(by_pool.items()):
        keys = sorted({(item.sponsor, item.format) for item in items})
        limits = tuple((key, problem.limits.get(key, 0)) for key in keys)
        capacity = problem.capacities.get(pool, 0)
        parts.append(_Part(pool, tuple(items), capacity, limits, problem.cap, problem.bar))
    return parts


@lru_cache(maxsize=256)
def _answered(part: _Part) -> Solution:
    pool = _Pool(part)
    lines = {} if pool.line is None else {part.pool: pool.line}
    return Solution(pool.suggestions(), lines, sum(pool.values))


@lru_cache(maxsize=1024)
def _chosen(part: _Part) -> frozenset[str]:
    pool = _Pool(part)
    return pool.picked | {item.code for item in pool.all if item.fixed}


class _Pool:
    """One pool's knapsack: a table per sponsor, and the tables of everybody before and after it."""

    def __init__(self, part: _Part) -> None:
        self.part, self.all = part, part.items
        self.limits = dict(part.limits)
        self.free = [
            item for item in self.all if item.fixed is None and item.value is not None and self.clears_bar(item)
        ]
        self.unit = reduce(gcd, (item.size for item in self.all), 0) or 1
        taken = [item for item in self.all if item.fixed]
        self.capacity = max(0, part.capacity - sum(item.size for item in taken)) // self.unit
        self.held = Counter((item.sponsor, item.format) for item in taken)
        self.held_by_sponsor = Counter(item.sponsor for item in taken)
        # Below the millionths a bit for each code, the first the highest: no two sets weigh the same.
        self.one = 1 << len(self.all)
        self.bit = {item.code: self.one >> (index + 1) for index, item in enumerate(self.all)}
        self.weights = {
            item.code: round((item.value or 0.0) * SCALE) * self.one + self.bit[item.code] for item in self.free
        }
        self.groups: dict[int, dict[int, list[Item]]] = defaultdict(lambda: defaultdict(list))
        for item in sorted(self.free, key=lambda item: -self.weights[item.code]):
            self.groups[item.sponsor][item.format].append(item)
        self.sponsors = sorted(self.groups)
        self.tables = [self._table(sponsor) for sponsor in self.sponsors]
        self.before = self._run(self.tables)
        self.picked = self.traced(self.before, self.tables, self.capacity)

    @cached_property
    def after(self) -> list[Totals]:
        """The same from the last sponsor on: row k is the last k of them."""
        return self._run(self.tables[::-1])

    @property
    def values(self) -> list[float]:
        return [item.value or 0.0 for item in self.free if item.code in self.picked]

    @property
    def line(self) -> float | None:
        """The least value that is in; None where all fit whom limits and cap allow, so that nothing separates them."""
        wanted = sum(max((total, units) for units, (total, _) in table.items())[1] for table in self.tables)
        return min(self.values, default=None) if wanted > self.capacity else None

    def clears_bar(self, item: Item) -> bool:
        return self.part.bar is None or (item.value or 0.0) >= self.part.bar

    def limit(self, sponsor: int, format_: int) -> int:
        """How many more of a format a sponsor may have."""
        return max(0, self.limits.get((sponsor, format_), 0) - self.held[(sponsor, format_)])

    def cap(self, sponsor: int) -> int:
        """How many more a sponsor may have in this pool."""
        cap = self.part.cap
        return len(self.all) if cap is None else max(0, cap - self.held_by_sponsor[sponsor])

    def _table(self, sponsor: int, wider: int | None = None, more: int = 0) -> Table:
        """Units used → a sponsor's best total and choice.

        The format `wider` may have one more than its limit, the sponsor `more` than its cap.
        """
        formats = self.groups[sponsor]
        limits = [min(len(items), self.limit(sponsor, each) + (each == wider)) for each, items in formats.items()]
        table: Table = {}
        for counts in product(*(range(limit + 1) for limit in limits)):
            if sum(counts) > self.cap(sponsor) + more:
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

    def traced(self, rows: list[Totals], tables: list[Table], units: int) -> frozenset[str]:
        """The codes that reach the last row's total with so many units."""
        picked: set[str] = set()
        for index in range(len(rows) - 2, -1, -1):
            used, codes = next(
                (used, codes)
                for used, (total, codes) in tables[index].items()
                if used <= units and rows[index][units - used] + total == rows[index + 1][units]
            )
            picked.update(codes)
            units -= used
        return frozenset(picked)

    def suggestions(self) -> dict[str, Suggestion]:
        suggestions = {}
        others: dict[int, _Others] = {}
        for item in self.all:
            if item.fixed is not None:
                held, cause = ("Pinned", Cause.PINNED) if item.is_pinned else ("Decided", Cause.DECIDED)
                why = f"{held}: it is {'in' if item.fixed else 'out'}."
                suggestions[item.code] = Suggestion(item.fixed, None, why, cause)
            elif item.value is None:
                why = "No suggestion: no review is in yet."
                suggestions[item.code] = Suggestion(False, None, why, Cause.UNREVIEWED)
            else:
                beside = others.setdefault(item.sponsor, _Others(self, item.sponsor))
                flip = beside.flip(item)
                inside = item.code in self.picked
                suggestions[item.code] = _inside(item, flip) if inside else self._outside(item, beside, flip)
        return suggestions

    def _outside(self, item: Item, others: "_Others", flip: Flip) -> Suggestion:
        value, needs = item.value or 0.0, flip.value
        if not self.clears_bar(item):
            why = f"Out: {value:.2f} is below the minimum of {self.part.bar:.2f}."
            gap = "" if needs is None else f" {_gap(value, needs)}"
            return Suggestion(False, needs, f"{why}{gap}", Cause.BAR, flip=flip)
        # Held by the limit (or by the cap): one more for its sponsor would let it in.
        held = others.takes(item, self._table(item.sponsor, item.format))
        capped = not held and self.part.cap is not None and others.takes(item, self._table(item.sponsor, None, 1))
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
            elif item.size > self.part.capacity:
                why, cause = "Out: it needs more than the whole capacity of its pool.", Cause.TOO_LONG
            return Suggestion(False, None, why, cause, held and cause == Cause.LIMIT, flip)
        gap = _gap(value, needs)
        if held:
            limit = "Out because of its sponsor's limit, not on merit: it would be in if the tier allowed one more."
            return Suggestion(False, needs, f"{limit} {gap}", Cause.LIMIT, True, flip)
        if capped:
            cap = "Out because of the cap that you set, not on merit: it would be in if the cap allowed one more."
            return Suggestion(False, needs, f"{cap} {gap}", Cause.CAP, flip=flip)
        return Suggestion(False, needs, gap, full_or_outranked, flip=flip)


def _gap(value: float, needs: float) -> str:
    more = max(up(needs - value - 1 / SCALE), 0.01)
    return f"It would be in {in_from(needs)} ({more:.2f} more), with all others unchanged."


def _inside(item: Item, flip: Flip) -> Suggestion:
    value = item.value or 0.0
    why = f"In with {value:.2f}: among the best that fit."
    if flip.value:
        why = f"{why} It would be out {out_below(flip.value)}, with all others unchanged."
    return Suggestion(True, None, why, Cause.CHOSEN, flip=flip)


class _Others:
    """What all sponsors but one reach beside it, by the tables of those before and after it."""

    def __init__(self, pool: _Pool, sponsor: int) -> None:
        self.pool, self.sponsor = pool, sponsor
        at = pool.sponsors.index(sponsor) if sponsor in pool.groups else len(pool.sponsors)
        following = max(0, len(pool.sponsors) - at - 1)
        self.first, self.first_tables = pool.before[: at + 1], pool.tables
        self.second, self.second_tables = pool.after[: following + 1], pool.tables[::-1]
        self._best: dict[int, tuple[int, int]] = {}
        self._chosen: dict[int, frozenset[str]] = {}

    def best(self, units: int) -> tuple[int, int]:
        """Their best total within so many units, and how many of these go to the sponsors before it."""
        if units not in self._best:
            first, second = self.first[-1], self.second[-1]
            self._best[units] = max((first[part] + second[units - part], part) for part in range(units + 1))
        return self._best[units]

    def chosen(self, units: int) -> frozenset[str]:
        """Who reaches that."""
        if units not in self._chosen:
            _, part = self.best(units)
            first = self.pool.traced(self.first, self.first_tables, part)
            self._chosen[units] = first | self.pool.traced(self.second, self.second_tables, units - part)
        return self._chosen[units]

    def takes(self, item: Item, table: Table) -> bool:
        """Whether the best choice from this table of its sponsor has the item in it."""
        fitting = ((used, total, codes) for used, (total, codes) in table.items() if used <= self.pool.capacity)
        _, codes = max((self.best(self.pool.capacity - used)[0] + total, codes) for used, total, codes in fitting)
        return item.code in codes

    def flip(self, item: Item) -> Flip:
        """The least value with which the item is in: what the best set without it has more than the best beside it."""
        pool = self.pool
        without, beside = self._reach(item, with_item=False), self._reach(item, with_item=True)
        if beside is None or without is None:
            return Flip(None)
        missing = without.total - beside.total - pool.bit[item.code]
        least = max(0, -(-missing // pool.one)) / SCALE
        if pool.part.bar is not None:
            least = max(least, pool.part.bar)
        inside, outside = self._set(beside), self._set(without)
        if item.code in pool.picked:
            return Flip(least, _ordered(outside - inside), _ordered(inside - outside))
        return Flip(least, _ordered(inside - outside), _ordered(outside - inside))

    def _set(self, reach: "_Reach") -> frozenset[str]:
        return self.chosen(self.pool.capacity - reach.units) | frozenset(reach.codes)

    def _reach(self, item: Item, *, with_item: bool) -> "_Reach | None":
        """The best set with the item in it, its own value not counted, or without it; None where it fits nowhere."""
        capacity = self.pool.capacity
        fitting = (each for each in self._own(item, with_item=with_item) if each.units <= capacity)
        totals = (_Reach(each.total + self.best(capacity - each.units)[0], each.units, each.codes) for each in fitting)
        return max(totals, key=lambda each: each.total, default=None)

    def _own(self, item: Item, *, with_item: bool) -> Iterable["_Reach"]:
        """What the sponsor's other items may add, the item's own units but not its value included."""
        pool = self.pool
        formats = dict(pool.groups[item.sponsor]) if item.sponsor in pool.groups else {}
        formats.setdefault(item.format, [])
        left = [pool.limit(item.sponsor, each) - (with_item and each == item.format) for each in formats]
        cap = pool.cap(item.sponsor) - with_item
        if min(left) < 0 or cap < 0:
            return
        rest = [[other for other in items if other is not item] for items in formats.values()]
        ranges = (range(min(len(items), most) + 1) for items, most in zip(rest, left, strict=True))
        for counts in product(*ranges):
            if sum(counts) <= cap:
                chosen = [other for items, count in zip(rest, counts, strict=True) for other in items[:count]]
                units = sum(other.size for other in chosen) + (item.size if with_item else 0)
                total = sum(pool.weights[other.code] for other in chosen)
                yield _Reach(total, units // pool.unit, tuple(other.code for other in chosen))


@dataclass(frozen=True)
class _Reach:
    total: int
    units: int
    codes: tuple[str, ...]


def _ordered(codes: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(codes))
