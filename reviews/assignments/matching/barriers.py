"""What is missing, and what stood in the way of everybody who is not on the proposal."""

from collections.abc import Iterator

import numpy as np

from . import cycles
from .arrays import Flags, Instance, Ints
from .outcome import Outcome, counts
from .problem import Gap
from .translate import Frame

FREE, HAS, FORBIDDEN, FULL, ROLE, CYCLE, DRAWN = range(7)


def gaps(frame: Frame, outcome: Outcome) -> Iterator[Gap]:
    """One gap for every proposal with fewer reviews than it needs."""
    instance, rules = frame.instance, frame.problem.rules
    given, taken = counts(instance, outcome.chosen)
    missing = instance.needs - given
    if not missing.any():
        return
    why = np.where(_role_is_full(instance, outcome.chosen), ROLE, FREE)
    if rules.no_cycles:
        why[(why == FREE) & _closes_cycle(instance, outcome)] = CYCLE
    if rules.chance < 1:
        why[why == FREE] = DRAWN
    why[outcome.chosen] = HAS
    full = taken >= instance.room
    names, places = np.array(frame.reviewer_ids, dtype=object), {each: at for at, each in enumerate(frame.reviewer_ids)}
    known = _known(frame, places)
    for proposal in np.flatnonzero(missing):
        row = _row(instance, int(proposal), why, full)
        for at, reason in known.get(frame.proposal_ids[proposal], ()):
            row[at] = reason
        yield _gap(frame.proposal_ids[proposal], int(missing[proposal]), names, row)


def _row(instance: Instance, proposal: int, why: Ints, full: Flags) -> Ints:
    """One reason per reviewer: a full one is full whatever else there is."""
    low, high = np.searchsorted(instance.proposal, [proposal, proposal + 1])
    row = np.full(len(full), FULL)
    at = instance.reviewer[low:high]
    row[at] = np.where(full[at] & (why[low:high] != HAS), FULL, why[low:high])
    return row


def _known(frame: Frame, places: dict[int, int]) -> dict[int, list[tuple[int, int]]]:
    """What the problem itself says about pairs."""
    told: dict[int, list[tuple[int, int]]] = {}
    for pairs, reason in ((frame.problem.forbidden, FORBIDDEN), (frame.problem.locked, HAS)):
        for proposal, reviewer in pairs:
            if reviewer in places:
                told.setdefault(proposal, []).append((places[reviewer], reason))
    return told


def _gap(proposal: int, missing: int, names: np.ndarray, row: Ints) -> Gap:
    def those(reason: int) -> tuple[int, ...]:
        return tuple(names[row == reason])

    return Gap(proposal, missing, *map(those, (FORBIDDEN, FULL, ROLE, CYCLE, DRAWN, FREE)))


def _role_is_full(instance: Instance, chosen: Flags) -> Flags:
    """Arcs whose reviewer belongs to those who already have all the seats that are not kept for a role."""
    full = np.zeros(len(instance.units), dtype=bool)
    for cap in instance.caps:
        members = cap.members[instance.reviewer]
        used = np.bincount(instance.proposal[chosen & members], minlength=len(instance.needs))
        full |= members & (used >= cap.most)[instance.proposal]
    return full


def _closes_cycle(instance: Instance, outcome: Outcome) -> Flags:
    known = cycles.edges(instance)
    closing = known.of_arcs(cycles.closing(known.used(outcome.chosen)), len(instance.units))
    return closing | outcome.barred.get("cycle", np.zeros_like(closing))
