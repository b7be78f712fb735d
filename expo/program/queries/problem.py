"""The edition as a problem for the scheduler: whole, or as one person may see it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from itertools import combinations
from math import floor
from typing import NamedTuple

from django.db.models import QuerySet

from expo.accounts.models import User
from expo.editions.models import Break as BreakRow
from expo.editions.models import Day, Edition, Format
from expo.editions.models import Room as RoomRow
from expo.proposals.models import Availability, Presenter, Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.listing import accepted
from expo.proposals.states import PLACEABLE, DayHalf

from ..models import Link as LinkModel
from ..models import Session
from ..rule_texts import HIDDEN_SESSION
from ..solver.problem import Away, Break, Item, Link, Place, Problem, RoamingTrack, Room, Span, Track, Walk, Wish


def minute(at: datetime) -> int:
    """Whole minutes since 1970; seconds are cut off."""
    return floor(at.timestamp() / 60)


def moment(minutes: int) -> datetime:
    """The other way round."""
    return datetime.fromtimestamp(minutes * 60, UTC)


def minute_up(at: datetime) -> int:
    """An end with seconds reaches into its minute."""
    return minute(at + timedelta(seconds=59))


def opening_hours(day: Day, edition: Edition) -> Span:
    """Opening hours on the solver's clock, from wall-clock times in the edition's zone: a change of clocks counts."""
    return Span(_minute_on(day, day.opens_at, edition), _minute_on(day, day.closes_at, edition))


def prime_time(day: Day, edition: Edition) -> Span | None:
    """The part of the day that is shared fairly between sponsors."""
    if day.prime_from is None or day.prime_until is None:
        return None
    return Span(_minute_on(day, day.prime_from, edition), _minute_on(day, day.prime_until, edition))


def day_halves(days: Iterable[Day], edition: Edition) -> tuple[tuple[Span, Span], ...]:
    """Each day's hours before its middle, and after it."""
    spans = [opening_hours(day, edition) for day in days]
    return tuple(
        (Span(span.start, middle), Span(middle, span.end))
        for span in spans
        for middle in [(span.start + span.end) // 2]
    )


def same_area(rooms: Iterable[RoomRow]) -> tuple[Walk, ...]:
    """Pairs of rooms in one area: nobody walks between them."""
    return tuple(
        Walk(one.pk, other.pk, 0) for one, other in combinations(rooms, 2) if one.area and one.area == other.area
    )


def _minute_on(day: Day, at: time, edition: Edition) -> int:
    return minute(datetime.combine(day.date, at, edition.zone))


#: What a wish costs that is not granted; all wishes weigh the same.
WISH_COST = 1
Halves = Sequence[tuple[Span, Span]]


Merits = Mapping[int, float | None]


class RoomWishes(NamedTuple):
    """Rooms that a session cannot use, and the `others` than those it prefers, if it prefers any."""

    excluded: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()


def room_wishes(rooms: Iterable[RoomRow], preferred: Iterable[int], excluded: Iterable[int]) -> RoomWishes:
    """What a sponsor said of the rooms."""
    wanted, unusable = frozenset(preferred), frozenset(excluded)
    others = {room.pk for room in rooms} - wanted - unusable if wanted - unusable else frozenset()
    return RoomWishes(unusable, frozenset(others))


def merit_bands(merits: Merits) -> dict[int, int]:
    """Whole points of merit are bands: 4 and above first, then 3 and above, and so on; no merit comes last."""
    points = {key: -1 if merit is None else floor(merit) for key, merit in merits.items()}
    order = sorted(set(points.values()), reverse=True)
    return {key: order.index(value) for key, value in points.items()}


def people_and_absences(proposals: Sequence[Proposal]) -> tuple[dict[int, set[str]], dict[int, list[Away]]]:
    """Per proposal its presenters by mail address, and when they are away."""
    people: dict[int, set[str]] = defaultdict(set)
    away: dict[int, list[Away]] = defaultdict(list)
    mine = [row.pk for row in proposals]
    for row in Presenter.objects.filter(proposal__in=mine).exclude(email=""):
        people[row.proposal_id].add(row.person)
    for each in Availability.objects.filter(presenter__proposal__in=mine).select_related("presenter"):
        person = each.presenter
        away[person.proposal_id].append(
            Away(person.person or f"#{person.pk}", minute(each.starts_at), minute_up(each.ends_at))
        )
    return people, away


def item_of(
    row: Proposal,
    session: Session | None,
    band_and_merit: tuple[int, float | None],
    people: set[str],
    away: list[Away],
    topics: Iterable[int],
    halves: Halves,
    roaming: frozenset[int],
    rooms: RoomWishes,
    *,
    is_announced: bool = False,
) -> Item:
    """One proposal. `rooms`: what it says of them. `halves`: the days' mornings and afternoons, one of which it may
    prefer; `roaming`: tracks without a room.
    """
    band, merit = band_and_merit
    here = Place(session.room_id, minute(session.starts_at)) if session else None
    unwanted = [afternoon if row.prefers == DayHalf.MORNING else morning for morning, afternoon in halves]
    return Item(
        id=row.pk,
        format=row.format_id,
        minutes=row.length,
        sponsor=row.sponsor_id,
        people=frozenset(people),
        topics=frozenset(topics),
        away=tuple(away),
        merit_band=band,
        merit=max(0, round(100 * (merit or 0))),
        audience=row.expected_audience or 0,
        track=row.track_id,
        needs=frozenset(row.equipment),
        excluded=rooms.excluded,
        pin=here if session and session.is_pinned else None,
        present=here,
        earliest=minute_up(row.earliest_at) if row.earliest_at else None,
        latest=minute(row.latest_at) if row.latest_at else None,
        setup=row.format.setup_minutes,
        wishes=(
            *(Wish(WISH_COST, None, half.start, half.end) for half in unwanted if row.prefers),
            *(Wish(WISH_COST, room) for room in sorted(rooms.others)),
        ),
        roaming_track=row.track_id if row.track_id in roaming else None,
        is_announced=is_announced,
    )


@dataclass(frozen=True)
class SolverSetup:
    """The rows of the set-up, however they were read; `problem` is theirs, still without a session."""

    edition: Edition
    rooms: Sequence[RoomRow]
    tracks: Sequence[Track]
    days: Sequence[Day]
    breaks: Sequence[BreakRow]

    @cached_property
    def roaming(self) -> frozenset[int]:
        """Tracks without a room of their own."""
        return frozenset(track.id for track in self.tracks if track.room is None)

    @cached_property
    def halves(self) -> Halves:
        return day_halves(self.days, self.edition)

    @cached_property
    def problem(self) -> Problem:
        edition = self.edition
        return Problem(
            items=(),
            rooms=tuple(Room(row.pk, row.capacity, frozenset(row.equipment)) for row in self.rooms),
            tracks=tuple(self.tracks),
            days=tuple(opening_hours(day, edition) for day in self.days),
            breaks=tuple(Break(minute(row.starts_at), minute_up(row.ends_at), row.room_id) for row in self.breaks),
            grid=edition.grid_minutes,
            is_published=edition.is_published,
            rest=edition.rest_minutes,
            walk=edition.walk_minutes,
            walks=same_area(self.rooms) if edition.walk_minutes else (),
            prime=tuple(span for day in self.days if (span := prime_time(day, edition))),
            roaming_tracks=tuple(RoamingTrack(key, per_room=1) for key in sorted(self.roaming)),
        )


@dataclass(frozen=True)
class Snapshot:
    """The problem, and the versions of the sessions it was taken from (to notice changes made since)."""

    problem: Problem
    versions: dict[int, int]

    @property
    def places(self) -> dict[int, Place]:
        """The current timetable."""
        return {item.id: item.present for item in self.problem.items if item.present is not None}


def snapshot(
    edition: Edition,
    *,
    seed: int = 1,
    among: QuerySet[Proposal] | None = None,
    merits: Merits | None = None,
    formats: Mapping[int, Format] | None = None,
) -> Snapshot:
    """The current timetable and everything that limits it, for the accepted proposals or `among` others.

    `merits`: what to go by for proposals that carry no verdict yet; `formats`: as which others they are to be accepted.
    """
    sessions = {row.proposal_id: row for row in Session.objects.filter(edition=edition).order_by("id")}
    rows = accepted(edition) if among is None else among
    proposals = list(
        rows.select_related("format", "slot").prefetch_related("topics", "preferred_rooms", "excluded_rooms")
    )
    setup = solver_setup(edition)
    for row in proposals:
        if format := (formats or {}).get(row.pk):
            _take_as(row, format, setup.problem)
    people, away = people_and_absences(proposals)
    worth = {row.pk: (merits or {}).get(row.pk, row.merit) for row in proposals}
    bands = merit_bands(worth)
    items = tuple(
        item_of(
            row,
            sessions.get(row.pk),
            (bands[row.pk], worth[row.pk]),
            people[row.pk],
            away[row.pk],
            [topic.pk for topic in row.topics.all()],
            setup.halves,
            setup.roaming,
            room_wishes(
                setup.rooms,
                (room.pk for room in row.preferred_rooms.all()),
                (room.pk for room in row.excluded_rooms.all()),
            ),
            is_announced=row.pk in sessions and hasattr(row, "slot"),
        )
        for row in proposals
    )
    links = links_between(edition, {row.pk for row in proposals})
    problem = replace(setup.problem, items=items, seed=seed, links=links)
    return Snapshot(problem, {key: row.version for key, row in sessions.items()})


def _take_as(row: Proposal, format: Format, problem: Problem) -> None:
    """As its verdict would make it: of the format's length, in any track where its own does not take the format."""
    row.format, row.minutes = format, None
    if all(track.id != row.track_id or format.pk not in track.formats for track in problem.tracks):
        row.track = None


def occupied_by_others(edition: Edition, besides: Collection[int]) -> tuple[Break, ...]:
    """Rooms and times that sessions of other proposals hold, without a word of whose they are."""
    rows = Session.objects.filter(edition=edition, proposal__state__in=PLACEABLE).exclude(proposal__in=besides)
    spans = rows.order_by("taken_from", "room_id").values_list("taken_from", "ends_at", "room_id")
    return tuple(Break(minute(start), minute_up(end), room) for start, end, room in spans)


def solver_setup(edition: Edition) -> SolverSetup:
    """The set-up, read row by row."""
    tracks = edition.tracks.prefetch_related("formats")
    return SolverSetup(
        edition,
        rooms=list(edition.rooms.all()),
        tracks=[Track(row.pk, frozenset(format.pk for format in row.formats.all()), row.room_id) for row in tracks],
        days=list(edition.days.all()),
        breaks=list(edition.breaks.all()),
    )


def links_between(edition: Edition, kept: set[int]) -> tuple[Link, ...]:
    """Rules and wishes about two of these."""
    rows = LinkModel.objects.filter(edition=edition)
    return tuple(
        Link(row.kind, row.one_id, row.other_id, 0 if row.is_rule else WISH_COST)
        for row in rows
        if row.one_id in kept and row.other_id in kept
    )


@dataclass(frozen=True)
class VisibleProblem:
    """What one person may know of the problem, with names. Hidden sessions have ids below zero, and never move."""

    problem: Problem
    places: dict[int, Place]
    edition: Edition
    proposals: dict[int, Proposal]
    sessions: dict[int, Session]
    rooms: dict[int, RoomRow]
    breaks: dict[Break, BreakRow]
    hides_some: bool

    def title(self, key: int) -> str:
        """How a session is called; a hidden one is not."""
        row = self.proposals.get(key)
        return f"“{row.title}”" if row else HIDDEN_SESSION

    def sponsor(self, key: int) -> str:
        """Whose session this is."""
        row = self.proposals.get(key)
        return row.sponsor.name if row else "Its sponsor"

    def person(self, key: int, person: str | None) -> str:
        """A presenter of this session by name."""
        row = self.proposals.get(key)
        presenters = row.presenters.all() if row else []
        return next((presenter.name for presenter in presenters if presenter.person == person), "a presenter")

    def break_name(self, place: Place, minutes: int) -> str:
        """The name of the break that a session would run into."""
        end = place.start + minutes
        for span, row in self.breaks.items():
            if span.room in (None, place.room) and span.start < end and place.start < span.end:
                return row.name
        return "a break"

    def clock(self, minutes: int) -> str:
        """Day and time in the edition's zone."""
        return f"{moment(minutes).astimezone(self.edition.zone):%d %b %H:%M}"


def visible_problem(edition: Edition, viewer: User) -> VisibleProblem:
    """A constant number of queries. What is hidden is a taken room at a time, and no more."""
    hidden = wall(viewer, edition)
    rows = accepted(edition).select_related("sponsor", "format").prefetch_related("presenters")
    proposals = {row.pk: row for row in rows if not hidden.hides(row)}
    placed = Session.objects.filter(edition=edition, proposal__state__in=PLACEABLE)
    sessions = list(placed.order_by("starts_at", "room__position", "room_id"))
    whole = snapshot(edition).problem
    visible = [item for item in whole.items if item.id in proposals]
    # Merit bands are counted among the visible: how many others there are is hidden too.
    bands = {band: number for number, band in enumerate(sorted({item.merit_band for item in visible}))}
    hidden_rows = [row for row in sessions if row.proposal_id not in proposals]
    hidden_items = []
    # Numbered by where they are; each of a sponsor of its own, and of no format, topic or person.
    for number, row in enumerate(hidden_rows, 1):
        here, key = Place(row.room_id, minute(row.starts_at)), -number
        length = minute(row.ends_at) - here.start
        hidden_items.append(Item(id=key, format=0, minutes=length, sponsor=key, pin=here, present=here))
    problem = replace(
        whole,
        items=(
            *(replace(item, merit_band=bands[item.merit_band]) for item in visible),
            *hidden_items,
        ),
        links=tuple(link for link in whole.links if {link.one, link.other} <= proposals.keys()),
    )
    return VisibleProblem(
        problem=problem.sorted(),
        places={item.id: item.present for item in problem.items if item.present is not None},
        edition=edition,
        proposals=proposals,
        sessions={row.proposal_id: row for row in sessions if row.proposal_id in proposals},
        rooms={row.pk: row for row in edition.rooms.all()},
        breaks={Break(minute(row.starts_at), minute_up(row.ends_at), row.room_id): row for row in edition.breaks.all()},
        hides_some=hidden.hides_some,
    )
