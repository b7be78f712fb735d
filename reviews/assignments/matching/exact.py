"""What is no flow: roles that cross each other and company cycles, solved aim by aim like everything else.

A heuristic finds a matching that keeps all rules (`start`), the flow without these rules bounds every aim, and where
the two differ branch and bound closes the gap as far as the time goes. The answer is always feasible, every stage says
what nothing can exceed.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from . import linear, stages
from .arrays import Flags, Instance, Ints
from .cycles import dead, directions
from .floors import nth_of
from .model import Model, model
from .outcome import Outcome
from .problem import Rules, Stage
from .roles import binding, laminar
from .start import feasible


def needed(instance: Instance, rules: Rules) -> bool:
    """Whether the rules are more than a flow can keep."""
    crossing = not laminar(binding(instance.caps, instance.needs))
    return crossing or (rules.no_cycles and bool((instance.target >= 0).any()))


def best(instance: Instance, rules: Rules, seed: int, deadline: float | None = None) -> Outcome:
    """The best matching under all rules but the floor, within `rules.seconds` (half of them, if a floor follows).

    `barred["cycle"]`: arcs that are closed by the directions taken; any choice among the others is free of cycles.
    """
    deadline = deadline or time.monotonic() + rules.seconds * (0.5 if rules.floor_share is not None else 1.0)
    open_ = ~dead(instance) if rules.no_cycles else np.ones(len(instance.units), dtype=bool)
    inner = part(instance, open_)
    begun = feasible(inner, rules, seed, deadline)
    chosen, told = _improve(inner, rules, begun.chosen, begun.relaxed, deadline)
    return _finish(instance, rules, seed, spread(open_, chosen), told)


def part(instance: Instance, open_: Flags) -> Instance:
    """The instance with these arcs only."""
    arcs = {name: getattr(instance, name)[open_] for name in ("proposal", "reviewer", "units", "kept")}
    return replace(instance, **arcs)


def spread(open_: Flags, chosen: Flags) -> Flags:
    """Flags over a part's arcs as flags over all."""
    flags = np.zeros(len(open_), dtype=bool)
    flags[open_] = chosen
    return flags


@dataclass(frozen=True)
class Aim:
    """A stage's name and what every variable counts in it."""

    name: str
    cost: Ints


def aims(made: Model, rules: Rules) -> list[Aim]:
    """The aims of `stages`, in its order."""
    instance = made.instance
    ordered = [Aim("coverage", made.cost(np.ones(made.arcs, dtype=np.int64)))]
    if rules.stay == "keep" and instance.kept.any():
        ordered.append(Aim("stay", made.cost(instance.kept.astype(np.int64))))
    if len(made.filling):
        ordered.append(Aim("least", made.filled()))
    return [*ordered, Aim("affinity", made.cost(stages.weights(instance, rules)))]


def _improve(
    instance: Instance, rules: Rules, chosen: Flags, relaxed: Outcome, deadline: float
) -> tuple[Flags, tuple[Stage, ...]]:
    """Stage by stage. The flow's bound of a stage holds as long as all stages before reach theirs."""
    made = model(instance, rules.no_cycles)
    x, told, tight = made.lift(chosen), list[Stage](), True
    ordered = aims(made, rules)
    for at, aim in enumerate(ordered):
        value, flow = int(aim.cost @ x), _bound_of(relaxed, aim.name)
        bound = flow if tight and flow is not None else _ceiling(made, aim)
        if value < bound:
            share = (deadline - time.monotonic()) / (len(ordered) - at)
            x, bound = _close(made, aim, x, relaxed.prices, bound, time.monotonic() + share)
            value = int(aim.cost @ x)
        told.append(Stage(aim.name, value, bound))
        tight = tight and flow is not None and value == flow
        made = replace(made, program=made.at_least(aim.cost, value))
    return x[: made.arcs] > 0, tuple(told)


def _bound_of(relaxed: Outcome, name: str) -> int | None:
    return next((int(stage.bound) for stage in relaxed.stages if stage.name == name), None)


def _ceiling(made: Model, aim: Aim) -> int:
    """What every proposal could bring by itself, all together."""
    arcs = aim.cost[: made.arcs]
    first = nth_of(made.instance.proposal, arcs) < made.instance.needs[made.instance.proposal]
    rest = aim.cost[made.arcs :] @ made.program.most[made.arcs :]
    return int(np.maximum(arcs, 0)[first].sum() + rest)


def _close(made: Model, aim: Aim, x: Ints, prices: Ints | None, bound: int, deadline: float) -> tuple[Ints, int]:
    program = made.program.aiming(aim.cost)
    core = made.core(x[: made.arcs] > 0, prices)
    found = linear.best(program, core, x, program.value(x), made.cuts, deadline)
    if found.x is not None and program.value(found.x) > program.value(x):
        x = found.x
    proved = program.value(x) if found.bound is None else max(found.bound, program.value(x))
    return x, min(proved, bound)


def _finish(instance: Instance, rules: Rules, seed: int, chosen: Flags, told: tuple[Stage, ...]) -> Outcome:
    """With the directions known the rest may be a flow again: that evens out loads and breaks ties by the hash."""
    free = directions(instance, chosen) if rules.no_cycles else np.ones(len(chosen), dtype=bool)
    barred = {"cycle": ~free} if rules.no_cycles else {}
    if not laminar(binding(instance.caps, instance.needs)):
        return Outcome(chosen, told, barred=barred)
    polished = stages.best(part(instance, free), rules, seed)
    values = {stage.name: stage.value for stage in polished.stages}
    merged = tuple(_raised(stage, values.pop(stage.name, stage.value)) for stage in told)
    rest = tuple(stage for stage in polished.stages if stage.name in values)
    made = Outcome(spread(free, polished.chosen), (*merged, *rest), polished.prices, barred=barred)
    return replace(made, prices=_prices(instance, rules, seed, made, free)) if rules.no_cycles else made


def _prices(instance: Instance, rules: Rules, seed: int, made: Outcome, free: Flags) -> Ints | None:
    """Prices that hold however cycles are avoided: of the flow that may have some, less what avoiding them cost.

    None where that flow is better in an aim before affinity, so that its prices say nothing of this matching.
    """
    flow = stages.best(instance, rules, seed)
    before, after = ({stage.name: int(stage.value) for stage in each.stages} for each in (flow, made))
    alike = all(before.get(name, 0) == after.get(name, 0) for name in ("coverage", "stay", "least"))
    if flow.prices is None or not alike:
        return None
    given_up = before["affinity"] - after["affinity"]
    prices = np.where(flow.prices < 0, -1, np.maximum(0, flow.prices - given_up))
    prices[~free], prices[made.chosen] = -1, 0
    return prices


def _raised(stage: Stage, value: float) -> Stage:
    return replace(stage, value=value, bound=max(stage.bound, value))
