"""What the cards of a timetable say against their places, added up: the strip above the grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .effects import PlacementEffect

#: Broken rules of every kind are one mark.
BROKEN = "broken"
#: What is counted even where there is none of it, so that a good timetable says so.
ALWAYS = ("topic-parallel", "overflow", "sponsor-parallel")
_WORDS = {
    BROKEN: ("session breaks a rule", "sessions break a rule"),
    "topic-parallel": ("topic overlap", "topic overlaps"),
    "overflow": ("person without a seat", "people without a seat"),
    "sponsor-parallel": ("sponsor clash", "sponsor clashes"),
    "namesake": ("presenter may be in two places", "presenters may be in two places"),
    "link": ("preferred link is not kept", "preferred links are not kept"),
    "wish": ("session is not in its preferred half-day", "sessions are not in their preferred half-day"),
    "room-wish": ("session is not in a room it prefers", "sessions are not in rooms that they prefer"),
    "told": ("session has left the slot its presenters know", "sessions have left the slot their presenters know"),
}


@dataclass(frozen=True)
class QualityMark:
    """How much of one kind there is; `sessions` are the cards that it is about, in the order of the grid."""

    key: str
    count: int
    sessions: tuple[int, ...]

    @property
    def words(self) -> str:
        """What is counted, without the number."""
        return _WORDS[self.key][self.count != 1]


def key_of(note: PlacementEffect) -> str:
    """The kind of a note."""
    return BROKEN if note.hard else note.code


def marks(notes: Mapping[int, Sequence[PlacementEffect]]) -> tuple[QualityMark, ...]:
    """Notes by session, added up: what is about two is counted in pairs, seats in people, all else in sessions."""
    counted = []
    for key in _WORDS:
        about = {session: note for session, row in notes.items() for note in row if key_of(note) == key}
        pairs = {pair for note in about.values() for pair in note.pairs}
        count = len(pairs) or sum(note.people for note in about.values()) or len(about)
        if count or key in ALWAYS:
            counted.append(QualityMark(key, count, tuple(about)))
    return tuple(counted)
