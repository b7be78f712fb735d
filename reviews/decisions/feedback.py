"""A first draft of what the sponsor reads with the verdict. Pure.

It speaks of the proposal's own reviews and of the accepted proposals as a group, never of another proposal, a score of
somebody else, or a reviewer. A chair reads and edits it before it leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil

#: Below this many accepted proposals an average would speak of single ones.
LEAST_BAND = 3


@dataclass(frozen=True)
class Part:
    """One criterion: its weight and best level, the proposal's mean level, and the accepted band's (None: too few)."""

    name: str
    weight: int
    best: int
    own: float
    band: float | None

    @property
    def lead(self) -> float:
        """Levels ahead of the band; without a band, its own level."""
        return self.own - self.band if self.band is not None else self.own

    @property
    def room(self) -> float:
        return self.best - self.own


@dataclass(frozen=True)
class Judged:
    """What is known of one proposal; `short`: points it lacks to the line (None: unknown; below 0: above it)."""

    verdict: str
    title: str
    format: str
    reviews: int
    parts: tuple[Part, ...]
    short: float | None
    is_held_by_limit: bool
    comments: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """Raising these criteria by so many levels each would have crossed the line, others unchanged."""

    names: tuple[str, ...]
    levels: float


def band_means(levels: Sequence[Mapping[int, float]], criterion: int) -> float | None:
    """The accepted group's mean level on a criterion, or None where the group is too small to speak of."""
    values = [each[criterion] for each in levels if criterion in each]
    return sum(values) / len(values) if len(values) >= LEAST_BAND else None


def smallest_change(parts: Sequence[Part], short: float) -> Change | None:
    """One criterion that would have been enough, the least rise first; else two raised alike; else None."""
    total = sum(part.weight for part in parts)
    for together in (1, 2):
        found = [
            (levels, names)
            for chosen in combinations(parts, together)
            for levels, names in [
                (short * total / sum(part.weight for part in chosen), tuple(part.name for part in chosen))
            ]
            if levels <= min(part.room for part in chosen) + 1e-9
        ]
        if found:
            levels, names = min(found)
            return Change(names, levels)
    return None


def draft(judged: Judged) -> str:
    """The whole text, in Markdown."""
    parts = [_opening(judged), _strengths(judged), _line(judged), _comments(judged)]
    return "\n\n".join(part for part in parts if part)


def _opening(judged: Judged) -> str:
    if not judged.reviews:
        return f"Thank you for proposing “{judged.title}”."
    readers = "One reviewer" if judged.reviews == 1 else f"{judged.reviews} reviewers"
    return f"Thank you for proposing “{judged.title}”. {readers} read it and scored it against the Expo's rubric."


def _strengths(judged: Judged) -> str:
    if len(judged.parts) < 2:
        return ""
    ranked = sorted(judged.parts, key=lambda part: (-part.lead, part.name))
    against = " compared with the accepted proposals" if ranked[-1].band is not None else ""
    strong = f"Its strongest side was {ranked[0].name.lower()}"
    if ranked[-1].lead == ranked[0].lead:
        return f"Reviewers rated all sides of it alike{against}."
    if judged.verdict == "accept":
        return f"{strong}. There is most to gain on {ranked[-1].name.lower()}."
    return f"{strong}; its weakest{against} was {ranked[-1].name.lower()}."


def _line(judged: Judged) -> str:
    if judged.verdict == "accept" or judged.short is None:
        return ""
    if judged.is_held_by_limit:
        return f"It did not fail on merit: your tier's number of accepted {judged.format.lower()}s is reached."
    if judged.short <= 0:
        return "It was above the bar; there was no place left for it in the program."
    return _what_if(smallest_change(judged.parts, judged.short))


def _what_if(change: Change | None) -> str:
    if change is None:
        return (
            "With the other proposals as they are, no change on one or two sides alone would have been enough for a "
            "place."
        )
    names = " and ".join(name.lower() for name in change.names)
    each = " each" if len(change.names) > 1 else ""
    return (
        f"With the other proposals as they are, it would have had a place if reviewers had rated {names} about "
        f"{_levels(change.levels)} higher{each}."
    )


def _levels(levels: float) -> str:
    if levels <= 0.5:
        return "half a level"
    whole = ceil(levels - 1e-9)
    return "one level" if whole == 1 else f"{whole} levels"


def _comments(judged: Judged) -> str:
    told = list(dict.fromkeys(comment.strip() for comment in judged.comments if comment.strip()))
    if not told:
        return ""
    quoted = "\n\n".join("\n".join(f"> {line}".rstrip() for line in comment.splitlines()) for comment in told)
    return f"Reviewers wrote for you:\n\n{quoted}"
