"""In which order reviewers read what they were given: what stands beside a review that a chair weighs."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.contrib.humanize.templatetags.humanize import ordinal

from expo.accounts.models import User
from expo.editions.models import Edition

from ..models import Assignment
from ..states import LIVE
from .lookups import visible_to


def reading_orders(edition: Edition, viewer: User, reviewers: Collection[int]) -> dict[int, str]:
    """By assignment, once it was opened: "read 3rd, planned 2nd of 8". One query.

    Counted among what the viewer may see of the reviewer's queue, so that nothing hidden shows in the numbers.
    """
    return orders(visible_to(viewer, edition).filter(reviewer__in=reviewers, state__in=LIVE))


def orders(rows: Iterable[Assignment]) -> dict[int, str]:
    """The same of the live ones among rows that hold all that the viewer may see of their reviewers' queues."""
    queues: dict[int, list[Assignment]] = defaultdict(list)
    for row in rows:
        if row.state in LIVE:
            queues[row.reviewer_id].append(row)
    return {pk: words for queue in queues.values() for pk, words in _words(queue).items()}


def _words(queue: list[Assignment]) -> dict[int, str]:
    queue.sort(key=lambda row: (row.position, row.pk))
    planned = {row.pk: at for at, row in enumerate(queue, 1)}
    read = sorted((row.opened_at, row.pk) for row in queue if row.opened_at is not None)
    return {
        pk: f"read {ordinal(at)}, planned {ordinal(planned[pk])} of {len(queue)}" for at, (_, pk) in enumerate(read, 1)
    }
