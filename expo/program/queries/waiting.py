"""What waits for the cochairs about the timetable: unscheduled sessions, drafts, slots, requests for another slot."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, F, Q
from django.urls import reverse

from expo.editions.models import Edition
from expo.editions.queries import roles_in
from expo.editions.states import Phase, RoleKind
from expo.kit.runs import RunState
from expo.kit.waiting import Waiting
from expo.proposals.queries.listing import for_chairs_in
from expo.proposals.states import PLACEABLE

from ..models import Run
from ..states import RunKind, SlotState

TIMETABLE = ("program:timetable",)
DRAFTS, SLOTS = (*TIMETABLE, "program:drafts"), (*TIMETABLE, "program:slots")
#: As `slots.differs_from_slot` has it.
IS_NEWS = Q(session__isnull=False) & (
    Q(slot=None)
    | ~Q(slot__room=F("session__room"))
    | ~Q(slot__starts_at=F("session__starts_at"))
    | ~Q(slot__ends_at=F("session__ends_at"))
)


def for_chairs(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Over the sessions that the viewer sees: two queries."""
    roles = roles_in(user, editions)
    phases = (Phase.SCHEDULE, Phase.PUBLISHED)
    mine = [each for each in editions if RoleKind.COCHAIR in roles[each.pk] and each.phase in phases]
    if not mine:
        return
    accepted = for_chairs_in(user, mine).filter(state__in=PLACEABLE).order_by().values("edition")
    counts: dict[int, Any] = {
        row["edition"]: row
        for row in accepted.annotate(
            unscheduled=Count("pk", Q(session=None)),
            asked=Count("pk", Q(slot__state=SlotState.CHANGE_ASKED)),
            news=Count("pk", IS_NEWS),
        )
    }
    kinds = (RunKind.DRAFT, RunKind.REPAIR)
    runs: dict[int, list[int]] = defaultdict(list)
    drafts = Run.objects.filter(edition__in=mine, state=RunState.PREVIEW, kind__in=kinds).order_by("-id")
    for edition, run in drafts.values_list("edition", "id"):
        runs[edition].append(run)
    for edition in mine:
        yield from _of(edition, counts.get(edition.pk, {}), runs[edition.pk])


def _of(edition: Edition, count: dict[str, int], runs: list[int]) -> Iterator[Waiting]:
    at, slots = [edition.slug], reverse("program:slots", args=[edition.slug])
    drafts = (
        reverse("program:run", args=[edition.slug, runs[0]]) if len(runs) == 1 else reverse("program:drafts", args=at)
    )
    yield Waiting(
        "asked", edition.pk, f"{slots}?state={SlotState.CHANGE_ASKED}", count.get("asked", 0),
        "request for another slot to answer", "requests for another slot to answer", SLOTS, edition.slots_freeze_at,
    )  # fmt: skip
    yield Waiting(
        "unscheduled", edition.pk, reverse("program:timetable", args=at), count.get("unscheduled", 0),
        "accepted session without a room and time", "accepted sessions without a room and time", TIMETABLE,
    )  # fmt: skip
    yield Waiting(
        "drafts", edition.pk, drafts, len(runs),
        "draft of the timetable to adopt or discard", "drafts of the timetable to adopt or discard", DRAFTS,
    )  # fmt: skip
    yield Waiting(
        "news", edition.pk, f"{slots}?state=to-tell", count.get("news", 0),
        "session whose presenters do not know its slot", "sessions whose presenters do not know their slot", SLOTS,
    )  # fmt: skip
