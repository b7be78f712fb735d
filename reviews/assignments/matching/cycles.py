"""No new pair lies on a cycle of two or three companies: A reviews B while B reviews A, or A → B → C → A.

An edge A → B is in use when a reviewer of A has a proposal of B (B another company), newly or from agreed pairs
(`traffic`). Agreed pairs fix directions; a cycle they hold already cannot be undone here, but no new pair joins it.
"""

from dataclasses import dataclass

import numpy as np

from .instance import Flags, Instance, Ints


@dataclass(frozen=True)
class Edges:
    """Which arcs use which company edges: `arc[i]` uses `one[i]` → `other[i]`. An arc may use several."""

    arc: Ints
    one: Ints
    other: Ints
    traffic: Flags

    def used(self, chosen: Flags) -> Flags:
        """Company → company: in use by the chosen arcs or already there."""
        table = self.traffic.copy()
        taken = chosen[self.arc]
        table[self.one[taken], self.other[taken]] = True
        return table

    def of_arcs(self, table: Flags, arcs: int) -> Flags:
        """The arcs that use an edge of this table."""
        flags = np.zeros(arcs, dtype=bool)
        flags[self.arc[table[self.one, self.other]]] = True
        return flags


def company_edges(instance: Instance) -> Edges:
    """The company edges of every arc."""
    target = instance.target[instance.proposal]
    arc, one = np.nonzero(instance.source[instance.reviewer] & (target >= 0)[:, None])
    crossing = one != target[arc]
    arc, one = arc[crossing], one[crossing]
    return Edges(arc, one, target[arc], instance.traffic)


def no_edges(instance: Instance) -> Edges:
    """As if no arc had anything to do with companies."""
    nothing = np.zeros(0, dtype=np.int64)
    return Edges(nothing, nothing, nothing, np.zeros_like(instance.traffic))


def on_cycle(used: Flags) -> Flags:
    """The edges of a company graph that lie on a cycle of length two or three."""
    steps = used.astype(np.int32)
    back = used.T | ((steps @ steps).T > 0)
    flags: Flags = used & back
    return flags


def closing(used: Flags) -> Flags:
    """The edges that would lie on a cycle if they were in use besides these."""
    steps = used.astype(np.int32)
    flags: Flags = used.T | ((steps @ steps).T > 0)
    return flags


def ruled_out(instance: Instance) -> Flags:
    """The arcs that agreed pairs rule out: each would lie on a cycle whatever else is chosen."""
    known = company_edges(instance)
    return known.of_arcs(closing(instance.traffic), len(instance.units))


def violating(known: Edges, chosen: Flags) -> Flags:
    """The chosen arcs that lie on a cycle."""
    return chosen & known.of_arcs(on_cycle(known.used(chosen)), len(chosen))


def weights(known: Edges, values: Ints, chosen: Flags, companies: int) -> Ints:
    """What the chosen arcs bring on every company edge; every arc counts a little, so that no used edge weighs 0."""
    table = np.zeros((companies, companies), dtype=np.int64)
    taken = chosen[known.arc]
    np.add.at(table, (known.one[taken], known.other[taken]), values[known.arc[taken]] + 1)
    return table


def pairs_and_triples(used: Flags) -> list[tuple[tuple[int, int], ...]]:
    """All cycles of length two and three of a company graph, each once, as tuples of edges."""
    found: list[tuple[tuple[int, int], ...]] = []
    twice = np.argwhere(np.triu(used & used.T, 1))
    found += [((int(a), int(b)), (int(b), int(a))) for a, b in twice]
    for a, b in np.argwhere(used & ((used.astype(np.int32) @ used.astype(np.int32)).T > 0)):
        thirds = np.nonzero(used[b] & used[:, a])[0]
        found += [((int(a), int(b)), (int(b), int(c)), (int(c), int(a))) for c in thirds if a < b and a < c]
    return found


def open_directions(instance: Instance, chosen: Flags) -> Flags:
    """The arcs that stay open when the chosen ones decide the directions: any choice among them is free of cycles.

    Edges beyond the used ones are let in one by one, the most promising first, as long as they close no cycle.
    """
    known = company_edges(instance)
    used = known.used(chosen)
    promise = weights(known, instance.units, np.ones(len(chosen), dtype=bool), len(used))
    wanted = [(-int(promise[a, b]), int(a), int(b)) for a, b in np.argwhere((promise > 0) & ~used)]
    for _, a, b in sorted(wanted):
        if not (used[b, a] or (used[b] & used[:, a]).any()):
            used[a, b] = True
    closed = known.of_arcs(~used | on_cycle(used), len(chosen))
    return ~closed | chosen
