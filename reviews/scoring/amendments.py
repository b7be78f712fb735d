"""What somebody changed in a review that they had submitted, for reading: values old and new, texts side by side.

Plain Python. A content is what the journal keeps of a review (`services.reviews.content_of`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from expo.proposals.comparison import ComparedField, compare_field

from .states import CONFIDENCE

TEXTS = {"for_sponsor": "For the sponsor", "for_chairs": "For the chairs"}
Content = Mapping[str, Any]


class ChangedValue(NamedTuple):
    """A level, the flag or the confidence, before and after."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Difference:
    """Everything in which two contents of a review differ."""

    values: tuple[ChangedValue, ...]
    texts: tuple[ComparedField, ...]


class Amendment(NamedTuple):
    """One change after the review was submitted."""

    at: datetime
    difference: Difference


@dataclass(frozen=True)
class Amendments:
    """All changes of a review since it was submitted, oldest first.

    `after_sponsor`: its reviewer did not know the sponsor when they submitted, and did when they changed it;
    `after_others`: somebody else's review had been shown to them before the last change;
    `whole`: from the first content to the present one, where that was more than one step.
    """

    steps: tuple[Amendment, ...]
    whole: Difference | None
    after_sponsor: bool
    after_others: bool

    @property
    def last(self) -> Amendment:
        return self.steps[-1]


def difference(before: Content, after: Content, names: Mapping[str, str]) -> Difference:
    """What differs; `names` are the criteria's by slug, in order. A criterion without a level is a dash."""
    old, new = ({**content.get("scores", {})} for content in (before, after))
    slugs = [*(slug for slug in names if slug in old or slug in new), *sorted((old.keys() | new.keys()) - names.keys())]
    values = [
        ChangedValue(names.get(slug, slug.replace("-", " ").capitalize()), level(old.get(slug)), level(new.get(slug)))
        for slug in slugs
    ]
    values.append(ChangedValue("Recruiting or sales", *(_flag(each.get("is_recruiting")) for each in (before, after))))
    values.append(
        ChangedValue("Confidence", *(CONFIDENCE.get(each.get("confidence", 0), "–") for each in (before, after)))
    )
    texts = [
        replace(compare_field(name, before.get(name, ""), after.get(name, "")), label=label)
        for name, label in TEXTS.items()
        if before.get(name, "") != after.get(name, "")
    ]
    return Difference(tuple(each for each in values if each.old != each.new), tuple(texts))


def level(value: int | None) -> str:
    return "–" if value is None else str(value)


def _flag(value: bool | None) -> str:
    return "flagged" if value else "not flagged"
