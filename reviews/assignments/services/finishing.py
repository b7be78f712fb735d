"""What follows when a run is ready: older undecided repairs go, and the queue's own are published or told of."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.queue import send
from expo.kit.runs import RunState, move
from expo.notify.services import post
from expo.proposals.queries import behind_the_wall

from ..models import Run
from ..queries import lookups
from ..states import RepairMode, RunKind
from .facts import note
from .publishing import publish_run


def after_ready(run: Run, entry: Entry) -> None:
    """In the transaction that stores the preview, so that a worker's death leaves nothing half done."""
    send("assignments.tick")  # a wish that came while it worked
    older = _supersede(run) if run.kind == RunKind.REPAIR else []
    if run.started_by_id is not None:
        return
    if publishes_itself(run):
        publish_run(by=None, run=run)
    else:
        _tell_chairs(run, entry, older)


def publishes_itself(run: Run) -> bool:
    """As the settings say now: a chair may have changed them while the run worked."""
    row = lookups.settings_of(run.edition)
    return row.is_rolling or row.repairs == RepairMode.PUBLISH


def _supersede(run: Run) -> list[Run]:
    """An older repair of the same starter knows less; the newer one covers what it covered."""
    rows = Run.objects.filter(
        edition=run.edition, kind=RunKind.REPAIR, started_by=run.started_by, state=RunState.PREVIEW, pk__lt=run.pk
    )
    older = list(rows.select_for_update(of=("self",)).order_by("id"))
    for each in older:
        move(each, RunState.DISCARDED, stage="Replaced by a newer repair")
        note("discarded", each, None, replaced_by=run.pk)
    return older


def _tell_chairs(run: Run, entry: Entry, older: list[Run]) -> None:
    """Each cochair hears what the repair does outside their own wall, and nothing when that is nothing, or no more
    than what they were told of an undecided one: else the mail's moment would tell what happens behind the wall.
    """
    found = Run.objects.values_list("result", flat=True).get(pk=run.pk) or {}
    url = settings.SITE_URL + reverse("assignments:board", args=[run.edition.slug])
    for chair in holders(run.edition, RoleKind.COCHAIR):
        hidden = behind_the_wall(chair, run.edition)
        filled, missing = now = _places(found, hidden)
        if now != ({}, {}) and now not in [_places(each.result or {}, hidden) for each in older]:
            context = {"edition": run.edition, "url": url, "filled": filled.total(), "missing": missing.total()}
            post("assignments/repair_ready", to=[chair], entry=entry, context=context)


def _places(found: Mapping[str, Any], hidden: frozenset[int]) -> tuple[Counter[int], Counter[int]]:
    """By visible proposal: places that are filled, and those that stay open."""
    filled = Counter(row["proposal"] for row in found.get("pairs", []) if row["proposal"] not in hidden)
    gaps = [row for row in found.get("gaps", []) if row["proposal"] not in hidden]
    return filled, Counter({row["proposal"]: row["missing"] for row in gaps})
