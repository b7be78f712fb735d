"""Floors: a total that every proposal is promised, or its own best if that is less."""

from itertools import pairwise

import numpy as np

from .arrays import Flags, Instance, Ints
from .outcome import totals
from .problem import UNIT
from .roles import binding

#: With more arcs than this, floors are looked for in thousandths of an affinity instead of millionths.
FINE_ARCS = 3_000

#: Reviews, and places used under every cap → the most units with those.
Table = dict[tuple[int, ...], int]


def own_bests(instance: Instance) -> Ints:
    """What each proposal could get if it came first: all its reviews by its own best reviewers, within its roles."""
    if binding(instance.caps, instance.needs):
        return instance.base + _bests_within_caps(instance)
    chosen = nth_of(instance.proposal, instance.units) < instance.needs[instance.proposal]
    return totals(instance, chosen)


def nth_of(group: Ints, worth: Ints) -> Ints:
    """The place of everything in its group (0: the worthiest)."""
    order = np.lexsort((-worth, group))
    sizes = np.bincount(group)
    nth = np.empty(len(group), dtype=np.int64)
    nth[order] = np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return nth


def _bests_within_caps(instance: Instance) -> Ints:
    """Reviewers alike in all roles are exchangeable: of each kind only the best matter."""
    caps = binding(instance.caps, instance.needs)
    kinds = np.stack([cap.members for cap in caps], axis=1)[instance.reviewer]
    most = np.stack([np.maximum(0, cap.most) for cap in caps], axis=1)
    ends = np.searchsorted(instance.proposal, np.arange(len(instance.needs) + 1))
    return np.array(
        [
            _best(instance.units[a:b], kinds[a:b], int(needs), most[at])
            for at, ((a, b), needs) in enumerate(zip(pairwise(ends), instance.needs, strict=True))
        ],
        dtype=np.int64,
    )


def _best(units: Ints, kinds: Flags, needs: int, most: Ints) -> int:
    table: Table = {(0,) * (1 + len(most)): 0}
    limits = (needs, *most.tolist())
    for kind in np.unique(kinds, axis=0):
        best = np.sort(units[(kinds == kind).all(axis=1)])[::-1][:needs]
        table = _with_kind(table, (True, *kind.tolist()), [0, *np.cumsum(best).tolist()], limits)
    return max((used[0], gain) for used, gain in table.items())[1]


def _with_kind(table: Table, kind: tuple[bool, ...], sums: list[int], limits: tuple[int, ...]) -> Table:
    joined: Table = {}
    for used, units in table.items():
        for more, gain in enumerate(sums):
            now = tuple(one + more * is_member for one, is_member in zip(used, kind, strict=True))
            if any(one > limit for one, limit in zip(now, limits, strict=True)):
                break
            joined[now] = max(joined.get(now, units + gain), units + gain)
    return joined


def level(instance: Instance, bests: Ints, chosen: Flags) -> int:
    """The highest floor that a matching keeps."""
    got = totals(instance, chosen)
    under = got < bests
    return int(got[under].min()) if under.any() else int(bests.max(initial=0))


def step(instance: Instance) -> int:
    """How finely floors are told apart: by what all affinities have in common, if that is anything."""
    common = int(np.gcd.reduce(np.concatenate([instance.units, instance.base, np.zeros(1, np.int64)])))
    if common > 1 or len(instance.units) <= FINE_ARCS:
        return max(1, common)
    return UNIT // 1000
