"""In which order reviewers read what they were given: what stands beside a review that a chair weighs."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.contrib.humanize.templatetags.humanize import ordinal

from expo.accounts.models import User
from expo.editions.models import Edition

from ..states import LIVE
from .lookups import visible_to


class _Place(NamedTuple):
    id: int
    reviewer: int
    opened_at: datetime | None


def reading_orders(edition: Edition, viewer: User, reviewers: Collection[int]) -> dict[int, str]:
    """By assignment, once it was opened: "read 3rd, planned 2nd of 8". One query.

    Counted among what the viewer may see of the reviewer's queue, so that nothing hidden shows in the numbers.
    """
    rows = visible_to(viewer, edition).filter(reviewer__in=reviewers, state__in=LIVE).order_by("position", "id")
    queues: dict[int, list[_Place]] = defaultdict(list)
    for row in map(_Place._make, rows.values_list("id", "reviewer", "opened_at")):
        queues[row.reviewer].append(row)
    return {pk: words for queue in queues.values() for pk, words in _words(queue).items()}


def _words(queue: list[_Place]) -> dict[int, str]:
    planned = {row.id: at for at, row in enumerate(queue, 1)}
    read = sorted((row.opened_at, row.id) for row in queue if row.opened_at is not None)
    return {
        pk: f"read {ordinal(at)}, planned {ordinal(planned[pk])} of {len(queue)}" for at, (_, pk) in enumerate(read, 1)
    }
