"""What a preview consists of, as plain values."""

from dataclasses import dataclass

from ..models import PairRule
from .proof import Measure, Proof

LEAST_TOLD = 0.001


def cost_words(loss: float) -> str:
    """The least that total affinity would lose."""
    return f"at least {loss:.3f} less in all" if loss >= LEAST_TOLD else "perhaps no less in all"


@dataclass(frozen=True)
class Instead:
    """Somebody else for a pair; `loss` is what total affinity would lose at least while coverage, kept offers and least
    loads stay as they are, for who may see the whole."""

    id: int
    reviewer: str
    affinity: float
    loss: float | None

    @property
    def cost(self) -> str:
        return "" if self.loss is None else cost_words(self.loss)


@dataclass(frozen=True)
class Ruled:
    """A pair that a chair pinned or forbade, and what became of that in this run."""

    rule: PairRule
    note: str


@dataclass(frozen=True)
class ProposedPair:
    """A new pair, or (without `why`) an offer that is taken back; `rule` is a chair's word on it since."""

    id: int
    reviewer: str
    affinity: float
    why: tuple[str, ...] = ()
    dropped: str = ""
    is_pinned: bool = False
    chance: float | None = None
    instead: tuple[Instead, ...] = ()
    rule: str = ""


@dataclass(frozen=True)
class ProposedRow:
    """What a run proposes for one proposal; `kept` counts the reviews that stay."""

    id: int
    code: str
    title: str
    pairs: tuple[ProposedPair, ...]
    withdrawn: tuple[ProposedPair, ...]
    kept: int
    missing: int
    said: tuple[str, ...]
    rules: tuple[Ruled, ...]

    @property
    def gap(self) -> str:
        return f"{self.missing} review{'' if self.missing == 1 else 's'} missing"

    @property
    def is_changed(self) -> bool:
        return bool(self.pairs or self.withdrawn or self.missing)


@dataclass(frozen=True)
class LoadRow:
    """A reviewer's load before and after the run."""

    name: str
    before: int
    new: int
    withdrawn: int
    most: int

    @property
    def after(self) -> int:
        return self.before + self.new - self.withdrawn


@dataclass(frozen=True)
class Other:
    """What the other way to treat unanswered offers would have done to visible proposals."""

    stay: str
    new: int
    withdrawn: int
    mean: float


@dataclass(frozen=True)
class Preview:
    """Rows sorted with gaps first; `hidden` counts proposals behind the viewer's wall, `newer` rules made since.

    `claims` are pairs, by code and name, whose reviewer has yet to answer what a sponsor typed.
    """

    rows: tuple[ProposedRow, ...]
    loads: tuple[LoadRow, ...]
    placed: int
    wanted: int
    dropped: int
    withdrawn: int
    mean_affinity: float
    affinities: tuple[float, ...]
    hidden: int
    newer: int
    other: Other | None
    fairness: tuple[Measure, ...]
    proof: Proof
    claims: tuple[tuple[str, str], ...] = ()

    @property
    def missing(self) -> int:
        return sum(row.missing for row in self.rows)
