"""Gaps in words: who was barred by what, whose load is full, and what else stood in the way."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..matching.problem import Gap
from ..queries.problem import Snapshot

NAMED = 3
ROLE = "The place left is for another role"
CYCLE = "Would close a circle between companies"
DRAWN = "Held back by the draw"
SPARE = "Free, but then another proposal would lack a review"


def gap_sentences(gap: Gap, shot: Snapshot) -> list[str]:
    """Why the missing reviews could not be placed: everybody who is not on the proposal is counted in one."""
    by_cause: dict[str, list[str]] = defaultdict(list)
    for cause, person in _causes(gap, shot):
        by_cause[cause].append(person)
    told = [_sentence(cause, named) for cause, named in by_cause.items()]
    return told or ["There are not enough reviewers in this edition."]


def _causes(gap: Gap, shot: Snapshot) -> Iterator[tuple[str, str]]:
    """Cause and person, the causes in the order in which they are told."""
    yield from _barred(gap, shot)
    for reviewer in sorted(gap.full, key=lambda each: (shot.idle(each) != "", shot.idle(each))):
        yield shot.idle(reviewer) or "Full load", name_of(reviewer, shot)
    for cause, who in ((ROLE, gap.role), (CYCLE, gap.cycle), (DRAWN, gap.drawn), (SPARE, gap.spare)):
        for reviewer in who:
            yield cause, name_of(reviewer, shot)


def _barred(gap: Gap, shot: Snapshot) -> Iterator[tuple[str, str]]:
    """By what is forbidden; the strongest reason of each person, conflicts first."""
    tests = (
        ("Conflict of interest", shot.barriers.conflicts),
        ("No longer asked", shot.barriers.ended),
        ("Ruled out by a cochair", shot.ruled),
        (DRAWN, shot.held),
    )
    left = list(gap.forbidden)
    for cause, pairs in tests:
        hit = [reviewer for reviewer in left if (gap.proposal, reviewer) in pairs]
        left = [reviewer for reviewer in left if reviewer not in set(hit)]
        for reviewer in hit:
            yield cause, _with_reason(gap.proposal, reviewer, shot)


def unpinned(proposal: int, reviewer: int, shot: Snapshot) -> str:
    """Why a pair that a cochair asked for did not come out."""
    if reviewer not in shot.people:
        return "No longer a reviewer of this edition."
    barred = shot.barriers.between(proposal, reviewer)
    idle = shot.idle(reviewer)
    return barred or (f"{idle}." if idle else "Another pin, the load, a role or a company was in the way.")


def _with_reason(proposal: int, reviewer: int, shot: Snapshot) -> str:
    why = shot.barriers.between(proposal, reviewer).rstrip(".")
    return f"{name_of(reviewer, shot)} ({why})" if why else name_of(reviewer, shot)


def _sentence(head: str, named: Sequence[str]) -> str:
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return f"{head}: {', '.join(named[:NAMED])}{more}."


def name_of(reviewer: int, shot: Snapshot) -> str:
    return str(shot.people[reviewer].user)
