"""What waits for the cochairs about verdicts: not given, in no batch, in a batch that is not released."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from expo.editions.models import TIME_TO_CONFIRM, Edition
from expo.editions.queries import roles_in
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.deadlines import minute_of
from expo.kit.waiting import Waiting
from expo.proposals.queries.listing import for_chairs_in
from expo.proposals.states import DECIDABLE, PLACEABLE, ProposalState

from ..models import Batch
from ..states import DECIDING, BatchState
from .places import unordered_places

DESK = ("decisions:desk",)


def for_chairs(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Over the proposals that the viewer sees: one query, and one for the batches while a verdict is not released."""
    roles = roles_in(user, editions)
    mine = [each for each in editions if RoleKind.COCHAIR in roles[each.pk] and each.phase in DECIDING]
    if not mine:
        return
    seen, now = for_chairs_in(user, mine), clock.now()
    not_released = Q(decision__batch=None) | Q(decision__batch__state=BatchState.OPEN)
    unsigned = Q(edition__needs_second_chair=True, decision__isnull=False, decision__signed_by=None) & not_released
    counts: dict[int, Any] = {
        row["edition"]: row
        for row in seen.order_by()
        .values("edition")
        .annotate(
            undecided=Count("pk", Q(state=ProposalState.SUBMITTED, decision=None)),
            unbatched=Count("pk", Q(state__in=DECIDABLE, decision__isnull=False, decision__batch=None)),
            batched=Count("pk", Q(state__in=DECIDABLE, decision__batch__state=BatchState.OPEN)),
            unsigned=Count("pk", unsigned & ~Q(decision__decided_by=user)),
            waitlisted=Count("pk", Q(state=ProposalState.WAITLISTED)),
            left=Count("pk", Q(state=ProposalState.WITHDRAWN, withdrawn_from__in=PLACEABLE)),
            unconfirmed=Count("pk", Q(state=ProposalState.ACCEPTED, verdict_at__lt=minute_of(now) - TIME_TO_CONFIRM)),
        )
    }
    unreleased = [pk for pk, count in counts.items() if count["unbatched"] or count["batched"]]
    rows = Batch.objects.filter(edition__in=unreleased, state=BatchState.OPEN).annotate(
        ready=Count("decisions", Q(decisions__proposal__in=seen.order_by(), decisions__proposal__state__in=DECIDABLE))
    )
    batches: dict[int, list[Batch]] = defaultdict(list)
    for batch in rows.filter(Q(ready__gt=0) | Q(created_by=user)).order_by("id"):
        batches[batch.edition_id].append(batch)
    for edition in mine:
        count = counts.get(edition.pk, {})
        yield from _of(edition, count, batches[edition.pk])
        yield from _places(user, edition, count)


def _places(user: Any, edition: Edition, count: dict[str, int]) -> Iterator[Waiting]:
    """Places for the waiting list; asked about only where something accepted has left, or is late."""
    desk = f"{reverse('decisions:desk', args=[edition.slug])}#free-places"
    late = count.get("unconfirmed", 0) if edition.is_confirming_over(clock.now()) else 0
    yield Waiting(
        "unconfirmed", edition.pk, desk, late,
        "accepted proposal not confirmed in time", "accepted proposals not confirmed in time", DESK,
    )  # fmt: skip
    is_asked = count.get("left", 0) and count.get("waitlisted", 0)
    pools = unordered_places(edition, user).pools if is_asked else ()
    yield Waiting(
        "free-places", edition.pk, desk, sum(bool(each.candidates) for each in pools),
        "pool with a free place for the waiting list", "pools with free places for the waiting list", DESK,
    )  # fmt: skip


def _of(edition: Edition, count: dict[str, int], batches: list[Batch]) -> Iterator[Waiting]:
    desk, due = reverse("decisions:desk", args=[edition.slug]), edition.verdicts_at

    def page_of(batch: Batch) -> str:
        return reverse("decisions:batch", args=[edition.slug, batch.pk])

    yield Waiting(
        "undecided", edition.pk, f"{desk}?view=undecided", count.get("undecided", 0),
        "proposal without a verdict", "proposals without a verdict", DESK, due,
    )  # fmt: skip
    yield Waiting(
        "unbatched", edition.pk, page_of(batches[0]) if len(batches) == 1 else desk, count.get("unbatched", 0),
        "verdict that is in no batch", "verdicts that are in no batch", DESK, due,
    )  # fmt: skip
    yield Waiting(
        "unsigned", edition.pk, reverse("decisions:batches", args=[edition.slug]), count.get("unsigned", 0),
        "verdict of another chair to sign off", "verdicts of other chairs to sign off", DESK, due,
    )  # fmt: skip
    ready = [batch for batch in batches if batch.ready]  # type: ignore[attr-defined]
    yield Waiting(
        "batches", edition.pk, page_of(ready[0]) if len(ready) == 1 else desk, len(ready),
        "batch of verdicts to release", "batches of verdicts to release", DESK, due,
        about=ready[0].name if len(ready) == 1 else "",
    )  # fmt: skip
