"""Rules that bind several pairs together: required roles on a proposal, and no circles between companies."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from expo.accounts.states import Sector

from ..models import QueueSettings
from .people import Person


@dataclass(frozen=True)
class Required:
    """A role that somebody on every proposal should have; `least`: with fewer reviews than this nothing is asked."""

    label: str
    fits: Callable[[Person], bool]
    least: int


SENIOR = Required("a senior reviewer", lambda person: person.is_senior, 1)
SECTORS = (
    Required("a reviewer from academia", lambda person: person.sector == Sector.ACADEMIA, 2),
    Required("a reviewer from industry", lambda person: person.sector == Sector.INDUSTRY, 2),
)


def required_roles(settings: QueueSettings) -> tuple[Required, ...]:
    """What the settings ask of every proposal."""
    return (*((SENIOR,) if settings.wants_senior else ()), *(SECTORS if settings.wants_sectors else ()))


def left_out(roles: Iterable[Required], on_it: Collection[Person], needs: int) -> str:
    """The role for which these people leave no seat of a proposal, as a sentence; empty when all roles have one."""
    for role in roles:
        if needs >= role.least and sum(not role.fits(person) for person in on_it) >= needs:
            return f"That would leave no place for {role.label}."
    return ""


@dataclass
class Traffic:
    """Which company reviews which: A → B when somebody of A has a proposal of B, another company."""

    edges: set[tuple[int, int]] = field(default_factory=set)

    def add(self, companies: Collection[int], target: int) -> None:
        self.edges.update(_between(companies, target))

    def closes(self, companies: Collection[int], target: int) -> bool:
        """Whether giving somebody of these companies a proposal of `target` closes a circle of two or three."""
        new = set(_between(companies, target))
        edges = self.edges | new
        return any((b, a) in edges or self._through(edges, a, b) for a, b in new)

    @staticmethod
    def _through(edges: Collection[tuple[int, int]], a: int, b: int) -> bool:
        return any((b, c) in edges for c, end in edges if end == a)


def _between(companies: Collection[int], target: int) -> list[tuple[int, int]]:
    return [(one, target) for one in companies if one != target]
