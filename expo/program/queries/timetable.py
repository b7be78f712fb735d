"""The timetable drawn for one person: the editor's page, and timetables that nobody has adopted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from expo.accounts.models import User
from expo.editions.models import Break, Edition, Room
from expo.kit import display
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall

from ..models import Run, Session
from .effects import PlacementEffect, timetable_effects
from .problem import moment, opening_hours
from .sessions import latest_run, placed, unplaced_for

Choices = list[tuple[str, list[tuple[str, str]]]]


def room_choices(edition: Edition) -> list[Room]:
    return list(edition.rooms.all())


def start_choices(edition: Edition, minutes: int) -> Choices:
    """Starts on the grid, grouped by day, told in the edition's zone; the value is the moment in UTC."""
    grouped = []
    for day in edition.days.all():
        span = opening_hours(day, edition)
        starts = range(span.start, span.end - minutes + 1, edition.grid_minutes)
        options = [(value_of(moment(start)), _start_label(moment(start), edition, minutes)) for start in starts]
        grouped.append((display.formatted(day.date, "day"), options))
    return grouped


def value_of(at: datetime) -> str:
    """How a start is written in forms and in the grid."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _start_label(at: datetime, edition: Edition, minutes: int) -> str:
    start, end = at.astimezone(edition.zone), (at + timedelta(minutes=minutes)).astimezone(edition.zone)
    zone = f" {start.tzname()}" if start.utcoffset() != end.utcoffset() or start.fold else ""
    return f"{start:%H:%M} to {end:%H:%M}{zone}"


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
        """What stands here breaks a rule by what has changed around it."""
        return any(note.hard for note in self.notes)

    @property
    def is_flexible(self) -> bool:
        return self.lengths[0] < self.lengths[1]


@dataclass(frozen=True)
class GridBreak:
    """Time in which a room takes no session: a break with its name, or None for all rooms."""

    name: str
    starts_at: datetime
    ends_at: datetime
    room: int | None = None


@dataclass(frozen=True)
class GridCell:
    """`look` is slot, free, closed or break."""

    look: str
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
    lines: tuple[GridLine, ...]
    sessions: int


def day_sheet(
    window: DayWindow, rooms: Sequence[int], cards: Iterable[SessionCard], gaps: Iterable[GridBreak]
) -> DaySheet:
    """Draw one day; what stands outside the opening hours is shown all the same."""
    cards, gaps = list(cards), [gap for gap in gaps if _is_within(gap, window)]
    moments = {*window.grid, window.closes_at}
    moments |= {at for card in cards for at in (card.starts_at, card.ends_at)}
    moments |= {at for gap in gaps for at in (gap.starts_at, gap.ends_at)}
    points = sorted(moments)
    columns = [_grid_column(room, points, window, cards, gaps) for room in rooms]
    grid = set(window.grid)
    lines = tuple(_grid_line(at.astimezone(window.zone), columns, at in grid) for at in points[:-1])
    return DaySheet(window.date, lines, len(cards))


def _grid_line(at: datetime, columns: list[dict[datetime, GridCell]], is_start: bool) -> GridLine:
    cells = tuple(column[at] for column in columns if at in column)
    return GridLine(at, f"{at:%H:%M}", at.minute == 0, cells, value_of(at) if is_start else "")


def _is_within(gap: GridBreak, window: DayWindow) -> bool:
    return gap.starts_at < window.closes_at and window.opens_at < gap.ends_at


def _grid_column(
    room: int, points: list[datetime], window: DayWindow, cards: list[SessionCard], gaps: list[GridBreak]
) -> dict[datetime, GridCell]:
    """The cells of one room by the moment they begin; rows covered from above have none."""
    starts = {card.starts_at: card for card in cards if card.room == room}
    pauses = [gap for gap in gaps if gap.room in (None, room)]
    grid = set(window.grid)
    column: dict[datetime, GridCell] = {}
    index = 0
    while index < len(points) - 1:
        cell = _grid_cell(room, points, index, starts, pauses, grid)
        index += cell.rows
        column[cell.starts_at or points[0]] = replace(cell, ends_at=points[index])
    return column


def _grid_cell(
    room: int,
    points: list[datetime],
    index: int,
    starts: dict[datetime, SessionCard],
    pauses: list[GridBreak],
    grid: set[datetime],
) -> GridCell:
    at = points[index]
    if at in starts:
        rows = points.index(starts[at].ends_at) - index
        return GridCell("slot", room, rows, at, starts[at])
    pause = next((gap for gap in pauses if gap.starts_at <= at < gap.ends_at), None)
    if pause is not None:
        until = min([pause.ends_at, points[-1], *(start for start in starts if start > at)])
        return GridCell("break", room, points.index(until) - index, at, name=pause.name)
    return GridCell("free" if at in grid else "closed", room, 1, at)


def hidden_card(card: SessionCard) -> SessionCard:
    """Room and time only."""
    return replace(SessionCard(card.room, card.starts_at, card.ends_at), is_hidden=True)


#: What a card does not show, and would be most of what is read.
_LONG_TEXTS = [f"proposal__{name}" for name in ("abstract", "takeaways", "needs", "public_text", "feedback")]


@dataclass(frozen=True)
class RoomColumn:
    """A room with the tracks that run in it."""

    room: Room
    tracks: tuple[str, ...]


@dataclass(frozen=True)
class DayTab:
    """A day that can be shown, with how many sessions stand on it."""

    date: date
    sessions: int
    is_shown: bool


@dataclass(frozen=True)
class Timetable:
    """Days with their sessions, and what still wants a place. `tabs` are all days, `days` those that are drawn."""

    days: tuple[DaySheet, ...]
    columns: tuple[RoomColumn, ...]
    unplaced: tuple[Proposal, ...]
    kinds: tuple[tuple[str, str], ...]
    run: Run | None
    tabs: tuple[DayTab, ...] = ()
    closed: tuple[Break, ...] = ()


def editor_timetable(edition: Edition, viewer: User, day: date | None = None, *, whole: bool = False) -> Timetable:
    """The editor's page: hidden sessions are places without a name, hidden unplaced ones are not there at all.

    Of several days one is drawn, the first unless another is asked for, or the `whole`.
    """
    hidden = wall(viewer, edition)
    rows = placed(edition).select_related("proposal__slot").prefetch_related("proposal__presenters__away")
    sessions = list(rows.defer(*_LONG_TEXTS))
    found = timetable_effects(edition, sessions, hidden)
    cards = [session_card(session, hidden, found.get(session.proposal_id, ())) for session in sessions]
    every, columns = day_sheets(edition, cards)
    shown = {each.date for each in every} if whole else {_chosen_day(every, day)}
    return Timetable(
        days=tuple(each for each in every if each.date in shown),
        columns=columns,
        unplaced=tuple(unplaced_for(viewer, edition)),
        kinds=tuple(edition.formats.values_list("slug", "name")),
        run=latest_run(edition),
        tabs=tuple(DayTab(each.date, each.sessions, each.date in shown and not whole) for each in every),
        closed=tuple(edition.breaks.select_related("room")),
    )


def _chosen_day(days: tuple[DaySheet, ...], day: date | None) -> date | None:
    dates = [each.date for each in days]
    return day if day in dates else next(iter(dates), None)


def day_sheets(edition: Edition, cards: list[SessionCard]) -> tuple[tuple[DaySheet, ...], tuple[RoomColumn, ...]]:
    """The cards on the edition's days, and the columns they stand in."""
    columns = _room_columns(edition)
    rooms = [column.room.pk for column in columns]
    gaps = [GridBreak(row.name, row.starts_at, row.ends_at, row.room_id) for row in edition.breaks.all()]
    by_day = _cards_by_day(edition, cards)
    windows = _day_windows(edition, by_day)
    return tuple(day_sheet(window, rooms, by_day.get(window.date, []), gaps) for window in windows), columns


def session_card(session: Session, hidden: Wall, notes: tuple[PlacementEffect, ...] = ()) -> SessionCard:
    """A session as somebody behind this wall sees it."""
    card = proposal_card(session.proposal, session.room_id, session.starts_at, session.ends_at, hidden)
    if card.is_hidden:
        return card
    return replace(
        card,
        session=session.pk,
        version=session.version,
        is_pinned=session.is_pinned,
        lengths=session.proposal.format.lengths,
        notes=notes,
    )


def proposal_card(
    proposal: Proposal, room: int, starts_at: datetime, ends_at: datetime, hidden: Wall, mark: str = ""
) -> SessionCard:
    """A proposal in a room at a time, or only the room and the time."""
    if hidden.hides(proposal):
        return hidden_card(SessionCard(room, starts_at, ends_at))
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


def _room_columns(edition: Edition) -> tuple[RoomColumn, ...]:
    tracks: dict[int, list[str]] = {}
    for track in edition.tracks.exclude(room=None):
        tracks.setdefault(track.room_id or 0, []).append(track.name)
    return tuple(RoomColumn(room, tuple(tracks.get(room.pk, ()))) for room in edition.rooms.all())


def _cards_by_day(edition: Edition, cards: Iterable[SessionCard]) -> dict[date, list[SessionCard]]:
    found: dict[date, list[SessionCard]] = {}
    for card in cards:
        found.setdefault(card.starts_at.astimezone(edition.zone).date(), []).append(card)
    return found


def _day_windows(edition: Edition, by_day: Mapping[date, list[SessionCard]]) -> list[DayWindow]:
    """The edition's days, and any other date on which a session still stands."""
    step = timedelta(minutes=edition.grid_minutes)
    windows = {}
    for day in edition.days.all():
        span = opening_hours(day, edition)
        windows[day.date] = DayWindow(day.date, moment(span.start), moment(span.end), step, edition.zone)
    for stray in by_day.keys() - windows.keys():
        first = min(card.starts_at for card in by_day[stray])
        windows[stray] = DayWindow(stray, first, first, step, edition.zone)
    return [windows[key] for key in sorted(windows)]


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
    columns: tuple[RoomColumn, ...]


def sketch(edition: Edition, viewer: User, spots: Iterable[SketchedSession]) -> Sketch:
    """What the viewer's wall hides keeps its room and time only. Proposals come with sponsor, format and presenters."""
    hidden = wall(viewer, edition)
    return Sketch(*day_sheets(edition, [_sketch_card(spot, hidden) for spot in spots]))


def _sketch_card(spot: SketchedSession, hidden: Wall) -> SessionCard:
    ends_at = spot.starts_at + timedelta(minutes=spot.minutes)
    if spot.proposal is None:
        return hidden_card(SessionCard(spot.room, spot.starts_at, ends_at))
    return proposal_card(spot.proposal, spot.room, spot.starts_at, ends_at, hidden)
