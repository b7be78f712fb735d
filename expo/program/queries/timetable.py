"""The timetable drawn for one person: the editor's page, and timetables that nobody has adopted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.kit import display
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall

from ..models import Run
from .effects import PlacementEffect, timetable_effects
from .problem import moment, opening_hours
from .sessions import latest_run, placed, unplaced_for

Choices = list[tuple[str, list[tuple[str, str]]]]


def start_choices(edition: Edition, minutes: int) -> Choices:
    """Starts on the grid, grouped by day, in the edition's zone; the value is the moment in UTC."""
    grouped = []
    for day in edition.days.all():
        span = opening_hours(day, edition)
        options = []
        for minute in range(span.start, span.end - minutes + 1, edition.grid_minutes):
            start, end = (moment(at).astimezone(edition.zone) for at in (minute, minute + minutes))
            zone = f" {start.tzname()}" if start.utcoffset() != end.utcoffset() or start.fold else ""
            options.append((value_of(moment(minute)), f"{start:%H:%M} to {end:%H:%M}{zone}"))
        grouped.append((display.formatted(day.date, "day"), options))
    return grouped


def value_of(at: datetime) -> str:
    """How a start is written in forms and in the grid."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


@dataclass(frozen=True)
class SessionCard:
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
    notes: tuple[PlacementEffect, ...] = ()

    @property
    def minutes(self) -> int:
        return round((self.ends_at - self.starts_at).total_seconds() / 60)

    @property
    def is_clash(self) -> bool:
        """It breaks a rule by what has changed around it."""
        return any(note.hard for note in self.notes)

    @property
    def is_flexible(self) -> bool:
        return self.lengths[0] < self.lengths[1]


@dataclass(frozen=True)
class GridBreak:
    """A break with its name, in one room or (None) in all."""

    name: str
    starts_at: datetime
    ends_at: datetime
    room: int | None = None


@dataclass(frozen=True)
class GridCell:
    """`kind` is slot, free, closed or break."""

    kind: str
    room: int
    rows: int = 1
    starts_at: datetime | None = None
    card: SessionCard | None = None
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
class GridLine:
    """The cells that begin at this moment."""

    at: datetime
    clock: str
    is_hour: bool
    cells: tuple[GridCell, ...]
    start: str = ""


@dataclass(frozen=True)
class DayWindow:
    """A day's opening hours as moments, shown in `zone`; `grid` are its possible starts."""

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
    lines: tuple[GridLine, ...]
    sessions: int


def day_sheet(
    window: DayWindow, rooms: Sequence[int], cards: Sequence[SessionCard], breaks: Iterable[GridBreak]
) -> DaySheet:
    """Draw one day; sessions outside the opening hours are shown all the same."""
    kept = [row for row in breaks if row.starts_at < window.closes_at and window.opens_at < row.ends_at]
    moments = {*window.grid, window.closes_at}
    moments |= {at for card in cards for at in (card.starts_at, card.ends_at)}
    moments |= {at for row in kept for at in (row.starts_at, row.ends_at)}
    points, starts = sorted(moments), set(window.grid)
    columns = [_grid_column(room, points, starts, cards, kept) for room in rooms]
    lines = []
    for point in points[:-1]:
        at, cells = point.astimezone(window.zone), tuple(column[point] for column in columns if point in column)
        start = value_of(at) if point in starts else ""
        lines.append(GridLine(at, f"{at:%H:%M}", at.minute == 0, cells, start))
    return DaySheet(window.date, tuple(lines), len(cards))


def _grid_column(
    room: int,
    points: list[datetime],
    starts: set[datetime],
    cards: Iterable[SessionCard],
    breaks: Iterable[GridBreak],
) -> dict[datetime, GridCell]:
    """The cells of one room by the moment they begin; rows covered from above have none."""
    by_start = {card.starts_at: card for card in cards if card.room == room}
    own_breaks = [row for row in breaks if row.room in (None, room)]
    column: dict[datetime, GridCell] = {}
    index = 0
    while index < len(points) - 1:
        at = points[index]
        card = by_start.get(at)
        current = next((row for row in own_breaks if row.starts_at <= at < row.ends_at), None)
        if card is not None:
            cell = GridCell("slot", room, points.index(card.ends_at) - index, at, card)
        elif current is not None:
            until = min([current.ends_at, points[-1], *(start for start in by_start if start > at)])
            cell = GridCell("break", room, points.index(until) - index, at, name=current.name)
        else:
            cell = GridCell("free" if at in starts else "closed", room, 1, at)
        index += cell.rows
        column[at] = replace(cell, ends_at=points[index])
    return column


#: What a card does not show, and would be most of what is read.
_LONG_TEXTS = [f"proposal__{name}" for name in ("abstract", "takeaways", "needs", "public_text", "feedback")]


@dataclass(frozen=True)
class GridColumn:
    """A room with the tracks that run in it."""

    room: Room
    tracks: tuple[str, ...]


@dataclass(frozen=True)
class DayTab:
    """A day that can be shown, with its number of sessions."""

    date: date
    sessions: int
    is_shown: bool


@dataclass(frozen=True)
class Timetable:
    """Days with their sessions, and the unscheduled ones. `tabs` are all days, `days` those that are drawn."""

    days: tuple[DaySheet, ...]
    columns: tuple[GridColumn, ...]
    unplaced: tuple[Proposal, ...]
    kinds: tuple[tuple[str, str], ...]
    run: Run | None
    tabs: tuple[DayTab, ...] = ()


def editor_timetable(edition: Edition, viewer: User, day: date | None = None, *, whole: bool = False) -> Timetable:
    """The editor's page: hidden sessions have no name, hidden unscheduled ones are not there at all.

    Of several days one is drawn, the first unless another is asked for, or the `whole`.
    """
    hidden = wall(viewer, edition)
    rows = placed(edition).select_related("proposal__slot").prefetch_related("proposal__presenters__away")
    sessions = list(rows.defer(*_LONG_TEXTS))
    notes = timetable_effects(edition, sessions, hidden)
    cards = []
    for session in sessions:
        card = proposal_card(session.proposal, session.room_id, session.starts_at, session.ends_at, hidden)
        if not card.is_hidden:
            card = replace(
                card,
                session=session.pk,
                version=session.version,
                is_pinned=session.is_pinned,
                lengths=session.proposal.format.lengths,
                notes=notes.get(session.proposal_id, ()),
            )
        cards.append(card)
    sheets, columns = day_sheets(edition, cards)
    dates = [sheet.date for sheet in sheets]
    drawn = set(dates) if whole else {day} if day in dates else set(dates[:1])
    return Timetable(
        days=tuple(sheet for sheet in sheets if sheet.date in drawn),
        columns=columns,
        unplaced=tuple(unplaced_for(viewer, edition)),
        kinds=tuple(edition.formats.values_list("slug", "name")),
        run=latest_run(edition),
        tabs=tuple(DayTab(sheet.date, sheet.sessions, sheet.date in drawn and not whole) for sheet in sheets),
    )


def day_sheets(edition: Edition, cards: Iterable[SessionCard]) -> tuple[tuple[DaySheet, ...], tuple[GridColumn, ...]]:
    """The cards on the edition's days and on any other date that has one, and the columns they are in."""
    tracks: dict[int | None, list[str]] = {}
    for track in edition.tracks.exclude(room=None):
        tracks.setdefault(track.room_id, []).append(track.name)
    columns = tuple(GridColumn(room, tuple(tracks.get(room.pk, ()))) for room in edition.rooms.all())
    rooms = [column.room.pk for column in columns]
    breaks = [GridBreak(row.name, row.starts_at, row.ends_at, row.room_id) for row in edition.breaks.all()]
    by_day: dict[date, list[SessionCard]] = {}
    for card in cards:
        by_day.setdefault(card.starts_at.astimezone(edition.zone).date(), []).append(card)
    step = timedelta(minutes=edition.grid_minutes)
    windows = {}
    for day in edition.days.all():
        span = opening_hours(day, edition)
        windows[day.date] = DayWindow(day.date, moment(span.start), moment(span.end), step, edition.zone)
    for stray in by_day.keys() - windows.keys():
        first = min(card.starts_at for card in by_day[stray])
        windows[stray] = DayWindow(stray, first, first, step, edition.zone)
    sheets = tuple(day_sheet(windows[day], rooms, by_day.get(day, []), breaks) for day in sorted(windows))
    return sheets, columns


def proposal_card(
    proposal: Proposal, room: int, starts_at: datetime, ends_at: datetime, hidden: Wall, mark: str = ""
) -> SessionCard:
    """A proposal in a room at a time, or only the room and the time."""
    if hidden.hides(proposal):
        return SessionCard(room, starts_at, ends_at, is_hidden=True)
    return SessionCard(
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        code=proposal.code,
        title=proposal.title,
        kind=proposal.format.name,
        kind_slug=proposal.format.slug,
        sponsor=proposal.sponsor.name,
        presenters=tuple(person.name for person in proposal.presenters.all()),
        mark=mark,
    )


@dataclass(frozen=True)
class SketchedSession:
    """A proposal in a room at a time; without one, a room and time that are taken."""

    proposal: Proposal | None
    room: int
    starts_at: datetime
    minutes: int


@dataclass(frozen=True)
class Sketch:
    """The days, and the rooms as columns."""

    days: tuple[DaySheet, ...]
    columns: tuple[GridColumn, ...]


def sketch(edition: Edition, viewer: User, sessions: Iterable[SketchedSession]) -> Sketch:
    """What the viewer's wall hides keeps its room and time only. Proposals come with sponsor, format and presenters."""
    hidden = wall(viewer, edition)
    cards = []
    for row in sessions:
        ends_at = row.starts_at + timedelta(minutes=row.minutes)
        if row.proposal is None:
            cards.append(SessionCard(row.room, row.starts_at, ends_at, is_hidden=True))
        else:
            cards.append(proposal_card(row.proposal, row.room, row.starts_at, ends_at, hidden))
    return Sketch(*day_sheets(edition, cards))
