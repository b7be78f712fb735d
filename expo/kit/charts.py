"""Charts as plain values, placed in per cent across and in pixels down: letters and strokes keep their size. No Django.

Every chart has a `title`, a `summary` (itself in a sentence) and a `twin` (its numbers as a table); `is_told`: it has
no more to show than its sentence. `chart_rows.py` has those that are rows with a label each.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

TOP, FLOOR = 18.0, 120.0  # pixels down the canvas; ticks stand below the floor, reference words above the top
FILLED = 0.6  # share of a column's place that its bar takes
LETTER = 2.4  # per cent that a letter may take of the narrowest canvas
EDGE = 4.0  # per cent at either end in which a number below the plot would stand out of it
SHORT = 24  # letters that fit below the narrowest row


@dataclass(frozen=True)
class TwinRow:
    """A row of the table: the name of what it is about, its cells, and where the name leads."""

    name: str
    cells: tuple[str, ...]
    url: str = ""


@dataclass(frozen=True)
class Twin:
    """A chart's numbers as a table."""

    heads: tuple[str, ...]
    rows: tuple[TwinRow, ...]

    @property
    def are_numbers(self) -> tuple[bool, ...]:
        """For each column of cells whether it holds numbers, with their units, and no words."""
        columns = zip(*(row.cells for row in self.rows), strict=True)
        return tuple(not any(re.search(r"[^\W\d_]{3}", cell) for cell in column) for column in columns)

    @property
    def columns(self) -> tuple[tuple[str, bool], ...]:
        """The heads of the cells, and whether numbers stand below each."""
        return tuple(zip(self.heads[1:], self.are_numbers, strict=False))

    @property
    def body(self) -> list[tuple[TwinRow, tuple[tuple[str, bool], ...]]]:
        """Each row with its cells, and whether each stands in a column of numbers."""
        kinds = self.are_numbers
        return [(row, tuple(zip(row.cells, kinds, strict=True))) for row in self.rows]


@dataclass(frozen=True)
class Scale:
    """A stretch of numbers along the canvas; what lies beyond its ends is drawn at them."""

    least: float
    most: float

    def share(self, value: float) -> float:
        """The value's place in per cent of the canvas's width."""
        if self.most <= self.least:
            return 0.0
        return 100 * min(1.0, max(0.0, (value - self.least) / (self.most - self.least)))

    def at(self, value: float) -> str:
        return svg_length(self.share(value))

    def width(self, low: float, high: float) -> str:
        return svg_length(max(0.0, self.share(high) - self.share(low)))


@dataclass(frozen=True)
class ReferenceLine:
    """A reference line at a value, said in a word: the usual load, today, the line of acceptance."""

    value: float
    word: str
    look: str = ""


@dataclass(frozen=True)
class Word:
    """Words on the canvas: where, how they are anchored, on which line, counted from the plot.

    `is_spare`: they may go where room is short.
    """

    x: str
    text: str
    anchor: str
    look: str = ""
    line: int = 0
    is_spare: bool = False


def svg_length(share: float) -> str:
    """A share, in per cent, as SVG takes it for a place or a length."""
    return f"{share:.2f}%"


def anchor_of(share: float, letters: int) -> str:
    """Towards the middle where words would leave the canvas: "start", "end", or "" to stand in the middle."""
    half = letters * LETTER / 2
    return "start" if share < half else "end" if share > 100 - half else ""


def words(scale: Scale, rules: Iterable[ReferenceLine]) -> tuple[Word, ...]:
    """The rules' words; one that would run into another moves to the next line up."""
    taken: list[tuple[int, float, float]] = []
    placed = []
    for rule in sorted(rules, key=lambda rule: rule.value):
        share, letters = scale.share(rule.value), len(rule.word)
        anchor, width = anchor_of(share, letters), letters * LETTER
        left = share - {"start": 0.0, "": width / 2, "end": width}[anchor]
        line = 0
        while any(at == line and left < right + 2 and left + width > begin - 2 for at, begin, right in taken):
            line += 1
        taken.append((line, left, left + width))
        placed.append(Word(svg_length(share), rule.word, anchor, rule.look, line))
    return tuple(placed)


def ticks(scale: Scale, values: Iterable[tuple[float, str]]) -> tuple[Word, ...]:
    """Numbers below the plot; those at its ends stay within it, and every second one is spare where they are long."""
    wanted = [(scale.share(value), text) for value, text in values]
    is_long = sum(len(text) + 2 for _, text in wanted) > SHORT
    return tuple(
        Word(
            svg_length(share),
            text,
            "start" if share < EDGE else "end" if share > 100 - EDGE else "",
            is_spare=is_long and at % 2 > 0,
        )
        for at, (share, text) in enumerate(wanted)
    )


def even_steps(most: int, steps: int = 4) -> tuple[tuple[float, str], ...]:
    """Whole numbers from 0 up to `most`, in at most so many round steps."""
    step = next(s * 10**e for e in range(9) for s in (1, 2, 5) if s * 10**e * steps >= most)
    return tuple((float(value), str(value)) for value in range(0, most + 1, step))


# Columns


@dataclass(frozen=True)
class Bar:
    """One bar: what it counts in full, in short for the axis, and how many; `tone` warn or danger marks it."""

    label: str
    tick: str
    count: int
    tone: str = ""


@dataclass(frozen=True)
class PlacedBar:
    """A bar's place on the canvas; `is_spare`: its tick may go where room is short."""

    bar: Bar
    x: str
    width: str
    y: str
    height: str
    middle: str
    above: str
    is_spare: bool


@dataclass(frozen=True)
class Histogram:
    """How many things fall where; `unit` names one of them and many, `note` says what to read from it.

    `rules` are reference lines, their values counted in bars from the left edge.
    """

    title: str
    unit: tuple[str, str]
    axis: str
    bars: tuple[Bar, ...]
    note: str = ""
    rules: tuple[ReferenceLine, ...] = ()
    template: str = field(default="includes/chart_columns.html", init=False)

    @property
    def total(self) -> int:
        return sum(bar.count for bar in self.bars)

    @property
    def is_told(self) -> bool:
        """Nothing to compare: fewer than two bars hold something."""
        return sum(bar.count > 0 for bar in self.bars) < 2

    @property
    def summary(self) -> str:
        """The chart in a sentence, for readers who do not see it."""
        if not self.total:
            return "Nothing to count yet."
        top = max(self.bars, key=lambda bar: bar.count)
        if top.count == self.total:
            return f"{self.counted(self.total)} at {top.label}."
        return f"{self.counted(self.total)}, most of them ({top.count}) at {top.label}."

    def counted(self, count: int) -> str:
        return f"{count} {self.unit[count != 1]}"

    @property
    def twin(self) -> Twin:
        many = self.unit[1][:1].upper() + self.unit[1][1:]
        return Twin((self.axis, many), tuple(TwinRow(bar.label, (str(bar.count),)) for bar in self.bars))

    @property
    def columns(self) -> list[PlacedBar]:
        """The bars across the canvas, the highest reaching from FLOOR to TOP."""
        most = max((bar.count for bar in self.bars), default=0) or 1
        place = 100 / max(1, len(self.bars))
        longest = max((len(bar.tick) for bar in self.bars), default=0)
        every = 2 if len(self.bars) * (longest + 1) * LETTER > 100 else 1
        return [
            PlacedBar(
                bar,
                svg_length(at * place + place * (1 - FILLED) / 2),
                svg_length(place * FILLED),
                f"{FLOOR - height:.1f}",
                f"{height:.1f}",
                svg_length(at * place + place / 2),
                f"{FLOOR - height - 5:.1f}",
                at % every > 0,
            )
            for at, bar in enumerate(self.bars)
            for height in [(FLOOR - TOP) * bar.count / most]
        ]

    @property
    def rule_words(self) -> tuple[Word, ...]:
        return words(Scale(0, len(self.bars)), self.rules)


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


# Lines


def stairs(points: Sequence[tuple[float, float]], across: Scale, down: Scale) -> str:
    """A path of steps on a canvas of 100 by 100: a value holds until the next one."""
    if not points:
        return ""
    first, *rest = ((across.share(x), 100 - down.share(y)) for x, y in points)
    return f"M{first[0]:.2f} {first[1]:.2f}" + "".join(f"H{x:.2f}V{y:.2f}" for x, y in rest)


def height_of(scale: Scale, value: float) -> str:
    """A value's place down the canvas, in pixels."""
    return f"{FLOOR - (FLOOR - TOP) * scale.share(value) / 100:.1f}"


@dataclass(frozen=True)
class Descent:
    """How a search improves: `points` are (seconds, value, bound), oldest first; the axis ends at `until` seconds."""

    title: str
    points: tuple[tuple[float, int, int], ...]
    until: float
    template: str = field(default="includes/chart_descent.html", init=False)

    @property
    def is_told(self) -> bool:
        return not self.points

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
        return f"From {self.points[0][1] if self.points else 0:,} to {value:,}; {known}."

    @property
    def twin(self) -> Twin:
        rows = tuple(
            TwinRow(f"{at:.1f}", (f"{value:,}", f"{bound:,}" if bound else "–")) for at, value, bound in self.points
        )
        return Twin(("Seconds", "Best value", "Lower bound"), rows)

    @property
    def values(self) -> str:
        """The path of the best value."""
        return self._path([(at, value) for at, value, _ in self.points])

    @property
    def bounds(self) -> str:
        """The path of the lower bound; empty while none is known."""
        return self._path([(at, bound) for at, _, bound in self.points if bound])

    @property
    def last(self) -> str:
        """How far down the latest value stands."""
        return height_of(self._down, self.points[-1][1])

    @property
    def _across(self) -> Scale:
        begin = self.points[0][0]
        return Scale(begin, max(self.until, begin + 0.1))

    @property
    def _down(self) -> Scale:
        return Scale(self.floor, max(self.top, self.floor + 1))

    def _path(self, points: Sequence[tuple[float, int]]) -> str:
        return f"{stairs(points, self._across, self._down)}H100" if points else ""


@dataclass(frozen=True)
class Arrivals:
    """How many are in day by day against how many are needed; `days` are (day, in until its end), oldest first.

    `is_open`: it is still the time for them.
    """

    title: str
    unit: tuple[str, str]
    days: tuple[tuple[date, int], ...]
    needed: int
    today: date
    due: date | None = None
    is_open: bool = True
    template: str = field(default="includes/chart_arrivals.html", init=False)

    @property
    def is_told(self) -> bool:
        return not self.days or not self.needed or self.first == self.last_day

    @property
    def first(self) -> date:
        return min([self.today, *(day for day, _ in self.days[:1])])

    @property
    def last_day(self) -> date:
        """The due date, or later while some may still come in, or did."""
        days = [self.due or self.today, *(day for day, _ in self.days[-1:])]
        return max([*days, self.today] if self.is_open and self.now < self.needed else days)

    @property
    def now(self) -> int:
        return self.days[-1][1] if self.days else 0

    @property
    def summary(self) -> str:
        """Where it stands, and the pace that is left to go; no forecast, for most come in on the last days."""
        missing = self.needed - self.now
        said = f"{self.now} of {self.needed} needed {self.unit[1]} are in"
        if missing <= 0 or self.due is None:
            return f"{said}."
        left = (self.due - self.today).days
        if left < 1 or not self.is_open:
            return f"{said}; {missing} missing, due {self.due:%-d %b}."
        week = self.now - max((count for day, count in self.days if (self.today - day).days >= 7), default=0)
        needs = f"{missing} more in {left} {'day' if left == 1 else 'days'} is {missing / left:.1f} a day"
        came = f"the last 7 days brought {week / 7:.1f} a day" if week else "none came in the last 7 days"
        return f"{said}; {needs}, {came}."

    @property
    def twin(self) -> Twin:
        return Twin(("Day", "In"), tuple(TwinRow(f"{day:%-d %b}", (str(count),)) for day, count in self.days))

    @property
    def latest(self) -> date:
        """The day that the number now stands at."""
        return min(self.today, self.last_day)

    @property
    def across(self) -> Scale:
        return Scale(self.first.toordinal(), self.last_day.toordinal())

    @property
    def down(self) -> Scale:
        return Scale(0, max(self.needed, self.now, 1))

    @property
    def path(self) -> str:
        """From nothing before the first day to today."""
        counts = [(self.first.toordinal(), 0), *((day.toordinal(), count) for day, count in self.days)]
        return f"{stairs(counts, self.across, self.down)}H{self.across.share(self.latest.toordinal()):.2f}"

    @property
    def pace(self) -> str:
        """The straight line to all of them on the due date."""
        if self.due is None or self.due <= self.first:
            return ""
        due, top = self.across.share(self.due.toordinal()), 100 - self.down.share(self.needed)
        return f"M0 100L{due:.2f} {top:.2f}"

    @property
    def dot(self) -> tuple[str, str]:
        return self.across.at(self.latest.toordinal()), height_of(self.down, self.now)

    @property
    def goal(self) -> str:
        """How far down the needed number stands."""
        return height_of(self.down, self.needed)

    @property
    def rule_words(self) -> tuple[Word, ...]:
        rules = [ReferenceLine(self.due.toordinal(), f"due {self.due:%-d %b}")] if self.due else []
        if self.today <= self.last_day:
            rules.append(ReferenceLine(self.today.toordinal(), "today", "now"))
        return words(self.across, rules)

    @property
    def ticks(self) -> tuple[Word, ...]:
        return ticks(self.across, [(day.toordinal(), f"{day:%-d %b}") for day in (self.first, self.last_day)])
