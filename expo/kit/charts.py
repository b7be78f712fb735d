"""Charts as plain values: counted, and placed on a canvas of fixed size. No Django, no drawing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, TOP, FLOOR = 320.0, 18.0, 128.0  # of the canvas, in its own units; ticks stand below the floor
GAP = 0.14  # share of a bar's place that stays empty


@dataclass(frozen=True)
class Bar:
    """One bar: what it counts in full, in short for the axis, and how many; `tone` warn or danger marks it."""

    label: str
    tick: str
    count: int
    tone: str = ""


@dataclass(frozen=True)
class PlacedBar:
    """A bar's place on the canvas."""

    bar: Bar
    x: str
    y: str
    width: str
    height: str
    middle: str
    above: str


@dataclass(frozen=True)
class Histogram:
    """How many things fall where; `unit` names one of them and many, `note` says what to read from it."""

    title: str
    unit: tuple[str, str]
    axis: str
    bars: tuple[Bar, ...]
    note: str = ""

    @property
    def total(self) -> int:
        return sum(bar.count for bar in self.bars)

    @property
    def summary(self) -> str:
        """The chart in a sentence, for readers who do not see it."""
        if not self.total:
            return f"{self.title}: nothing to count yet."
        top = max(self.bars, key=lambda bar: bar.count)
        return f"{self.title}: {self.counted(self.total)}, most of them ({top.count}) at {top.label}."

    def counted(self, count: int) -> str:
        return f"{count} {self.unit[count != 1]}"

    @property
    def columns(self) -> list[PlacedBar]:
        """The bars on a canvas of WIDTH, the highest reaching from FLOOR to TOP."""
        most = max((bar.count for bar in self.bars), default=0) or 1
        place = WIDTH / max(1, len(self.bars))
        return [_column(bar, at * place, place, (FLOOR - TOP) * bar.count / most) for at, bar in enumerate(self.bars)]


def _column(bar: Bar, left: float, place: float, height: float) -> PlacedBar:
    values = (left + place * GAP / 2, FLOOR - height, place * (1 - GAP), height, left + place / 2, FLOOR - height - 5)
    return PlacedBar(bar, *(f"{value:.1f}" for value in values))


def count_between(values: Iterable[float], edges: Sequence[float]) -> list[int]:
    """How many values lie in each [edge, next edge); what lies outside counts in the outermost bin."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
    return counts


def whole_numbers(values: Iterable[int], most_bars: int = 12) -> tuple[Bar, ...]:
    """Bars over 0, 1, 2 …; several numbers share a bar where there would be too many."""
    numbers = list(values)
    top = max(numbers, default=0)
    step = -(-(top + 1) // most_bars)
    starts = range(0, top + 1, step)
    counts = count_between(numbers, [*starts, starts[-1] + step])
    labels = [str(start) if step == 1 else f"{start}–{start + step - 1}" for start in starts]
    return tuple(Bar(label, label, count) for label, count in zip(labels, counts, strict=True))


@dataclass(frozen=True)
class Descent:
    """How a search improves: `points` are (seconds, value, bound), oldest first; the axis ends at `until` seconds."""

    title: str
    points: tuple[tuple[float, int, int], ...]
    until: float

    @property
    def top(self) -> int:
        return max((value for _, value, _ in self.points), default=0)

    @property
    def floor(self) -> int:
        return min((bound for _, _, bound in self.points), default=0)

    @property
    def summary(self) -> str:
        """The chart in a sentence, for readers who do not see it."""
        value, bound = self.points[-1][1:] if self.points else (0, 0)
        known = f"lower bound {bound:,}" if bound else "no lower bound is known yet"
        return f"{self.title}: from {self.points[0][1] if self.points else 0:,} to {value:,}; {known}."

    @property
    def values(self) -> str:
        """The path of the best value."""
        return self._path([(at, value) for at, value, _ in self.points])

    @property
    def bounds(self) -> str:
        """The path of the lower bound; empty while none is known."""
        known = [(at, bound) for at, _, bound in self.points if bound]
        return self._path(known)

    @property
    def last(self) -> tuple[str, str]:
        """The latest point of that path."""
        return f"{WIDTH:.1f}", f"{self._y(self.points[-1][1]):.1f}"

    def _path(self, points: Sequence[tuple[float, int]]) -> str:
        """In steps: a value holds until the next one."""
        if not points:
            return ""
        first, *rest = points
        steps = [f"H{self._x(at):.1f}V{self._y(value):.1f}" for at, value in rest]
        return f"M{self._x(first[0]):.1f} {self._y(first[1]):.1f}{''.join(steps)}H{WIDTH:.1f}"

    def _x(self, at: float) -> float:
        begin = self.points[0][0]
        return WIDTH * (at - begin) / max(self.until - begin, 0.1)

    def _y(self, value: int) -> float:
        return FLOOR - (FLOOR - TOP) * (value - self.floor) / max(self.top - self.floor, 1)
