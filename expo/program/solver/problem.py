"""What the scheduler is asked and what it answers. Times are whole minutes on one clock (UTC, since 1970)."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

from .rules import Clash, Link, Quota, Rival, Strand, Walk, Wish
from .spans import Place, Span


@dataclass(frozen=True)
class Room:
    """`capacity` None: nobody said, so anybody fits."""

    id: int
    capacity: int | None = None
    equipment: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Track:
    """Takes some formats. With a `room` it runs there and nowhere else, and the room is its own."""

    id: int
    formats: frozenset[int]
    room: int | None = None


@dataclass(frozen=True, order=True)
class Break:
    """Nothing runs in this span, in one room or (`room` None) in all."""

    start: int
    end: int
    room: int | None = None


@dataclass(frozen=True, order=True)
class Away:
    """A span in which a person cannot be on stage."""

    person: str
    start: int
    end: int


@dataclass(frozen=True)
class Item:
    """A session that wants a place. `band` 0 goes first; `merit` in hundredths decides inside a band.

    It starts at `earliest` or later (or at one of `starts` only) and has ended by `latest`; its room is also needed
    `setup` minutes before it.
    """

    id: int
    format: int
    minutes: int
    sponsor: int
    people: frozenset[str] = frozenset()
    topics: frozenset[int] = frozenset()
    away: tuple[Away, ...] = ()
    band: int = 0
    merit: int = 0
    audience: int = 0
    track: int | None = None
    needs: frozenset[str] = frozenset()
    pin: Place | None = None
    present: Place | None = None
    earliest: int | None = None
    latest: int | None = None
    setup: int = 0
    wishes: tuple[Wish, ...] = ()
    strand: int | None = None
    order: int = 0
    is_announced: bool = False
    starts: frozenset[int] | None = None


@dataclass(frozen=True)
class Problem:
    """Everything a timetable depends on. `days` are opening hours; starts stand on the `grid` from a day's opening.

    In a problem of `blocks` each day is a block of talks that follow one another, one strand to a room, and only
    the block of a talk matters. With a `blend`, the aims it names are added up with its weights into one. A repair
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
    strands: tuple[Strand, ...] = ()
    rivals: tuple[Rival, ...] = ()
    blocks: bool = False
    blend: tuple[tuple[str, int], ...] = ()
    is_repair: bool = False
    quotas: tuple[Quota, ...] = ()

    def sorted(self) -> "Problem":
        """The same problem in the one order the solver reads it, whatever order it came in.

        Tracks and rooms keep theirs: it is the organiser's, and it breaks ties.
        """
        return replace(
            self,
            items=tuple(sorted(map(_sorted_item, self.items), key=lambda item: item.id)),
            days=tuple(sorted(self.days)),
            breaks=tuple(sorted(self.breaks, key=lambda each: (each.start, each.end, each.room or 0))),
            strands=tuple(sorted(map(_sorted_strand, self.strands), key=lambda strand: strand.id)),
            walks=tuple(sorted(self.walks)),
            prime=tuple(sorted(self.prime)),
            links=tuple(sorted(self.links)),
            clashes=tuple(sorted(self.clashes)),
            rivals=tuple(sorted(self.rivals)),
            quotas=tuple(sorted(replace(each, items=tuple(sorted(each.items))) for each in self.quotas)),
        )

    @cached_property
    def item(self) -> Mapping[int, Item]:
        return {item.id: item for item in self.items}

    @cached_property
    def room(self) -> Mapping[int, Room]:
        return {room.id: room for room in self.rooms}

    @cached_property
    def strand(self) -> Mapping[int, Strand]:
        return {strand.id: strand for strand in self.strands}

    @cached_property
    def walking(self) -> Mapping[tuple[int, int], int]:
        there = {(walk.one, walk.other): walk.minutes for walk in self.walks}
        return {(walk.other, walk.one): walk.minutes for walk in self.walks} | there

    def gap(self, room: int, other: int) -> int:
        """Minutes a person needs between a session in one room and the next in the other."""
        return self.rest if room == other else max(self.rest, self.walking.get((room, other), self.walk))

    def seats(self, room: int) -> int:
        """The capacity of a room; 0 when nobody said."""
        return self.room[room].capacity or 0

    def day_of(self, start: int) -> int:
        """The position of the day (or block) that holds this moment; -1 for a pin outside all of them."""
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


def _sorted_item(item: Item) -> Item:
    return replace(item, away=tuple(sorted(item.away)), wishes=tuple(sorted(item.wishes, key=repr)))


def _sorted_strand(strand: Strand) -> Strand:
    return replace(strand, wishes=tuple(sorted(strand.wishes, key=repr)))


def _plain(value: object) -> object:
    """Sets as sorted lists: their own order changes from process to process."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return [(name, _plain(getattr(value, name))) for name in value.__dataclass_fields__]
    return value


@dataclass(frozen=True)
class Placed:
    """An item in its place, in the track that runs there."""

    item: int
    place: Place
    track: int


@dataclass(frozen=True)
class Tier:
    """One aim in the order of importance: what was reached, and what nobody can undercut. Less is better."""

    key: str
    value: int
    bound: int

    @property
    def is_proved(self) -> bool:
        return self.value <= self.bound


@dataclass(frozen=True)
class Solution:
    """A timetable that keeps every hard rule, with the aims it reached in order."""

    placed: tuple[Placed, ...]
    tiers: tuple[Tier, ...]
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def places(self) -> dict[int, Place]:
        return {each.item: each.place for each in self.placed}

    @property
    def digest(self) -> str:
        """The same for the same timetable."""
        rows = sorted((each.item, each.place.room, each.place.start) for each in self.placed)
        return sha256(repr(rows).encode()).hexdigest()[:12]
