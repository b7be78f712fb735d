"""The scheduler's input and output. Times are whole minutes on one clock (UTC, since 1970).

Rules and preferences beyond room, hours and presenters are optional; a plain Expo Day has none of them.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256


@dataclass(frozen=True, order=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: int
    end: int

    @property
    def minutes(self) -> int:
        return self.end - self.start

    def meets(self, other: "Span") -> bool:
        """Whether they have a minute in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, order=True)
class Place:
    """A room and a start."""

    room: int
    start: int


#: A timetable: where each placed item stands. `Timetable` is one that its owner changes.
Placements = Mapping[int, Place]
Timetable = dict[int, Place]

#: What a link requires of two sessions that are both placed.
BEFORE, SAME_DAY, APART, ONE_ROOM, LARGER = "before", "same-day", "apart", "one-room", "larger"


@dataclass(frozen=True)
class Wish:
    """What it costs to be in this room (None: any) and start in this span (None: any time)."""

    cost: int
    room: int | None = None
    start: int | None = None
    end: int | None = None

    def covers(self, room: int, start: int) -> bool:
        return (
            self.room in (None, room)
            and (self.start is None or self.start <= start)
            and (self.end is None or start < self.end)
        )


@dataclass(frozen=True, order=True)
class Walk:
    """Minutes between two rooms, the same both ways."""

    one: int
    other: int
    minutes: int


@dataclass(frozen=True, order=True)
class Link:
    """`one` ends before `other` starts; both on one day; never at the same time; in one room if on one day; or
    `one` in a room no smaller than the other's. Cost 0: a hard constraint.
    """

    kind: str
    one: int
    other: int
    cost: int = 0


@dataclass(frozen=True, order=True)
class Clash:
    """Two sessions that the same people want to hear: the cost of a minute in parallel (of sharing a time block)."""

    one: int
    other: int
    cost: int


@dataclass(frozen=True, order=True)
class Quota:
    """At most so many of these sessions are placed."""

    items: tuple[int, ...]
    most: int


@dataclass(frozen=True)
class RoamingTrack:
    """A track without a room of its own: sessions that belong together.

    It uses a cell, a room on one day (or in one time block), when a session of it is there. `wishes` cost for each
    cell used, `per_room` for each room after the first, `per_parallel` for each further room on the same day,
    `per_gap` once if its days are not consecutive.
    """

    id: int
    wishes: tuple[Wish, ...] = ()
    per_room: int = 0
    per_parallel: int = 0
    per_gap: int = 0


@dataclass(frozen=True, order=True)
class RivalTracks:
    """Two tracks that should not run in parallel: the cost of each pair of their cells on one day."""

    one: int
    other: int
    cost: int


@dataclass(frozen=True)
class Room:
    """`capacity` None: unknown, so any audience fits."""

    id: int
    capacity: int | None = None
    equipment: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Track:
    """Takes some formats. With a `room` it runs only there, and no other track does."""

    id: int
    formats: frozenset[int]
    room: int | None = None


@dataclass(frozen=True, order=True)
class Break:
    """No session runs in this span, in one room or (`room` None) in all."""

    start: int
    end: int
    room: int | None = None


@dataclass(frozen=True, order=True)
class Away:
    """A span in which a person cannot present."""

    person: str
    start: int
    end: int


@dataclass(frozen=True)
class Item:
    """A session to place. `merit_band` 0 goes first; `merit` in hundredths decides inside a band.

    It starts at `earliest` or later (or at one of `starts` only) and has ended by `latest`; its room is also needed
    `setup` minutes before it, and is none of the `excluded`.
    """

    id: int
    format: int
    minutes: int
    sponsor: int
    people: frozenset[str] = frozenset()
    topics: frozenset[int] = frozenset()
    away: tuple[Away, ...] = ()
    merit_band: int = 0
    merit: int = 0
    audience: int = 0
    track: int | None = None
    needs: frozenset[str] = frozenset()
    excluded: frozenset[int] = frozenset()
    pin: Place | None = None
    present: Place | None = None
    earliest: int | None = None
    latest: int | None = None
    setup: int = 0
    wishes: tuple[Wish, ...] = ()
    roaming_track: int | None = None
    order: int = 0
    is_announced: bool = False
    starts: frozenset[int] | None = None


@dataclass(frozen=True)
class Problem:
    """Everything a timetable depends on. `days` are opening hours; starts lie on the `grid` from a day's opening.

    With `time_blocks` each day is a block of talks that follow one another, one roaming track to a room, and only the
    block of a talk matters. With a `blend`, the objectives it names are added up with its weights into one. A repair
    moves as few sessions as it can before anything else; what is announced to the public weighs most.
    """

    items: tuple[Item, ...]
    rooms: tuple[Room, ...]
    tracks: tuple[Track, ...]
    days: tuple[Span, ...]
    breaks: tuple[Break, ...] = ()
    grid: int = 30
    is_published: bool = False
    seed: int = 1
    walk: int = 0
    rest: int = 0
    walks: tuple[Walk, ...] = ()
    prime: tuple[Span, ...] = ()
    links: tuple[Link, ...] = ()
    clashes: tuple[Clash, ...] = ()
    roaming_tracks: tuple[RoamingTrack, ...] = ()
    rival_tracks: tuple[RivalTracks, ...] = ()
    time_blocks: bool = False
    blend: tuple[tuple[str, int], ...] = ()
    is_repair: bool = False
    quotas: tuple[Quota, ...] = ()

    def sorted(self) -> "Problem":
        """The same problem in one canonical order.

        Tracks and rooms keep theirs: it is the organiser's, and it breaks ties.
        """
        items = (
            replace(item, away=tuple(sorted(item.away)), wishes=tuple(sorted(item.wishes, key=repr)))
            for item in self.items
        )
        tracks = (replace(track, wishes=tuple(sorted(track.wishes, key=repr))) for track in self.roaming_tracks)
        return replace(
            self,
            items=tuple(sorted(items, key=lambda item: item.id)),
            days=tuple(sorted(self.days)),
            breaks=tuple(sorted(self.breaks, key=lambda each: (each.start, each.end, each.room or 0))),
            roaming_tracks=tuple(sorted(tracks, key=lambda track: track.id)),
            walks=tuple(sorted(self.walks)),
            prime=tuple(sorted(self.prime)),
            links=tuple(sorted(self.links)),
            clashes=tuple(sorted(self.clashes)),
            rival_tracks=tuple(sorted(self.rival_tracks)),
            quotas=tuple(sorted(replace(each, items=tuple(sorted(each.items))) for each in self.quotas)),
        )

    @cached_property
    def item(self) -> Mapping[int, Item]:
        return {item.id: item for item in self.items}

    @cached_property
    def room(self) -> Mapping[int, Room]:
        return {room.id: room for room in self.rooms}

    @cached_property
    def roaming_track(self) -> Mapping[int, RoamingTrack]:
        return {track.id: track for track in self.roaming_tracks}

    @cached_property
    def walking_minutes(self) -> Mapping[tuple[int, int], int]:
        there = {(walk.one, walk.other): walk.minutes for walk in self.walks}
        return {(walk.other, walk.one): walk.minutes for walk in self.walks} | there

    def gap(self, room: int, other: int) -> int:
        """Minutes a person needs between a session in one room and the next in the other."""
        return self.rest if room == other else max(self.rest, self.walking_minutes.get((room, other), self.walk))

    def seats(self, room: int) -> int:
        """The capacity of a room; 0 when it is unknown."""
        return self.room[room].capacity or 0

    def day_of(self, start: int) -> int:
        """The index of the day (or time block) that contains this moment; -1 for a pin outside all of them."""
        at = bisect_right(self._openings, start) - 1
        return at if at >= 0 and start < self.days_in_order[at].end else -1

    @cached_property
    def days_in_order(self) -> tuple[Span, ...]:
        return tuple(sorted(self.days))

    @cached_property
    def _openings(self) -> list[int]:
        return [day.start for day in self.days_in_order]

    def fingerprint(self) -> str:
        """The same for the same input, in every process."""
        return sha256(repr(_plain(self.sorted())).encode()).hexdigest()


def _plain(value: object) -> object:
    """A value with its sets as sorted lists: a set's own order changes from process to process."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return [(name, _plain(getattr(value, name))) for name in value.__dataclass_fields__]
    return value


@dataclass(frozen=True)
class Placed:
    """An item with its place and the track that runs there."""

    item: int
    place: Place
    track: int


@dataclass(frozen=True)
class Objective:
    """One objective, minimised: the value reached and its proved lower bound."""

    key: str
    value: int
    bound: int

    @property
    def is_proved(self) -> bool:
        return self.value <= self.bound


@dataclass(frozen=True)
class Solution:
    """A timetable that keeps every hard constraint, and its objectives in their lexicographic order."""

    placed: tuple[Placed, ...]
    objectives: tuple[Objective, ...]
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def places(self) -> dict[int, Place]:
        return {each.item: each.place for each in self.placed}

    @property
    def digest(self) -> str:
        """The same for the same timetable."""
        rows = sorted((each.item, each.place.room, each.place.start) for each in self.placed)
        return sha256(repr(rows).encode()).hexdigest()[:12]
