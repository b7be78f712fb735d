"""Two versions of a rubric side by side: what becomes of each criterion, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .models import Criterion
from .queries import FormatRubric


@dataclass(frozen=True)
class CriterionChange:
    """A criterion of the new version, or one that only the old version has; `notes`: what is different about it."""

    criterion: Criterion
    kind: Literal["kept", "new", "removed"]
    notes: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        if self.kind == "kept":
            return "Changed, scores count on" if self.notes else "As it is now"
        return {"new": "New: no scores yet", "removed": "Removed: scores no longer count"}[self.kind]


def changes_between(old: FormatRubric, new: FormatRubric) -> tuple[CriterionChange, ...]:
    """The new version's criteria in order, then those that it drops."""
    before = {each.pk: each for each in old.criteria}
    rows = []
    for each in new.criteria:
        was = before.pop(each.continues_id or 0, None)
        rows.append(CriterionChange(each, "kept" if was else "new", tuple(_notes(was, each)) if was else ()))
    return (*rows, *(CriterionChange(each, "removed") for each in before.values()))


def _notes(was: Criterion, now: Criterion) -> Iterator[str]:
    if was.name != now.name:
        yield f"Named “{was.name}” before."
    if was.weight != now.weight:
        yield f"Weight {was.weight} before, {now.weight} now."
    if was.question != now.question:
        yield f"Asked before: “{was.question}”"
    levels = {level.value: level for level in was.levels.all()}
    for level in now.levels.all():
        old = levels[level.value]
        if (old.label, old.anchor) != (level.label, level.anchor):
            yield f"Level {level.value} before: “{old.label}”, {old.anchor}"
        elif old.example != level.example:
            yield f"Level {level.value} had another example: {old.example or 'none'}"
