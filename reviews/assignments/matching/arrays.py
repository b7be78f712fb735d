"""The same problem as arrays: indices instead of ids, only what is still open. The engines work on this."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Cap:
    """At most `most[p]` of proposal p's new reviews may go to the reviewers of `members`: a role, said backwards.

    "At least one senior of k" is "at most k - 1 who are not senior". It never makes a matching impossible: a seat that
    only the wrong people could fill stays empty and is a gap.
    """

    name: str
    members: Flags  # per reviewer
    most: Ints  # per proposal


@dataclass(frozen=True)
class Instance:
    """`needs` per proposal, `room` and `least` per reviewer: reviews still to give, agreed ones taken off.

    Arcs are the possible new pairs, sorted by (proposal, reviewer), each once: `proposal`, `reviewer` (indices),
    `units` (affinity in whole units, negative ones allowed), `kept` (offered before). `base`: units that each proposal
    has from agreed pairs. `load`: reviews that each reviewer has already, for evening out.
    `source` and `target` are the companies behind reviewers (rows of a boolean table) and proposals (-1: none).
    """

    needs: Ints
    room: Ints
    least: Ints
    load: Ints
    base: Ints
    proposal: Ints
    reviewer: Ints
    units: Ints
    kept: Flags
    caps: tuple[Cap, ...]
    target: Ints
    source: Flags  # reviewers x companies
    traffic: Flags  # companies x companies: already there

    @property
    def size(self) -> tuple[int, int, int]:
        """Proposals, reviewers, arcs."""
        return len(self.needs), len(self.room), len(self.units)
