"""Time and place: whole minutes on one clock (UTC, since 1970), and where something starts."""

from dataclasses import dataclass


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
