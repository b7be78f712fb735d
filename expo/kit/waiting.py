"""What waits for a person, as each app tells it for its own part; pages and the counts beside the menu read it here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from .memo import once_per_request


@dataclass(frozen=True)
class Waiting:
    """Something that waits for one person in one edition, and the page where it is done.

    `one` and `many` are the words after the number ("offer to answer", "offers to answer"); without a number
    (`is_counted` False) `one` is a sentence of its own; `about` names the thing where it is a single one. `menu`: the
    pages, by URL name, beside which it counts. `due` is the earliest date, in the zone of the edition's deadlines
    unless `zone` names another; `late` says how many are past theirs.
    """

    key: str
    edition: int
    url: str
    count: int
    one: str
    many: str = ""
    menu: tuple[str, ...] = ()
    due: datetime | None = None
    late: int = 0
    about: str = ""
    is_counted: bool = True
    zone: str = ""

    @property
    def words(self) -> str:
        """What it is, without the number."""
        return self.one if self.count == 1 or not self.many else self.many

    @property
    def text(self) -> str:
        """What it is, with the number."""
        return f"{self.count} {self.words}" if self.is_counted else self.one

    @property
    def late_text(self) -> str:
        """How many are late; the word alone says all of them."""
        return "late" if self.late >= self.count else f"{self.late} late"


#: Answers for several editions at once, so that a page about all of them asks no more than a page about one.
Source = Callable[[Any, Sequence[Any]], Iterable[Waiting]]


@cache
def _sources() -> tuple[Source, ...]:
    """By name, because apps of both sides tell what waits and this one may import none of them."""
    return tuple(import_string(name) for name in import_string(settings.WAITING))


@once_per_request
def waiting_in(user: Any, editions: tuple[Any, ...]) -> dict[int, list[Waiting]]:
    """By edition, the most pressing first: what is late, then by date. Nothing waits in an archived edition."""
    by_edition: dict[int, list[Waiting]] = {edition.pk: [] for edition in editions}
    running = [edition for edition in editions if edition.phase != "archived"]
    if user.is_authenticated and running:
        for source in _sources():
            for each in source(user, running):
                if each.count:
                    by_edition[each.edition].append(each)
    return {pk: sorted(rows, key=urgency) for pk, rows in by_edition.items()}


def waiting_for(user: Any, edition: Any) -> list[Waiting]:
    """What waits for somebody in one edition."""
    return waiting_in(user, (edition,))[edition.pk]


def urgency(each: Waiting) -> tuple[bool, bool, datetime | None]:
    """To sort by: late, dated by its date, then the rest in the order of the work."""
    return (not each.late, each.due is None, each.due)


class MenuCounts:
    """The counts beside the menu of an edition; asks nothing until a page draws one."""

    def __init__(self, user: Any, edition: Any) -> None:
        self._user, self._edition = user, edition

    def count_for(self, *url_names: str) -> tuple[int, int]:
        """What waits behind any of these pages, each thing once, and how much of it is late."""
        rows = [each for each in waiting_for(self._user, self._edition) if set(each.menu) & set(url_names)]
        return sum(each.count for each in rows), sum(each.late for each in rows)
