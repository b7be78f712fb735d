"""What follows when a run is ready: older undecided repairs go, and the queue's own are published or told of."""

from collections import Counter

from django.conf import settings
from django.urls import reverse

from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.queue import send
from expo.kit.runs import RunState, move
from expo.notify.services import post
from expo.proposals.queries import behind_the_wall

from .. import queries
from ..models import Run
from ..states import RepairMode, RunKind
from .facts import note
from .publishing import publish_run


def after_ready(run: Run, entry: Entry) -> None:
    """In the transaction that stores the preview, so that a worker's death leaves nothing half done."""
    send("assignments.tick")  # a wish that came while it worked
    if run.kind == RunKind.REPAIR:
        _supersede(run)
    if run.started_by_id is not None:
        return
    if publishes_itself(run):
        publish_run(by=None, run=run)
    else:
        _tell_chairs(run, entry)


def publishes_itself(run: Run) -> bool:
    """As the settings say now: a chair may have changed them while the run worked."""
    row = queries.settings_of(run.edition)
    return row.is_rolling or row.repairs == RepairMode.PUBLISH


def _supersede(run: Run) -> None:
    """An older repair of the same starter knows less; the newer one covers what it covered."""
    older = Run.objects.filter(
        edition=run.edition, kind=RunKind.REPAIR, started_by=run.started_by, state=RunState.PREVIEW, pk__lt=run.pk
    )
    for each in older.select_for_update(of=("self",)).order_by("id"):
        move(each, RunState.DISCARDED, stage="Replaced by a newer repair")
        note("discarded", each, None, replaced_by=run.pk)


def _tell_chairs(run: Run, entry: Entry) -> None:
    """Each cochair hears what the repair does outside their own wall, and nothing when that is nothing."""
    found = Run.objects.values_list("result", flat=True).get(pk=run.pk) or {}
    url = settings.SITE_URL + reverse("assignments:run", args=[run.edition.slug, run.pk])
    for chair in holders(run.edition, RoleKind.COCHAIR):
        hidden = behind_the_wall(chair, run.edition)
        counts = Counter(filled=sum(row["proposal"] not in hidden for row in found["pairs"]))
        counts["missing"] = sum(row["missing"] for row in found["gaps"] if row["proposal"] not in hidden)
        if counts.total():
            context = {"edition": run.edition, "url": url, **counts}
            post("assignments/repair_ready", to=[chair], entry=entry, context=context)
