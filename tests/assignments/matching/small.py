"""Small instances of everything, and the best of all matchings by trying each."""

from collections.abc import Callable, Iterator
from itertools import combinations, product

import numpy as np
from hypothesis import strategies as st

from reviews.assignments.matching.arrays import Cap, Flags, Instance
from reviews.assignments.matching.outcome import counts, total, totals

UNITS = [0, 250_000, 250_000, 500_000, 333_333, 1, 1_000_000]


@st.composite
def instances(draw: st.DrawFn, roles: bool = False, companies: int = 0, proposals: int = 4) -> Instance:
    """Up to four proposals and five reviewers, with loads that may be too small, conflicts and what is kept."""
    wanted, people = draw(st.integers(1, proposals)), draw(st.integers(2, 5))
    numbers = lambda low, high, size: np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size)))  # noqa: E731
    pairs = [pair for pair in product(range(wanted), range(people)) if draw(st.integers(0, 4))]
    needs, room = numbers(0, 3, wanted), numbers(0, 3, people)
    flags = lambda size, one_in: numbers(0, one_in - 1, size) == 0  # noqa: E731
    return Instance(
        needs=needs,
        room=room,
        least=np.minimum(room, numbers(0, 1, people)),
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


def matchings(instance: Instance) -> Iterator[Flags]:
    """Every matching that keeps needs, loads and roles."""
    arcs = [np.flatnonzero(instance.proposal == p) for p in range(len(instance.needs))]
    options = [
        [c for size in range(n + 1) for c in combinations(a, size)] for a, n in zip(arcs, instance.needs, strict=True)
    ]
    options = [[c for c in some if _keeps_roles(instance, p, c)] for p, some in enumerate(options)]

    def extend(p: int, room: np.ndarray, taken: tuple[int, ...]) -> Iterator[Flags]:
        if p == len(options):
            flags = np.zeros(len(instance.units), dtype=bool)
            flags[list(taken)] = True
            yield flags
            return
        for some in options[p]:
            left = room.copy()
            left[instance.reviewer[list(some)]] -= 1
            if (left >= 0).all():
                yield from extend(p + 1, left, (*taken, *some))

    return extend(0, instance.room, ())


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
    _, loads = counts(instance, chosen)
    towards = int(np.minimum(loads, instance.least).sum())
    return int(chosen.sum()), int((chosen & instance.kept).sum()), towards, total(instance, chosen)


def best(instance: Instance, allowed: Callable[[Flags], bool] = lambda _: True) -> tuple[int, int, int, int]:
    """The best aims of any matching that is allowed."""
    return max(aims(instance, chosen) for chosen in matchings(instance) if allowed(chosen))


def level(instance: Instance, own_best: np.ndarray, chosen: Flags) -> int:
    """The highest floor that a matching keeps, floors capped by what each proposal could get."""
    got = totals(instance, chosen)
    return int(min((g if g < b else own_best.max() for g, b in zip(got, own_best, strict=True)), default=0))
