"""What one more pin would cost: the run that would follow, solved now. Nothing is estimated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from expo.accounts.models import User
from expo.kit.text import counted

from ..matching.engine import solve
from ..matching.problem import UNIT, fingerprint
from ..models import Run
from .problem import read_snapshot

CHANGED = (
    "Reviewers, proposals, loads or rules are no longer those that this run began from, so what a pin costs is "
    "unknown. Run again to see it."
)
NOT_KEPT = "Pinned and run again: this pair could not be kept, because other pins, loads or roles come first."


class PricedAlternative(NamedTuple):
    """Somebody else (`other`) in place of a new pair, by ids."""

    proposal: int
    reviewer: int
    other: int

    @property
    def token(self) -> str:
        """Its name in an address."""
        return "-".join(map(str, self))


@dataclass(frozen=True)
class PinCost:
    """Total match and number of reviews, as "Fairness and proof" says them: of this run, and of one with the pin.

    `is_kept`: the pinned pair comes out.
    """

    match: tuple[float, float]
    reviews: tuple[int, int]
    is_kept: bool = True

    @property
    def sentence(self) -> str:
        if not self.is_kept:
            return NOT_KEPT
        before, after = self.match
        moved = "is higher by" if after > before else "is lower by"
        change = f"the total match {moved} {abs(after - before):.3f}" if after != before else "the total match stays"
        more = self.reviews[1] - self.reviews[0]
        reviews = "as many reviews are assigned"
        if more:
            reviews = f"{counted(abs(more), 'review')} {'more' if more > 0 else 'fewer'} can be assigned"
        return f"Pinned and run again: {change} ({before:.3f} → {after:.3f}), and {reviews}."


def alternative_named(token: str, result: Mapping[str, Any]) -> PricedAlternative | None:
    """One that the run proposes, by its name in an address."""
    known = (
        PricedAlternative(row["proposal"], row["reviewer"], other["reviewer"])
        for row in result.get("pairs") or []
        for other in row.get("instead") or []
    )
    return next((each for each in known if each.token == token), None)


def cost_of_pin(run: Run, viewer: User, asked: PricedAlternative) -> PinCost | None:
    """Exactly what comes out when the viewer pins this pair and runs again; None where that begins from other facts.

    For viewers who see the whole run.
    """
    problem = read_snapshot(run.edition, viewer, run.seed, run.kind).problem
    if fingerprint(problem) != run.input_hash:
        return None
    pair = (asked.proposal, asked.other)
    after = solve(replace(problem, pinned=problem.pinned | {pair}))
    stages = [(each.name, each.value) for each in after.stages]
    before = [(each["name"], each["value"]) for each in (run.result or {})["stages"]]
    return PinCost(
        (_last("affinity", before) / UNIT, _last("affinity", stages) / UNIT),
        (int(_last("coverage", before)), int(_last("coverage", stages))),
        pair in {*after.pairs, *(problem.kept - set(after.withdrawn))},
    )


def _last(name: str, stages: Sequence[tuple[str, float]]) -> float:
    return next((value for each, value in reversed(stages) if each == name), 0.0)
