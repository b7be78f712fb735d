"""What the queue does by itself, every minute and whenever its bell rings."""

import logging
from collections.abc import Callable

from django.db import connection, transaction

from expo.editions.models import Edition
from expo.kit.errors import Refused

from ..models import QueueSettings, Run
from ..queries import problem
from ..states import OPEN, RepairMode, RunKind
from .expiring import expire, release_long_away
from .reminders import escalate, remind_due
from .runs import PHASES, start_run

log = logging.getLogger(__name__)
Step = Callable[[Edition], int]


def tick() -> int:
    """Expire, remind, escalate and start wanted repairs; returns how many of these there were.

    Each step of each edition is one transaction that no two workers are in at once, and asks afresh what is due:
    so it does not matter how often the bell rings, or where a worker dies.
    """
    waiting = Edition.objects.filter(phase__in=PHASES, assignments__state__in=OPEN)
    done = sum(
        _alone(edition, step)
        for edition in waiting.distinct().order_by("id")
        for step in (release_long_away, expire, remind_due, escalate)
    )
    return done + sum(_alone(row.edition, start_wanted) for row in _wanting())


def _wanting() -> list[QueueSettings]:
    return list(QueueSettings.objects.exclude(wanted_at=None).select_related("edition").order_by("pk"))


def _alone(edition: Edition, step: Step) -> int:
    """Run one step, unless another worker is about it. One that breaks holds up neither other steps nor editions."""
    try:
        return _step(edition, step)
    except Exception:
        log.exception("a step of the queue broke", extra={"edition": edition.pk, "step": step.__name__})
        return 0


def _step(edition: Edition, step: Step) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        key = f"assignments.{step.__name__}.{edition.pk}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        return step(edition) if cursor.fetchone() == (True,) else 0


def start_wanted(edition: Edition) -> int:
    """Start the repair that somebody wished for. While a run is under way the wish waits for its end."""
    row = QueueSettings.objects.select_for_update(of=("self",)).exclude(wanted_at=None).filter(pk=edition.pk).first()
    if row is None or Run.objects.under_way().filter(edition=edition).exists():
        return 0
    started = _can_help(edition, row) and _start(edition)
    if started is not None:
        QueueSettings.objects.filter(pk=edition.pk).update(wanted_at=None)
    return int(bool(started))


def _can_help(edition: Edition, row: QueueSettings) -> bool:
    if edition.phase not in PHASES or (row.repairs == RepairMode.OFF and not row.is_rolling):
        return False
    return bool(problem.in_scope(edition, None, RunKind.REPAIR, row))


def _start(edition: Edition) -> bool | None:
    """Whether a repair has begun; None when a chair's run came first, so that the wish has to wait."""
    try:
        with transaction.atomic():
            start_run(by=None, edition=edition, kind=RunKind.REPAIR)
    except Refused as refusal:
        return None if refusal.code == "run-under-way" else False
    return True
