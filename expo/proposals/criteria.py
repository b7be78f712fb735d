"""Feedback by criterion of the rubric, in the rubric's own words: what is kept of it, and the sentences. Plain Python.

A row says between which levels the reviews put a proposal and what the next level asks; never a number that could be
traced to a reviewer: no mean, no single level, not how many there were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

TOO_FEW = "There were too few reviews to say."


@dataclass(frozen=True)
class LevelText:
    """A level of a criterion as the rubric words it."""

    value: int
    label: str
    anchor: str
    example: str = ""

    @property
    def name(self) -> str:
        return f"{self.value} “{self.label}”"


@dataclass(frozen=True)
class CriterionRow:
    """`below`: the highest level that the reviews reach on average; None: too few reviews. `above`: the next, if any.

    `is_between`: they lie above `below`, and do not reach `above`.
    """

    name: str
    question: str
    below: LevelText | None
    above: LevelText | None
    is_between: bool

    def data(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @property
    def placed(self) -> str:
        """Where the reviews put it."""
        if self.below is None:
            return TOO_FEW
        where = self.below.name
        if self.is_between and self.above is not None:
            where = f"between {where} and {self.above.name}"
        else:
            where = f"at {where}"
        return f"The reviews put it {where}. {self.below.name} means: {_sentence(self.below.anchor)}"

    @property
    def asked(self) -> str:
        """What the next level asks; empty at the highest, and where nothing can be said."""
        if self.above is None:
            return ""
        example = f" For example: {_sentence(self.above.example)}" if self.above.example else ""
        return f"The next level, {self.above.name}, asks: {_sentence(self.above.anchor)}{example}"


def row_of(name: str, question: str, scale: Sequence[LevelText], mean: float | None) -> CriterionRow:
    """Where a mean level lies on a scale, lowest first; `mean` None: too few reviews to say anything."""
    if mean is None:
        return CriterionRow(name, question, None, None, False)
    below = max((level for level in scale if level.value <= mean + 1e-9), key=lambda each: each.value, default=scale[0])
    above = min((level for level in scale if level.value > below.value), key=lambda each: each.value, default=None)
    return CriterionRow(name, question, below, above, above is not None and mean > below.value + 1e-9)


def rows_from(data: Sequence[Mapping[str, Any]]) -> tuple[CriterionRow, ...]:
    """Rows back from JSON."""
    return tuple(
        CriterionRow(
            row["name"],
            row["question"],
            LevelText(**row["below"]) if row["below"] else None,
            LevelText(**row["above"]) if row["above"] else None,
            row["is_between"],
        )
        for row in data
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.rstrip("”’)\"'").endswith((".", "!", "?", "…")) else f"{text}."
