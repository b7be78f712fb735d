"""Dependent rounding of a fractional flow: whole at every arc, and every arc's mean is its fractional flow exactly.

On a network the step for bipartite graphs works because what is fractional in a circulation has no dead ends: a node
where one fractional arc ends has another. So there is always a cycle of fractional arcs; flow is pushed around it one
way or the other until an arc is whole, and the odds of the two ways are such that no arc's mean changes. Each arc ends
at the whole number below or above its flow, hence every degree, load and cap of the network that is a whole number
still holds. Random words come from a seed and a purpose, without any hidden state, so that anybody can draw again.
Source: Gandhi, Khuller, Parthasarathy and Srinivasan, "Dependent rounding and its applications to approximation
algorithms", J. ACM 53 (2006).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .instance import Ints

WORD = 2**64


def random_words(seed: int, purpose: bytes) -> Iterator[int]:
    """Endless 64-bit words: BLAKE2b of a counter, keyed by the seed. Different purposes are independent."""
    counter = 0
    while True:
        block = _digest(seed, purpose, b"%d" % counter, 64)
        yield from (int.from_bytes(block[at : at + 8], "big") for at in range(0, 64, 8))
        counter += 1


def random_word(seed: int, purpose: bytes, subject: bytes) -> int:
    """One 64-bit word that belongs to the subject, however often and in whatever order it is asked for."""
    return int.from_bytes(_digest(seed, purpose, subject, 8), "big")


def _digest(seed: int, purpose: bytes, content: bytes, size: int) -> bytes:
    return hashlib.blake2b(content, digest_size=size, key=b"%d" % seed, person=purpose).digest()


Step = tuple[int, int]  # (arc, +1 when walked from tail to head, else -1)


@dataclass(frozen=True)
class Circulation:
    """Arcs of a circulation: `tail` and `head` nodes, and `flow` in parts of which `scale` make one whole.

    At every node what comes in and what goes out differ by whole units only; else `draw` raises ValueError.
    """

    tail: Ints
    head: Ints
    flow: Ints
    scale: int


def draw(network: Circulation, seed: int) -> Ints:
    """Whole units per arc, each rounded down or up, with its mean equal to flow / scale (within 2**-50)."""
    size = int(max(network.tail.max(initial=0), network.head.max(initial=0))) + 1
    balance = np.zeros(size, dtype=np.int64)
    np.add.at(balance, network.tail, -network.flow)
    np.add.at(balance, network.head, network.flow)
    if (balance % network.scale).any():
        raise ValueError("not a circulation: at some node a part of a unit comes from nowhere")
    whole, rest = np.divmod(network.flow, network.scale)
    rounding = _Rounding(network, rest, seed)
    rounding.run()
    up = np.zeros_like(whole)
    up[rounding.arcs] = [part == network.scale for part in rounding.parts]
    return np.asarray(whole + up, dtype=np.int64)


class _Rounding:
    """A walk over the fractional arcs that pushes around every cycle it closes. All arc numbers are local."""

    def __init__(self, network: Circulation, rest: Ints, seed: int) -> None:
        self.arcs = np.flatnonzero(rest)
        self.scale = network.scale
        self.parts: list[int] = rest[self.arcs].tolist()
        self.tail: list[int] = network.tail[self.arcs].tolist()
        self.head: list[int] = network.head[self.arcs].tolist()
        self.words: Iterator[int] = random_words(seed, b"draw")
        self.at_node: dict[int, list[int]] = {}
        for arc, ends in enumerate(zip(self.tail, self.head, strict=True)):
            for node in ends:
                self.at_node.setdefault(node, []).append(arc)
        self.path: list[Step] = []
        self.nodes: list[int] = []  # nodes[n] is where path[n] begins
        self.index: dict[int, int] = {}  # node -> its index in nodes

    def run(self) -> None:
        for arc in range(len(self.parts)):
            while self._is_open(arc):
                self._walk_from(self.tail[arc])

    def _is_open(self, arc: int) -> bool:
        return 0 < self.parts[arc] < self.scale

    def _walk_from(self, node: int) -> None:
        """Until the walk is back at its start with nothing fractional left there."""
        self.path, self.nodes, self.index = [], [], {}
        parts, scale = self.parts, self.scale
        while (arc := self._next(node)) is not None:
            self.index[node] = len(self.nodes)
            self.nodes.append(node)
            forward = self.tail[arc] == node
            self.path.append((arc, 1 if forward else -1))
            node = self.head[arc] if forward else self.tail[arc]
            if node in self.index:  # a cycle is closed: push around it and take it off the walk
                start = self.index[node]
                cycle = self.path[start:]
                up = min(scale - parts[arc] if way > 0 else parts[arc] for arc, way in cycle)
                down = min(parts[arc] if way > 0 else scale - parts[arc] for arc, way in cycle)
                # with odds down : up it goes forward by `up`, else back by `down`: at least one arc becomes whole
                amount = up if next(self.words) * (up + down) // WORD < down else -down
                for arc, way in cycle:
                    parts[arc] += way * amount
                for passed in self.nodes[start:]:
                    del self.index[passed]
                del self.path[start:], self.nodes[start:]

    def _next(self, node: int) -> int | None:
        """A fractional arc at the node other than the one the walk came by; whole ones are forgotten here."""
        arcs, came_by = self.at_node[node], self.path[-1][0] if self.path else -1
        while arcs:
            if not self._is_open(arcs[-1]):
                arcs.pop()
            elif arcs[-1] != came_by:
                return arcs[-1]
            elif len(arcs) == 1:
                return None
            elif self._is_open(arcs[-2]):
                arcs[-1], arcs[-2] = arcs[-2], arcs[-1]
            else:
                del arcs[-2]
        return None
