"""What somebody asks about a session without a place, and the answer that belongs to it.

A question is all that its asker may see of the timetable, so its fingerprint is the key to its answer: whoever sees
anything else has another one, and what becomes of a hidden session changes neither.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from expo.accounts.models import User
from expo.proposals.models import Proposal

from ..models import Question
from ..solver import Item, Place, Relaxed, relax
from .masking import Shown, shown

VERSION = 2  # grows when the same question may be answered otherwise


@dataclass(frozen=True)
class Asked:
    """The question as it stands now."""

    seen: Shown
    item: Item
    fingerprint: str


def asked(proposal: Proposal, viewer: User) -> Asked | None:
    """None for what has a place, or is not in the timetable for this person."""
    seen = shown(proposal.edition, viewer)
    item = seen.problem.item.get(proposal.pk)
    if item is None or item.id in seen.places:
        return None
    words = (VERSION, item.id, seen.problem.fingerprint())
    return Asked(seen, item, sha256(repr(words).encode()).hexdigest())


def latest_question(proposal: Proposal, fingerprint: str) -> Question | None:
    """The last one that asked just this, whoever did."""
    found = Question.objects.filter(proposal=proposal, input_hash=fingerprint).order_by("-id").first()
    return cast("Question | None", found)


def has_asked(proposal: Proposal, viewer: User) -> bool:
    """Whether this person has asked before, about the timetable as it then was."""
    return Question.objects.filter(proposal=proposal, started_by=viewer).exists()


def answered(now: Asked, tell: Callable[[float, str], None]) -> dict[str, Any]:
    """The answer as it is stored; it takes seconds."""
    hidden = [item.id for item in now.seen.problem.items if item.id < 0]
    return _written(relax(now.seen.problem, now.item, now.seen.places, fixed=hidden, tell=tell), now.item.id)


def _written(found: Relaxed, key: int) -> dict[str, Any]:
    rows = [
        {
            "rules": [[rule.kind, rule.item, rule.index] for rule in each.rules],
            "place": _row(each.places[key]),
            "moves": [[move.item, *_row(move.after)] for move in each.moves if move.after is not None],
            "is_sure": each.is_sure,
        }
        for each in found.answers
    ]
    return {"answers": rows, "is_sure": found.is_sure}


def _row(place: Place) -> list[int]:
    return [place.room, place.start]
