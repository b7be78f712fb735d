"""A day as a table: one column per room, one row per step of time, a session spanning its rows. No database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .effects import Effect
from .places import value_of


@dataclass(frozen=True)
class Card:
    """A session as somebody may see it; behind their wall only its room and time are left."""

    room: int
    starts_at: datetime
    ends_at: datetime
    is_hidden: bool = False
    session: int | None = None
    version: int = 0
    code: str = ""
    title: str = ""
    kind: str = ""
    kind_slug: str = ""
    sponsor: str = ""
    presenters: tuple[str, ...] = ()
    is_pinned: bool = False
    mark: str = ""
    lengths: tuple[int, int] = (0, 0)
    notes: tuple[Effect, ...] = ()

    @property
    def minutes(self) -> int:
        return round((self.ends_at - self.starts_at).total_seconds() / 60)

    @property
    def is_clash(self) -> bool:
        """What stands here breaks a rule by what has changed around it."""
        return any(note.hard for note in self.notes)

    @property
    def is_flexible(self) -> bool:
        return self.lengths[0] < self.lengths[1]


@dataclass(frozen=True)
class Gap:
    """Time in which a room takes no session: a break with its name, or None for all rooms."""

    name: str
    starts_at: datetime
    ends_at: datetime
    room: int | None = None


@dataclass(frozen=True)
class Cell:
    """`look` is slot, free, closed or break."""

    look: str
    room: int
    rows: int = 1
    starts_at: datetime | None = None
    card: Card | None = None
    name: str = ""
    ends_at: datetime | None = None

    @property
    def value(self) -> str:
        """The start as forms write it."""
        return value_of(self.starts_at) if self.starts_at else ""

    @property
    def until(self) -> str:
        return value_of(self.ends_at) if self.ends_at else ""


@dataclass(frozen=True)
class Line:
    """The cells that begin at this moment."""

    at: datetime
    clock: str
    is_hour: bool
    cells: tuple[Cell, ...]
    start: str = ""


@dataclass(frozen=True)
class Window:
    """A day's opening hours as moments, told in `zone`; `grid` are its possible starts."""

    date: date
    opens_at: datetime
    closes_at: datetime
    step: timedelta
    zone: ZoneInfo

    @property
    def grid(self) -> list[datetime]:
        count = -(-(self.closes_at - self.opens_at) // self.step)
        return [self.opens_at + index * self.step for index in range(count)]


@dataclass(frozen=True)
class DaySheet:
    """One day, ready to be drawn."""

    date: date
    lines: tuple[Line, ...]
    sessions: int


def sheet(window: Window, rooms: Sequence[int], cards: Iterable[Card], gaps: Iterable[Gap]) -> DaySheet:
    """Draw one day; what stands outside the opening hours is shown all the same."""
    cards, gaps = list(cards), [gap for gap in gaps if _meets(gap, window)]
    moments = {*window.grid, window.closes_at}
    moments |= {at for card in cards for at in (card.starts_at, card.ends_at)}
    moments |= {at for gap in gaps for at in (gap.starts_at, gap.ends_at)}
    points = sorted(moments)
    columns = [_column(room, points, window, cards, gaps) for room in rooms]
    grid = set(window.grid)
    lines = tuple(_line(at.astimezone(window.zone), columns, at in grid) for at in points[:-1])
    return DaySheet(window.date, lines, len(cards))


def _line(at: datetime, columns: list[dict[datetime, Cell]], is_start: bool) -> Line:
    cells = tuple(column[at] for column in columns if at in column)
    return Line(at, f"{at:%H:%M}", at.minute == 0, cells, value_of(at) if is_start else "")


def _meets(gap: Gap, window: Window) -> bool:
    return gap.starts_at < window.closes_at and window.opens_at < gap.ends_at


def _column(
    room: int, points: list[datetime], window: Window, cards: list[Card], gaps: list[Gap]
) -> dict[datetime, Cell]:
    """The cells of one room by the moment they begin; rows covered from above have none."""
    starts = {card.starts_at: card for card in cards if card.room == room}
    pauses = [gap for gap in gaps if gap.room in (None, room)]
    grid = set(window.grid)
    column: dict[datetime, Cell] = {}
    index = 0
    while index < len(points) - 1:
        cell = _cell(room, points, index, starts, pauses, grid)
        index += cell.rows
        column[cell.starts_at or points[0]] = replace(cell, ends_at=points[index])
    return column


def _cell(
    room: int,
    points: list[datetime],
    index: int,
    starts: dict[datetime, Card],
    pauses: list[Gap],
    grid: set[datetime],
) -> Cell:
    at = points[index]
    if at in starts:
        rows = points.index(starts[at].ends_at) - index
        return Cell("slot", room, rows, at, starts[at])
    pause = next((gap for gap in pauses if gap.starts_at <= at < gap.ends_at), None)
    if pause is not None:
        until = min([pause.ends_at, points[-1], *(start for start in starts if start > at)])
        return Cell("break", room, points.index(until) - index, at, name=pause.name)
    return Cell("free" if at in grid else "closed", room, 1, at)


def veiled(card: Card) -> Card:
    """Room and time only."""
    return replace(Card(card.room, card.starts_at, card.ends_at), is_hidden=True)
