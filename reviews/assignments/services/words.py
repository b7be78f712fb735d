"""Gaps in words: who was barred by what, and whose load is full."""

from collections.abc import Sequence

from ..matching import Gap
from ..queries import Person, Snapshot

NAMED = 3


def gap_sentences(gap: Gap, shot: Snapshot) -> list[str]:
    """Why the missing reviews could not be placed: everybody who is not on the proposal is counted in one."""
    conflicts = [r for r in gap.forbidden if (gap.proposal, r) in shot.barriers.conflicts]
    ended = [r for r in gap.forbidden if r not in set(conflicts)]
    paused = [r for r in gap.full if shot.people[r].is_paused]
    full = [r for r in gap.full if not shot.people[r].is_paused]
    told = [
        _sentence("Conflict of interest", conflicts, [_barred(gap.proposal, r, shot) for r in conflicts[:NAMED]]),
        _sentence("No longer asked", ended, [_barred(gap.proposal, r, shot) for r in ended[:NAMED]]),
        _sentence("Full load", full, [_name(shot.people[r]) for r in full[:NAMED]]),
        _sentence("Paused", paused, [_name(shot.people[r]) for r in paused[:NAMED]]),
    ]
    return [sentence for sentence in told if sentence] or ["There are not enough reviewers in this edition."]


def _sentence(head: str, who: Sequence[int], named: Sequence[str]) -> str:
    if not who:
        return ""
    more = f" and {len(who) - NAMED} more" if len(who) > NAMED else ""
    return f"{head}: {', '.join(named)}{more}."


def _barred(proposal: int, reviewer: int, shot: Snapshot) -> str:
    return f"{_name(shot.people[reviewer])} ({shot.barriers.between(proposal, reviewer).rstrip('.')})"


def _name(person: Person) -> str:
    return str(person.user)
