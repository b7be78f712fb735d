"""Pins come first of all: as many as loads, roles and cycles allow are agreed before anything else is solved."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import Flags, Instance
from .outcome import Outcome
from .problem import Stage


def merged(instance: Instance, pinned: Outcome, asked: int, rest: Outcome) -> Outcome:
    """The outcome of what was left, told of the whole instance again."""
    taken = pinned.chosen
    first = Stage("pinned", int(taken.sum()), min(asked, int(pinned.stages[0].bound)))
    more = {
        "coverage": int(taken.sum()),
        "stay": int(instance.kept[taken].sum()),
        "affinity": int(instance.units[taken].sum()),
    }
    return replace(
        rest,
        chosen=_spread(rest.chosen, taken, True),
        stages=(first, *(_raised(stage, more.get(stage.name, 0)) for stage in rest.stages)),
        prices=None if rest.prices is None else _spread(rest.prices, taken, 0),
        chances=None if rest.chances is None else _spread(rest.chances, taken, 1.0),
        barred={cause: _spread(flags, taken, False) for cause, flags in rest.barred.items()},
    )


def _spread(values: NDArray[Any], taken: Flags, there: object) -> NDArray[Any]:
    whole = np.empty(len(taken), values.dtype)
    whole[~taken], whole[taken] = values, there
    return whole


def _raised(stage: Stage, by: int) -> Stage:
    return replace(stage, value=stage.value + by, bound=stage.bound + by)
