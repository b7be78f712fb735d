"""A reviewer's levels on practice proposals beside the panel's. Plain Python."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True)
class Deviation:
    """How far somebody's levels are from the panel's: `distance` on average, in levels; `lean` above 0: higher."""

    levels: int
    distance: float
    lean: float

    @property
    def words(self) -> str:
        """The direction, where there is one."""
        if abs(self.lean) < 0.05:
            return "neither higher nor lower on average"
        return f"{abs(self.lean):.1f} {'higher' if self.lean > 0 else 'lower'} on average"


def deviation(pairs: Iterable[tuple[Mapping[str, int], Mapping[str, int]]]) -> Deviation | None:
    """Over pairs of own and the panel's levels by criterion; None where they have no criterion in common."""
    gaps = [own[slug] - panel[slug] for own, panel in pairs for slug in sorted(own.keys() & panel.keys())]
    return Deviation(len(gaps), fmean(map(abs, gaps)), fmean(gaps)) if gaps else None
