"""The working timetable as one person may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from expo.accounts.models import User
from expo.editions.models import Break, Edition, Room
from expo.proposals.models import Proposal
from expo.proposals.queries import Wall, wall

from ..models import Run, Session
from .effects import Effect
from .grid import Card, DaySheet, Gap, Window, sheet, veiled
from .listing import latest_run, placed, unplaced_for
from .marks import marks
from .times import hours, moment

#: What a card does not show, and would be most of what is read.
TEXTS = [f"proposal__{name}" for name in ("abstract", "takeaways", "needs", "public_text", "feedback")]


@dataclass(frozen=True)
class Column:
    """A room with the tracks that run in it."""

    room: Room
    tracks: tuple[str, ...]


@dataclass(frozen=True)
class Tab:
    """A day that can be shown, with how many sessions stand on it."""

    date: date
    sessions: int
    is_shown: bool


@dataclass(frozen=True)
class Timetable:
    """Days with their sessions, and what still wants a place. `tabs` are all days, `days` those that are drawn."""

    days: tuple[DaySheet, ...]
    columns: tuple[Column, ...]
    unplaced: tuple[Proposal, ...]
    kinds: tuple[tuple[str, str], ...]
    run: Run | None
    tabs: tuple[Tab, ...] = ()
    closed: tuple[Break, ...] = ()


def timetable(edition: Edition, viewer: User, day: date | None = None, *, whole: bool = False) -> Timetable:
    """The editor's page: hidden sessions are places without a name, hidden unplaced ones are not there at all.

    Of several days one is drawn, the first unless another is asked for, or the `whole`.
    """
    hidden = wall(viewer, edition)
    rows = placed(edition).select_related("proposal__slot").prefetch_related("proposal__presenters__away")
    sessions = list(rows.defer(*TEXTS))
    found = marks(edition, sessions, hidden)
    cards = [card_of(session, hidden, found.get(session.proposal_id, ())) for session in sessions]
    every, columns = sheets(edition, cards)
    shown = {each.date for each in every} if whole else {_chosen(every, day)}
    return Timetable(
        days=tuple(each for each in every if each.date in shown),
        columns=columns,
        unplaced=tuple(unplaced_for(viewer, edition)),
        kinds=tuple(edition.formats.values_list("slug", "name")),
        run=latest_run(edition),
        tabs=tuple(Tab(each.date, each.sessions, each.date in shown and not whole) for each in every),
        closed=tuple(edition.breaks.select_related("room")),
    )


def _chosen(days: tuple[DaySheet, ...], day: date | None) -> date | None:
    dates = [each.date for each in days]
    return day if day in dates else next(iter(dates), None)


def sheets(edition: Edition, cards: list[Card]) -> tuple[tuple[DaySheet, ...], tuple[Column, ...]]:
    """The cards on the edition's days, and the columns they stand in."""
    columns = _columns(edition)
    rooms = [column.room.pk for column in columns]
    gaps = [Gap(row.name, row.starts_at, row.ends_at, row.room_id) for row in edition.breaks.all()]
    by_day = _by_day(edition, cards)
    windows = _windows(edition, by_day)
    return tuple(sheet(window, rooms, by_day.get(window.date, []), gaps) for window in windows), columns


def card_of(session: Session, hidden: Wall, notes: tuple[Effect, ...] = ()) -> Card:
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
) -> Card:
    """A proposal in a room at a time, or only the room and the time."""
    if hidden.hides(proposal):
        return veiled(Card(room, starts_at, ends_at))
    return Card(
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


def _columns(edition: Edition) -> tuple[Column, ...]:
    tracks: dict[int, list[str]] = {}
    for track in edition.tracks.exclude(room=None):
        tracks.setdefault(track.room_id or 0, []).append(track.name)
    return tuple(Column(room, tuple(tracks.get(room.pk, ()))) for room in edition.rooms.all())


def _by_day(edition: Edition, cards: Iterable[Card]) -> dict[date, list[Card]]:
    found: dict[date, list[Card]] = {}
    for card in cards:
        found.setdefault(card.starts_at.astimezone(edition.zone).date(), []).append(card)
    return found


def _windows(edition: Edition, by_day: Mapping[date, list[Card]]) -> list[Window]:
    """The edition's days, and any other date on which a session still stands."""
    step = timedelta(minutes=edition.grid_minutes)
    windows = {}
    for day in edition.days.all():
        span = hours(day, edition)
        windows[day.date] = Window(day.date, moment(span.start), moment(span.end), step, edition.zone)
    for stray in by_day.keys() - windows.keys():
        first = min(card.starts_at for card in by_day[stray])
        windows[stray] = Window(stray, first, first, step, edition.zone)
    return [windows[key] for key in sorted(windows)]
