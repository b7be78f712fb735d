"""What the scheduler is asked and what it answers. Times are whole minutes on one clock (UTC, since 1970)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256


@dataclass(frozen=True, order=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True, order=True)
class Place:
    """A room and a start."""

    room: int
    start: int


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
    """A session that wants a place. `band` 0 goes first; `merit` in hundredths decides inside a band."""

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


@dataclass(frozen=True)
class Problem:
    """Everything a timetable depends on. `days` are opening hours; starts stand on the `grid` from a day's opening."""

    items: tuple[Item, ...]
    rooms: tuple[Room, ...]
    tracks: tuple[Track, ...]
    days: tuple[Span, ...]
    breaks: tuple[Break, ...] = ()
    grid: int = 30
    is_published: bool = False
    seed: int = 1

    def sorted(self) -> "Problem":
        """The same problem in the one order the solver reads it, whatever order it came in.

        Tracks and rooms keep theirs: it is the organiser's, and it breaks ties.
        """
        items = [replace(item, away=tuple(sorted(item.away))) for item in self.items]
        return replace(
            self,
            items=tuple(sorted(items, key=lambda item: item.id)),
            days=tuple(sorted(self.days)),
            breaks=tuple(sorted(self.breaks, key=lambda each: (each.start, each.end, each.room or 0))),
        )

    @cached_property
    def item(self) -> Mapping[int, Item]:
        return {item.id: item for item in self.items}

    @cached_property
    def room(self) -> Mapping[int, Room]:
        return {room.id: room for room in self.rooms}

    def fingerprint(self) -> str:
        """The same for the same input, in every process."""
        return sha256(repr(_plain(self.sorted())).encode()).hexdigest()


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
