"""Charts of rows with a label each: intervals, stacked bars, ladders, boxes. Plain values like those of `charts.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .charts import ReferenceLine, Scale, Twin, TwinRow, Word, svg_length, ticks, words


@dataclass(frozen=True)
class Mark:
    """Something on a row: a `bar` or a `span` from low to high, a `dot` or an `upright` at low; `label` beside it.

    A `block` is a bar from the floor up to its `level`, from 0 to 1.
    """

    shape: str
    low: float
    high: float = 0.0
    look: str = ""
    title: str = ""
    label: str = ""
    level: float = 1.0


@dataclass(frozen=True)
class PlacedMark:
    """A mark's place across the row; `side`: where its label stands so that it stays on the row."""

    mark: Mark
    x: str
    end: str
    width: str
    side: str
    y: str
    height: str


@dataclass(frozen=True)
class ChartRow:
    """One line of the chart; `cells` are its numbers in the table, `tip` what is said of it under the pointer.

    `note` stands below its label. `word` says what its `look` (warn, danger, ok, band, faint) shows; `scale`: its own
    instead of the chart's. `level`: where a line runs along it, from 0 to 1; such a row is tall.
    """

    label: str
    marks: tuple[Mark, ...]
    cells: tuple[str, ...]
    value: str = ""
    word: str = ""
    note: str = ""
    look: str = ""
    tip: str = ""
    url: str = ""
    scale: Scale | None = None
    level: float | None = None

    @property
    def floor(self) -> str:
        """How far down its level is."""
        return svg_length(100 * (1 - (self.level or 0)))


@dataclass(frozen=True)
class PlacedRow:
    row: ChartRow
    marks: tuple[PlacedMark, ...]


@dataclass(frozen=True)
class RowChart:
    """Rows over one scale with its ticks and reference lines; `heads` name the table's columns, the label's first.

    `legend` are (look, word) of the marks; `is_dense`: rows of 14 pixels, for dozens of them.
    """

    title: str
    summary: str
    heads: tuple[str, ...]
    rows: tuple[ChartRow, ...]
    scale: Scale
    steps: tuple[tuple[float, str], ...] = ()
    rules: tuple[ReferenceLine, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    note: str = ""
    is_dense: bool = False
    template: str = field(default="includes/chart_rows.html", init=False)

    @property
    def is_told(self) -> bool:
        return not self.rows

    @property
    def twin(self) -> Twin:
        return Twin(self.heads, tuple(TwinRow(row.label, row.cells, row.url) for row in self.rows))

    @property
    def placed(self) -> tuple[PlacedRow, ...]:
        return tuple(
            PlacedRow(row, tuple(_place(mark, row.scale or self.scale) for mark in row.marks)) for row in self.rows
        )

    @property
    def rule_places(self) -> tuple[tuple[str, str], ...]:
        """Where each reference line stands, and its look."""
        return tuple((self.scale.at(rule.value), rule.look) for rule in self.rules)

    @property
    def rule_words(self) -> tuple[Word, ...]:
        return words(self.scale, self.rules)

    @property
    def ticks(self) -> tuple[Word, ...]:
        return ticks(self.scale, self.steps)


def _place(mark: Mark, scale: Scale) -> PlacedMark:
    high = max(mark.low, mark.high)
    level = svg_length(100 * (1 - mark.level)), svg_length(100 * mark.level)
    side = "end" if scale.share(high) > 80 else "start"
    return PlacedMark(mark, scale.at(mark.low), scale.at(high), scale.width(mark.low, high), side, *level)


def stacked(parts: Iterable[tuple[float, str, str]]) -> tuple[Mark, ...]:
    """Bars one after the other, from (how much, look, title); what is nothing is left out."""
    marks, low = [], 0.0
    for amount, look, title in parts:
        if amount:
            marks.append(Mark("bar", low, low + amount, look, title))
            low += amount
    return tuple(marks)


@dataclass(frozen=True)
class Boxes:
    """Places as boxes: `filled` of `total`, `held` more that are asked for; beyond the total they are too many."""

    label: str
    filled: int
    total: int
    held: int = 0
    noun: str = "places"

    MOST = 60

    @property
    def is_drawn(self) -> bool:
        """Few enough to count by eye."""
        return max(self.total, self.filled) <= self.MOST

    @property
    def share(self) -> str:
        return Scale(0, self.total).at(self.filled)

    @property
    def over(self) -> int:
        return max(0, self.filled - self.total)

    @property
    def boxes(self) -> Sequence[str]:
        """The look of each box, in order."""
        within, held = min(self.filled, self.total), min(self.held, max(0, self.total - self.filled))
        free = self.total - within - held
        return ["filled"] * within + ["over"] * self.over + ["held"] * held + ["free"] * free

    @property
    def summary(self) -> str:
        said = f"{self.filled} of {self.total} {self.noun} filled"
        if self.over:
            return f"{said}, {self.over} too many"
        return f"{said}, {self.held} waitlisted" if self.held else said
