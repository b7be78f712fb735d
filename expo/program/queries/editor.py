"""The working timetable as one person may see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.proposals.models import Proposal
from expo.proposals.queries import Wall, wall

from ..models import Run, Session
from .grid import Card, DaySheet, Gap, Window, sheet, veiled
from .listing import latest_run, placed, unplaced_for
from .times import hours, moment


@dataclass(frozen=True)
class Column:
    """A room with the tracks that run in it."""

    room: Room
    tracks: tuple[str, ...]


@dataclass(frozen=True)
class Timetable:
    """Days with their sessions, and what still wants a place."""

    days: tuple[DaySheet, ...]
    columns: tuple[Column, ...]
    unplaced: tuple[Proposal, ...]
    kinds: tuple[tuple[str, str], ...]
    run: Run | None


def timetable(edition: Edition, viewer: User) -> Timetable:
    """The editor's page: hidden sessions are places without a name, hidden unplaced ones are not there at all."""
    hidden = wall(viewer, edition)
    cards = [card_of(session, hidden) for session in placed(edition)]
    days, columns = sheets(edition, cards)
    kinds = tuple(edition.formats.values_list("slug", "name"))
    return Timetable(days, columns, tuple(unplaced_for(viewer, edition)), kinds, latest_run(edition))


def sheets(edition: Edition, cards: list[Card]) -> tuple[tuple[DaySheet, ...], tuple[Column, ...]]:
    """The cards on the edition's days, and the columns they stand in."""
    columns = _columns(edition)
    rooms = [column.room.pk for column in columns]
    gaps = [Gap(row.name, row.starts_at, row.ends_at, row.room_id) for row in edition.breaks.all()]
    by_day = _by_day(edition, cards)
    windows = _windows(edition, by_day)
    return tuple(sheet(window, rooms, by_day.get(window.date, []), gaps) for window in windows), columns


def card_of(session: Session, hidden: Wall) -> Card:
    """A session as somebody behind this wall sees it."""
    card = proposal_card(session.proposal, session.room_id, session.starts_at, session.ends_at, hidden)
    if card.is_hidden:
        return card
    return Card(**{**vars(card), "session": session.pk, "version": session.version, "is_pinned": session.is_pinned})


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


def _windows(edition: Edition, by_day: dict[date, list[Card]]) -> list[Window]:
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
