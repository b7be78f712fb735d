"""Instances for the benches: read from .npz files or made from a seed."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviews.assignments.matching.instance import Instance, Ints

#: The solvers add up costs times nodes in 64 bits.
LIMIT = 2**60
TOPICS, ROWS = 25, 500


def read(spec: str) -> tuple[Instance, float]:
    """The instance of a file or of `PxRxC:supply` (places by demand), and how many units an affinity of 1 is."""
    return from_file(Path(spec)) if Path(spec).suffix == ".npz" else generated(spec)


def from_file(path: Path) -> tuple[Instance, float]:
    """`S` affinities (proposals × reviewers), `M` forbidden pairs, `k`, `load_ub` and `load_lb` (numbers or arrays)."""
    with np.load(path, allow_pickle=False) as data:
        affinities = data["S"]
        allowed = np.isfinite(affinities)
        if "M" in data:
            allowed &= data["M"] == 0
        proposals, reviewers = affinities.shape
        needs = _whole(data["k"], proposals)
        capacity = _whole(data["load_ub"], reviewers)
        least = _whole(data.get("load_lb", 0), reviewers)
    proposal, reviewer = np.nonzero(allowed)
    return _instance(needs, capacity, least, proposal, reviewer, affinities[proposal, reviewer].astype(np.float64))


def _whole(value: object, count: int) -> Ints:
    """One whole number each, from an array or a single number."""
    return np.broadcast_to(np.asarray(value, dtype=np.int64).ravel(), count).copy()


def generated(spec: str, seed: int = 2027) -> tuple[Instance, float]:
    """Proposals and reviewers with a few topics each; every proposal's candidates are its best C reviewers."""
    size, _, supply = spec.partition(":")
    proposals, reviewers, candidates = (int(part) for part in size.split("x"))
    if not 0 < candidates <= reviewers or proposals < 1:
        raise ValueError(f"{spec}: a proposal cannot have {candidates} candidates among {reviewers} reviewers")
    chance = np.random.default_rng(seed)
    of_proposals, of_reviewers = _topics(chance, proposals), _topics(chance, reviewers)
    needs = np.full(proposals, 3)
    total = round(float(supply or 1.35) * int(needs.sum()))
    capacity = np.full(reviewers, total // reviewers)
    capacity[chance.permutation(reviewers)[: total % reviewers]] += 1
    parts = [
        _candidates(chance, of_proposals[at : at + ROWS], of_reviewers, candidates) for at in range(0, proposals, ROWS)
    ]
    reviewer, values = (np.concatenate([part[which] for part in parts]) for which in (0, 1))
    proposal = np.repeat(np.arange(proposals), candidates)
    return _instance(needs, capacity, np.zeros(reviewers, np.int64), proposal, reviewer, values)


def _topics(chance: np.random.Generator, count: int) -> NDArray[np.float64]:
    weights = chance.dirichlet(np.full(TOPICS, 0.2), count)
    unit: NDArray[np.float64] = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return unit


def _candidates(
    chance: np.random.Generator,
    of_proposals: NDArray[np.float64],
    of_reviewers: NDArray[np.float64],
    candidates: int,
) -> tuple[Ints, NDArray[np.float64]]:
    values = 0.7 * of_proposals @ of_reviewers.T + 0.3 * chance.random((len(of_proposals), len(of_reviewers)))
    at = np.sort(np.argpartition(-values, candidates - 1, axis=1)[:, :candidates], axis=1)
    return at.ravel(), np.take_along_axis(values, at, axis=1).ravel()


def _instance(
    needs: Ints, capacity: Ints, least: Ints, proposal: Ints, reviewer: Ints, values: NDArray[np.float64]
) -> tuple[Instance, float]:
    scale = scale_of(values, len(needs) + len(capacity) + 1)
    proposals, reviewers = len(needs), len(capacity)
    instance = Instance(
        needs=needs,
        capacity=capacity,
        least=np.minimum(least, capacity),
        load=np.zeros(reviewers, np.int64),
        base=np.zeros(proposals, np.int64),
        proposal=proposal,
        reviewer=reviewer,
        units=np.round(values * scale).astype(np.int64),
        kept=np.zeros(len(values), dtype=bool),
        caps=(),
        target=np.full(proposals, -1),
        source=np.zeros((reviewers, 0), dtype=bool),
        traffic=np.zeros((0, 0), dtype=bool),
    )
    return instance, scale


def scale_of(values: NDArray[np.float64], nodes: int) -> float:
    """A power of ten: the largest affinity has a million units or more, and sums still fit."""
    largest = float(np.abs(values).max(initial=0.0))
    if not largest:
        return 1e6
    fits = math.floor(math.log10(LIMIT / (2 * largest * max(nodes, 1000))))
    return float(10.0 ** min(max(6, 6 - math.ceil(math.log10(largest))), fits))
