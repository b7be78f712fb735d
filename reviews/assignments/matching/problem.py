"""What a matching is asked and what it answers: plain values with ids, nothing of how it is solved."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Pair = tuple[int, int]  # (proposal, reviewer)
Stay = Literal["keep", "bonus"]
UNIT = 1_000_000


@dataclass(frozen=True)
class Proposal:
    """A proposal, how many reviews it should have in all, and the company family behind it."""

    id: int
    needs: int
    company: int | None = None


@dataclass(frozen=True)
class Reviewer:
    """A reviewer with the most and the least reviews they should have in all, agreed ones included."""

    id: int
    most: int
    least: int = 0
    is_senior: bool = False
    sector: str = "other"  # academia, industry or other
    companies: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Rules:
    """What a matching must respect besides loads and conflicts, and what it may pay for fairness.

    `floor_share`: the share of the total that may be given up for the worst-off proposal; None asks for no fairness.
    `chance`: the most probability with which any pair may come out; below 1 the matching is drawn.
    `stay`: "keep" changes as few agreed pairs as coverage allows, "bonus" weighs them by a twentieth of the range.
    `seconds`: how long the parts that are no flow (crossing roles, cycles, floors) may take together.
    """

    wants_senior: bool = False
    wants_sectors: bool = False
    no_cycles: bool = False
    floor_share: float | None = None
    chance: float = 1.0
    stay: Stay = "keep"
    seconds: float = 60.0


@dataclass(frozen=True)
class Problem:
    """The whole input. A pair without affinity counts as 0.

    `locked`: agreed, cannot change. `kept`: offered and unanswered, should stay. `pinned`: must come out if it can.
    `elsewhere`: reviewer → reviews outside this problem. `traffic`: (reviewer's company, proposal's company) of those.
    """

    proposals: tuple[Proposal, ...]
    reviewers: tuple[Reviewer, ...]
    affinities: Mapping[Pair, float] = field(default_factory=dict)
    forbidden: frozenset[Pair] = frozenset()
    locked: frozenset[Pair] = frozenset()
    kept: frozenset[Pair] = frozenset()
    pinned: frozenset[Pair] = frozenset()
    elsewhere: Mapping[int, int] = field(default_factory=dict)
    traffic: frozenset[tuple[int, int]] = frozenset()
    rules: Rules = Rules()
    seed: int = 0


@dataclass(frozen=True)
class Gap:
    """Reviews that could not be assigned, and everybody who is not on the proposal by what prevented it.

    `forbidden`: a pair that must not be. `full`: no capacity left. `role`: the reviews left are kept for another role.
    `cycle`: would close a cycle between companies. `drawn`: the probability cap holds them back. `spare`: could have
    taken it, had that not cost coverage elsewhere.
    """

    proposal: int
    missing: int
    forbidden: tuple[int, ...] = ()
    full: tuple[int, ...] = ()
    role: tuple[int, ...] = ()
    cycle: tuple[int, ...] = ()
    drawn: tuple[int, ...] = ()
    spare: tuple[int, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One objective of the lexicographic order: what was reached and what nothing can exceed. Equal: proved best."""

    name: str
    value: float
    bound: float

    @property
    def is_proved(self) -> bool:
        return self.value == self.bound


@dataclass(frozen=True)
class Alternative:
    """Somebody else for a pair, with their affinity.

    `loss`: the least affinity that the whole would lose by taking them, in units, among matchings that are as good in
    all objectives before affinity.
    """

    reviewer: int
    affinity: float
    loss: int


@dataclass(frozen=True)
class Solution:
    """New pairs and given-up ones, sorted.

    `units` is the affinity of all live pairs of the problem (new, kept and locked) in millionths, `bound_units` what no
    matching with these rules can exceed; `least` the smallest affinity that any one proposal gets in all; `floor`
    what every proposal was promised (or its own best, if that is less). `chances`: pair → probability, when drawn.
    """

    pairs: tuple[Pair, ...] = ()
    withdrawn: tuple[Pair, ...] = ()
    units: int = 0
    bound_units: int = 0
    needed: int = 0
    gaps: tuple[Gap, ...] = ()
    stages: tuple[Stage, ...] = ()
    least: float = 0.0
    floor: float | None = None
    chances: Mapping[Pair, float] = field(default_factory=dict)
    alternatives: Mapping[Pair, tuple[Alternative, ...]] = field(default_factory=dict)

    @property
    def placed(self) -> int:
        return len(self.pairs)

    @property
    def total_affinity(self) -> float:
        return self.units / UNIT

    @property
    def bound(self) -> float:
        return self.bound_units / UNIT


def units_of(affinity: float) -> int:
    """An affinity in whole millionths, so that small ones never vanish."""
    return round(min(1.0, max(0.0, affinity)) * UNIT)


def fingerprint(problem: Problem) -> str:
    """A digest of the whole input, whatever its order: equal digests mean equal runs."""
    content = (
        sorted((each.id, each.needs, each.company) for each in problem.proposals),
        sorted(
            (each.id, each.most, each.least, each.is_senior, each.sector, sorted(each.companies))
            for each in problem.reviewers
        ),
        sorted((pair, units_of(value)) for pair, value in problem.affinities.items() if value),
        *(sorted(each) for each in (problem.forbidden, problem.locked, problem.kept, problem.pinned, problem.traffic)),
        sorted(problem.elsewhere.items()),
        problem.rules,
        problem.seed,
    )
    return hashlib.sha256(repr(content).encode()).hexdigest()


def commitment(nonce: str, seed: int) -> str:
    """The SHA-256 of "nonce:seed" in hexadecimal. The nonce hides the seed, of which there may be few."""
    return hashlib.sha256(f"{nonce}:{seed}".encode()).hexdigest()
