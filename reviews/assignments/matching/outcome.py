"""What every engine answers with: which arcs of an instance are taken, and how good that is proved to be."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .arrays import Flags, Instance, Ints
from .problem import Stage


@dataclass(frozen=True)
class Outcome:
    """A matching as flags over the instance's arcs.

    `stages`: every aim in its order, with value and bound. `prices`: per arc, the least units that the whole would
    lose by taking it (0 for a taken one). `chances`: per arc, the probability with which it came out, when drawn.
    `floor`: what every proposal was promised, in units (or its own best, if that is less).
    `barred`: arcs that no matching may take because of company cycles or the draw, by cause.
    """

    chosen: Flags
    stages: tuple[Stage, ...] = ()
    prices: Ints | None = None
    chances: NDArray[np.float64] | None = None
    floor: int | None = None
    barred: dict[str, Flags] = field(default_factory=dict)

    def bound(self, name: str) -> int:
        """What nothing can exceed in the stage of that name."""
        return next(int(stage.bound) for stage in self.stages if stage.name == name)


def total(instance: Instance, chosen: Flags) -> int:
    """The new pairs' units together."""
    return int(instance.units[chosen].sum())


def totals(instance: Instance, chosen: Flags) -> Ints:
    """What every proposal gets in all, agreed pairs included."""
    new = np.bincount(instance.proposal[chosen], instance.units[chosen], len(instance.needs))
    return instance.base + new.round().astype(np.int64)


def counts(instance: Instance, chosen: Flags) -> tuple[Ints, Ints]:
    """New reviews per proposal and per reviewer."""
    return (
        np.bincount(instance.proposal[chosen], minlength=len(instance.needs)),
        np.bincount(instance.reviewer[chosen], minlength=len(instance.room)),
    )


def least(instance: Instance, chosen: Flags) -> int:
    """The smallest total of any proposal (0 where there is none)."""
    each = totals(instance, chosen)
    return int(each.min()) if len(each) else 0
