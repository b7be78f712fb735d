"""Rules and wishes beyond room, hours and presenters; every one is optional and absent from a plain Expo Day."""

from dataclasses import dataclass

#: What a link asks of two sessions that both have a place.
BEFORE, SAME_DAY, APART, ONE_ROOM, LARGER = "before", "same-day", "apart", "one-room", "larger"


@dataclass(frozen=True)
class Wish:
    """What it costs to stand in this room (None: any) and start in this span (None: any time)."""

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
    """`one` ends before `other` starts; both are on one day; never at the same time; in one room if on one day; or
    `one` is in a room no smaller than the other's. Cost 0: it must be so.
    """

    kind: str
    one: int
    other: int
    cost: int = 0


@dataclass(frozen=True, order=True)
class Clash:
    """Two sessions with people who want both: the cost of a minute in parallel (in blocks: of one shared block)."""

    one: int
    other: int
    cost: int


@dataclass(frozen=True, order=True)
class Quota:
    """At most so many of these sessions get a place."""

    items: tuple[int, ...]
    most: int


@dataclass(frozen=True)
class Strand:
    """Sessions that belong together. It uses a cell, a room on one day (or in one block), when one stands there.

    `wishes` cost for each cell used; `per_room` for each room after the first, `per_parallel` for each further room
    in the same cell's day, `per_gap` once if its days are not in a row.
    """

    id: int
    wishes: tuple[Wish, ...] = ()
    per_room: int = 0
    per_parallel: int = 0
    per_gap: int = 0


@dataclass(frozen=True, order=True)
class Rival:
    """Two strands that should not be on in parallel: the cost of each pair of their cells on one day."""

    one: int
    other: int
    cost: int
