"""Small random instances, and the real ones that the data folder holds."""

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from reviews.assignments.matching.instance import Cap, Instance

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "assignment"
UNITS = [0, 1, 250_000, 333_333, 500_000, 1_000_000]


def instance(
    needs: list[int],
    capacity: list[int],
    units: dict[tuple[int, int], int],
    least: list[int] | None = None,
    kept: frozenset[tuple[int, int]] = frozenset(),
    caps: tuple[Cap, ...] = (),
) -> Instance:
    """Pairs are (proposal, reviewer) indices; nobody has a company."""
    arcs = sorted(units)
    return Instance(
        needs=np.array(needs, dtype=np.int64),
        capacity=np.array(capacity, dtype=np.int64),
        least=np.array(least or [0] * len(capacity), dtype=np.int64),
        load=np.zeros(len(capacity), dtype=np.int64),
        base=np.zeros(len(needs), dtype=np.int64),
        proposal=np.array([p for p, _ in arcs], dtype=np.int64),
        reviewer=np.array([r for _, r in arcs], dtype=np.int64),
        units=np.array([units[arc] for arc in arcs], dtype=np.int64),
        kept=np.array([arc in kept for arc in arcs], dtype=bool),
        caps=caps,
        target=np.full(len(needs), -1, dtype=np.int64),
        source=np.zeros((len(capacity), 0), dtype=bool),
        traffic=np.zeros((0, 0), dtype=bool),
    )


@st.composite
def instances(draw: st.DrawFn, least: bool = False, roles: bool = False) -> Instance:
    """Up to five proposals and five reviewers, with missing arcs, capacity that may be too small and nested caps."""
    needs = draw(st.lists(st.integers(0, 3), min_size=1, max_size=5))
    capacity = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    every = [(p, r) for p in range(len(needs)) for r in range(len(capacity))]
    units = {arc: draw(st.sampled_from(UNITS)) for arc in every if draw(st.integers(0, 3))}
    leasts = [draw(st.integers(0, most)) for most in capacity] if least else None
    return instance(needs, capacity, units, leasts, caps=draw(nested_caps(len(needs), len(capacity))) if roles else ())


@st.composite
def nested_caps(draw: st.DrawFn, proposals: int, reviewers: int) -> tuple[Cap, ...]:
    """A cap on some reviewers, one on some of those, and one on some of the others."""
    kinds = np.array(draw(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=reviewers, max_size=reviewers)))
    most = [
        np.array(draw(st.lists(st.integers(0, 3), min_size=proposals, max_size=proposals)), dtype=np.int64)
        for _ in range(3)
    ]
    families = (("wide", (kinds == 1) | (kinds == 2)), ("narrow", kinds == 2), ("apart", kinds == 3))
    return tuple(Cap(name, members, most[at]) for at, (name, members) in enumerate(families))


def shared(name: str) -> Instance:
    """A set of the data folder (see its README)."""
    with np.load(DATA / f"{name}.npz") as data:
        proposal, reviewer = np.nonzero(data["M"] == 0)
        units = np.round(data["S"][proposal, reviewer].astype(float) * 1_000_000).astype(np.int64)
        pairs = zip(proposal.tolist(), reviewer.tolist(), strict=True)
        return instance(
            data["k"].tolist(),
            data["load_ub"].tolist(),
            dict(zip(pairs, units.tolist(), strict=True)),
            data["load_lb"].tolist(),
        )
