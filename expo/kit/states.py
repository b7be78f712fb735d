"""Transition tables: which state may follow which. Plain Python, so states can be read without Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from .errors import WrongState


class State(StrEnum):
    """A state with a label for people: the member's name in plain words."""

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(member.value, member.label) for member in cls]


S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class Table(Generic[S]):
    """The allowed moves of one kind of thing."""

    noun: str
    moves: Mapping[S, frozenset[S]]

    def allows(self, old: S, new: S) -> bool:
        return new in self.moves.get(old, frozenset())

    def check(self, old: S, new: S) -> None:
        """Raise WrongState with a sentence unless the table allows the move."""
        if not self.allows(old, new):
            raise WrongState(
                "wrong-state",
                f"This {self.noun} is {old.label.lower()} and cannot become {new.label.lower()}. "
                "Reload the page to see its current state.",
            )
