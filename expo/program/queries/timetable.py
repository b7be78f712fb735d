"""The timetable drawn for one person: the editor's page, and timetables that nobody has adopted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.kit import clock, display
from expo.kit.chart_rows import RowChart
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall

from ..models import Run, Session
from . import quality
from .effects import PlacementEffect
from .problem import moment, opening_hours
from .quality import QualityMark
from .seats import SeatedSession, seats_chart
from .sessions import latest_run, unplaced_for
from .surroundings import NearbySession
from .whole import EffectsByProposal, SchedulingConflict, whole_timetable

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
    is_quiet: bool = False

    @property
    def minutes(self) -> int:
        return round((self.ends_at - self.starts_at).total_seconds() / 60)

    @property
    def is_clash(self) -> bool:
        """It breaks a rule by what has changed around it."""
        return any(note.hard for note in self.notes)

    @property
    def note_codes(self) -> str:
        """What the notes are about, as the page's script finds them; broken rules are all one."""
        return " ".join(dict.fromkeys(quality.key_of(note) for note in self.notes))

    @property
    def note_words(self) -> str:
        return " · ".join(note.label for note in self.notes)

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
    """`kind` is slot, free, closed or break; `value` and `until` are its start and end as forms write them."""

    kind: str
    room: int
    rows: int = 1
    card: SessionCard | None = None
    name: str = ""
    value: str = ""
    until: str = ""


@dataclass(frozen=True)
class GridLine:
    """The cells that begin at this moment."""

    at: datetime
    clock: str
    is_hour: bool
    cells: tuple[GridCell, ...]
    start: str = ""
    is_now: bool = False


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
    by_room: dict[int, list[SessionCard]] = {}
    for card in cards:
        by_room.setdefault(card.room, []).append(card)
    axis = _Axis(points, [value_of(point) for point in points], starts, {point: at for at, point in enumerate(points)})
    columns = [_grid_column(room, axis, by_room.get(room, ()), kept) for room in rooms]
    now, lines = clock.now(), []
    for index, (point, end) in enumerate(pairwise(points)):
        at, cells = point.astimezone(window.zone), tuple(column[index] for column in columns if index in column)
        start = axis.values[index] if point in starts else ""
        lines.append(GridLine(at, f"{at:%H:%M}", at.minute == 0, cells, start, point <= now < end))
    return DaySheet(window.date, tuple(lines), len(cards))


@dataclass(frozen=True)
class _Axis:
    """The moments at which anything begins or ends, with their values for forms; `starts` are those of the grid."""

    points: list[datetime]
    values: list[str]
    starts: set[datetime]
    index: dict[datetime, int]


def _grid_column(
    room: int, axis: _Axis, cards: Iterable[SessionCard], breaks: Iterable[GridBreak]
) -> dict[int, GridCell]:
    """The cells of one room by the row they begin in; rows covered from above have none."""
    points = axis.points
    by_start = {card.starts_at: card for card in cards}
    own_breaks = [row for row in breaks if row.room in (None, room)]
    column: dict[int, GridCell] = {}
    index = 0
    while index < len(points) - 1:
        at = points[index]
        card = by_start.get(at)
        current = next((row for row in own_breaks if row.starts_at <= at < row.ends_at), None)
        if card is not None:
            cell = GridCell("slot", room, axis.index[card.ends_at] - index, card)
        elif current is not None:
            until = min([current.ends_at, points[-1], *(start for start in by_start if start > at)])
            cell = GridCell("break", room, axis.index[until] - index, name=current.name)
        else:
            cell = GridCell("free" if at in axis.starts else "closed", room)
        after = index + cell.rows
        column[index] = replace(cell, value=axis.values[index], until=axis.values[after])
        index = after
    return column


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
class FormatCount:
    """A format with its number of visible sessions on the days that are drawn."""

    slug: str
    name: str
    sessions: int
    is_chosen: bool


@dataclass(frozen=True)
class Timetable:
    """Days with their sessions, and the unscheduled ones. `tabs` are all days, `days` those that are drawn.

    `kinds` and `marks` count what is drawn, `conflicts` are those of the whole edition.
    """

    days: tuple[DaySheet, ...]
    columns: tuple[GridColumn, ...]
    unplaced: tuple[Proposal, ...]
    kinds: tuple[FormatCount, ...]
    marks: tuple[QualityMark, ...]
    conflicts: tuple[SchedulingConflict, ...]
    run: Run | None
    seats: tuple[RowChart, ...] = ()
    tabs: tuple[DayTab, ...] = ()

    @property
    def sessions(self) -> int:
        """Scheduled on all days."""
        return sum(tab.sessions for tab in self.tabs)


def editor_timetable(
    edition: Edition, viewer: User, day: date | None = None, *, whole: bool = False, format: str = ""
) -> Timetable:
    """The editor's page: hidden sessions have no name, hidden unscheduled ones are not there at all.

    Of several days one is drawn, the first unless another is asked for, or the `whole`. With a `format`, sessions of
    others stay where they are and step back.
    """
    everything = whole_timetable(edition, viewer)
    formats = tuple(edition.formats.values_list("slug", "name"))
    format = format if format in dict(formats) else ""
    by_day: dict[date, list[tuple[NearbySession, Session]]] = {row.date: [] for row in everything.around.setup.days}
    for row in everything.sessions:
        by_day.setdefault(row[1].starts_at.astimezone(edition.zone).date(), []).append(row)
    dates = sorted(by_day)
    drawn = dates if whole else [day if day in dates else date for date in dates[:1]]
    rows = [row for each in drawn for row in by_day[each]]
    notes = everything.effects({nearby.item.id for nearby, _ in rows})
    cards = [_editor_card(*row, everything.hidden, notes, format) for row in rows]
    sheets, columns = day_sheets(edition, cards, drawn)
    counts = Counter(card.kind_slug for card in cards)
    return Timetable(
        days=sheets,
        columns=columns,
        unplaced=tuple(unplaced_for(viewer, edition)),
        kinds=tuple(FormatCount(slug, name, counts[slug], slug == format) for slug, name in formats),
        marks=quality.marks({card.session: card.notes for card in cards if card.session is not None}),
        conflicts=everything.conflicts(),
        run=latest_run(edition),
        seats=tuple(
            seats_chart(
                each, _seated(by_day[each], everything.hidden), (column.room for column in columns), edition.zone
            )
            for each in drawn
        ),
        tabs=tuple(DayTab(each, len(by_day[each]), each in drawn and not whole) for each in dates),
    )


def _seated(rows: Iterable[tuple[NearbySession, Session]], hidden: Wall) -> Iterator[SeatedSession]:
    """Those that nothing hides: an audience tells of its proposal."""
    for nearby, session in rows:
        if not hidden.hides(nearby.proposal):
            title, audience = nearby.proposal.title, nearby.item.audience
            yield SeatedSession(session.room_id, session.starts_at, session.ends_at, title, audience)


def _editor_card(
    nearby: NearbySession, session: Session, hidden: Wall, notes: EffectsByProposal, format: str
) -> SessionCard:
    proposal = nearby.proposal
    if hidden.hides(proposal):
        return SessionCard(session.room_id, session.starts_at, session.ends_at, is_hidden=True)
    return SessionCard(
        room=session.room_id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        session=session.pk,
        version=session.version,
        code=proposal.code,
        title=proposal.title,
        kind=proposal.format.name,
        kind_slug=proposal.format.slug,
        sponsor=nearby.sponsor,
        presenters=tuple(nearby.names.values()),
        is_pinned=session.is_pinned,
        lengths=proposal.format.lengths,
        notes=notes.get(proposal.pk, ()),
        is_quiet=bool(format) and proposal.format.slug != format,
    )


def day_sheets(
    edition: Edition, cards: Iterable[SessionCard], dates: Iterable[date] | None = None
) -> tuple[tuple[DaySheet, ...], tuple[GridColumn, ...]]:
    """The cards on these dates, or on the edition's days and on any other that has one; and the columns they are in."""
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
    drawn = sorted(windows) if dates is None else [day for day in dates if day in windows]
    sheets = tuple(day_sheet(windows[day], rooms, by_day.get(day, []), breaks) for day in drawn)
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
