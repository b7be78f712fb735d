"""Small instances of everything, and the best of all matchings by trying each."""

from collections.abc import Callable
from itertools import combinations, product

import numpy as np
from hypothesis import strategies as st

from reviews.assignments.matching.instance import Cap, Flags, Instance, Ints, counts, total, totals

UNITS = [0, 250_000, 250_000, 500_000, 333_333, 1, 1_000_000]


@st.composite
def instances(draw: st.DrawFn, roles: bool = False, companies: int = 0, proposals: int = 4) -> Instance:
    """Up to four proposals and five reviewers, with loads that may be too small, conflicts and what is kept."""
    wanted, people = draw(st.integers(1, proposals)), draw(st.integers(2, 5))
    numbers = lambda low, high, size: np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)))  # noqa: E731
    pairs = [pair for pair in product(range(wanted), range(people)) if draw(st.integers(0, 4))]
    needs, capacity = numbers(0, 3, wanted), numbers(0, 3, people)
    flags = lambda size, one_in: numbers(0, one_in - 1, size) == 0  # noqa: E731
    return Instance(
        needs=needs,
        capacity=capacity,
        least=np.minimum(capacity, numbers(0, 1, people)),
        load=numbers(0, 1, people),
        base=numbers(0, 1, wanted) * 250_000,
        proposal=np.array([p for p, _ in pairs], dtype=np.int64),
        reviewer=np.array([r for _, r in pairs], dtype=np.int64),
        units=np.array([draw(st.sampled_from(UNITS)) for _ in pairs], dtype=np.int64),
        kept=flags(len(pairs), 8),
        caps=tuple(Cap(str(n), flags(people, 2), np.maximum(0, needs - 1)) for n in range(3)) if roles else (),
        target=numbers(-1, companies - 1, wanted) if companies else np.full(wanted, -1),
        source=flags(people * companies, 2).reshape(people, companies),
        traffic=flags(companies * companies, 9).reshape(companies, companies) & ~np.eye(companies, dtype=bool),
    )


def matchings(instance: Instance) -> Flags:
    """Every matching that keeps needs, loads and roles, one a row."""
    arcs = [np.flatnonzero(instance.proposal == p) for p in range(len(instance.needs))]
    found = np.zeros((1, len(instance.units)), dtype=bool)
    for p, (mine, needs) in enumerate(zip(arcs, instance.needs, strict=True)):
        options = [c for size in range(needs + 1) for c in combinations(mine, size) if _keeps_roles(instance, p, c)]
        more = np.zeros((len(options), len(instance.units)), dtype=bool)
        for row, some in enumerate(options):
            more[row, list(some)] = True
        every = found[:, None, :] | more[None, :, :]
        found = every.reshape(len(found) * len(more), len(instance.units))
        found = found[(loads(instance, found) <= instance.capacity).all(axis=1)]
    return found


def loads(instance: Instance, each: Flags) -> Ints:
    """New reviews per reviewer (columns) in each matching (rows)."""
    return each.astype(np.int64) @ (instance.reviewer[:, None] == np.arange(len(instance.capacity)))


def _keeps_roles(instance: Instance, p: int, some: tuple[int, ...]) -> bool:
    return all(cap.members[instance.reviewer[list(some)]].sum() <= cap.most[p] for cap in instance.caps)


def has_cycle(instance: Instance, chosen: Flags) -> bool:
    """Whether a chosen pair lies on a cycle of two or three companies; found the slow way, edge by edge."""
    new = set()
    for at in np.flatnonzero(chosen):
        to = int(instance.target[instance.proposal[at]])
        new |= {(int(a), to) for a in np.flatnonzero(instance.source[instance.reviewer[at]]) if a != to and to >= 0}
    used = new | {(int(a), int(b)) for a, b in np.argwhere(instance.traffic)}
    return any(
        (b, a) in used or any((b, c) in used and (c, a) in used for c in range(len(instance.traffic))) for a, b in new
    )


def aims(instance: Instance, chosen: Flags) -> tuple[int, int, int, int]:
    """Coverage, what stays, least loads, affinity."""
    _, new = counts(instance, chosen)
    towards = int(np.minimum(new, instance.least).sum())
    return int(chosen.sum()), int((chosen & instance.kept).sum()), towards, total(instance, chosen)


def all_aims(instance: Instance, each: Flags) -> Ints:
    """The same of many matchings, one a row: brute force is only quick when numpy does it."""
    towards = np.minimum(loads(instance, each), instance.least).sum(axis=1)
    return np.stack([each.sum(axis=1), (each & instance.kept).sum(axis=1), towards, each @ instance.units], axis=1)


def best(instance: Instance, allowed: Callable[[Flags], bool] = lambda _: True) -> tuple[int, int, int, int]:
    """The best aims of any matching that is allowed."""
    each = matchings(instance)
    rows = all_aims(instance, each)
    for at in np.lexsort(rows.T[::-1])[::-1]:
        if allowed(each[at]):
            coverage, stay, least, affinity = rows[at].tolist()
            return coverage, stay, least, affinity
    raise AssertionError("the empty matching is always allowed")


def level(instance: Instance, own_best: np.ndarray, chosen: Flags) -> int:
    """The highest floor that a matching keeps, floors capped by what each proposal could get."""
    got = totals(instance, chosen)
    return int(min((g if g < b else own_best.max() for g, b in zip(got, own_best, strict=True)), default=0))
