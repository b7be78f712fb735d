"""What an edition's set-up says to the solver: rooms, tracks, days and breaks. No database."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from expo.editions.models import Break as BreakRow
from expo.editions.models import Day, Edition
from expo.editions.models import Room as RoomRow

from ..solver import Break, Problem, Room, Strand, Track
from .items import Halves
from .times import hours, middles, minute, near, prime_time, up


@dataclass(frozen=True)
class Ground:
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
        return middles(self.days, self.edition)

    @cached_property
    def problem(self) -> Problem:
        edition = self.edition
        return Problem(
            items=(),
            rooms=tuple(Room(row.pk, row.capacity, frozenset(row.equipment)) for row in self.rooms),
            tracks=tuple(self.tracks),
            days=tuple(hours(day, edition) for day in self.days),
            breaks=tuple(Break(minute(row.starts_at), up(row.ends_at), row.room_id) for row in self.breaks),
            grid=edition.grid_minutes,
            is_published=edition.is_published,
            rest=edition.rest_minutes,
            walk=edition.walk_minutes,
            walks=near(self.rooms) if edition.walk_minutes else (),
            prime=tuple(span for day in self.days if (span := prime_time(day, edition))),
            strands=tuple(Strand(key, per_room=1) for key in sorted(self.roaming)),
        )
