"""The life of a solver run, shared by the matching and the scheduler: snapshot → pure function → apply.

A run is a row. A worker holds it by a lease: a random token and a heartbeat. Whoever holds the token may write;
a worker that was killed loses the token when its heartbeat grows old, and the next one starts from the snapshot again.
Because solvers are deterministic for a seed, the second attempt gives what the first would have given.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import connection, models
from django.db.models import Q

from . import clock
from .errors import WrongState
from .queue import send
from .states import State, Table

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=20)
BEAT_SECONDS = 4.0
MOST_ATTEMPTS = 5


class RunState(State):
    QUEUED = "queued"
    RUNNING = "running"
    PREVIEW = "preview"
    PUBLISHED = "published"
    ADOPTED = "adopted"
    DISCARDED = "discarded"
    FAILED = "failed"


RUN_STATES = Table(
    "run",
    {
        RunState.QUEUED: frozenset({RunState.RUNNING, RunState.DISCARDED, RunState.FAILED}),
        RunState.RUNNING: frozenset({RunState.PREVIEW, RunState.DISCARDED, RunState.FAILED}),
        RunState.PREVIEW: frozenset({RunState.PUBLISHED, RunState.ADOPTED, RunState.DISCARDED}),
        RunState.ADOPTED: frozenset({RunState.PREVIEW}),  # undone
    },
)
UNDER_WAY = (RunState.QUEUED, RunState.RUNNING)
ENDED = (RunState.PUBLISHED, RunState.ADOPTED, RunState.DISCARDED, RunState.FAILED)


class LeaseLost(Exception):
    """Another worker took the run over; this one must stop without writing."""


class RunQuerySet(models.QuerySet[Any]):
    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY)

    def claimable(self) -> Self:
        """Queued, or running under a lease that has expired."""
        stale = Q(state=RunState.RUNNING, heartbeat_at__lt=clock.now() - LEASE)
        return self.filter(Q(state=RunState.QUEUED) | stale)


class RunBase(models.Model):
    """A solver run, kept so that it can be replayed, explained and compared. Concrete rooms add `edition`."""

    state = models.CharField(max_length=12, choices=RunState.choices(), default=RunState.QUEUED)
    seed = models.PositiveIntegerField(help_text="Same input, seed and version: same result.")
    input_hash = models.CharField(max_length=64, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    progress = models.FloatField(default=0.0, help_text="Share done, 0 to 1.")
    stage = models.CharField(max_length=120, blank=True, help_text="What the run is doing, in words.")
    solver_status = models.CharField(max_length=40, blank=True)
    objective = models.FloatField(null=True, blank=True)
    bound = models.FloatField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    reasons = models.JSONField(default=list, blank=True, help_text="Sentences: what could not be done, and why.")
    error = models.TextField(blank=True)
    versions = models.JSONField(default=dict, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int:
        return round(100 * self.progress)


def claim(model: type[RunBase], run_id: int) -> Any:
    """Take the run under a fresh lease, or return None when it is done or somebody else works on it."""
    now, lease = clock.now(), uuid.uuid4()
    taken = (
        model.objects.claimable()
        .filter(pk=run_id)
        .update(
            state=RunState.RUNNING, lease=lease, heartbeat_at=now, started_at=now, attempts=models.F("attempts") + 1
        )
    )
    return model.objects.get(pk=run_id) if taken else None


def write(run: RunBase, **fields: Any) -> None:
    """Write to the run while its lease holds; raises LeaseLost when it does not."""
    kept = type(run).objects.filter(pk=run.pk, lease=run.lease, state=RunState.RUNNING)
    if not kept.update(heartbeat_at=clock.now(), **fields):
        raise LeaseLost(run.pk)


def report(run: RunBase, share: float, stage: str) -> None:
    """Report the progress: `share` in 0..1 and the stage in a few words."""
    write(run, progress=min(1.0, max(0.0, share)), stage=stage[:120])


@contextmanager
def heartbeat(run: RunBase) -> Iterator[None]:
    """Keep the lease alive from a thread while a solver holds this one."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(run, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(run: RunBase, stop: threading.Event) -> None:
    try:
        while not stop.wait(BEAT_SECONDS):
            write(run)
    except LeaseLost:
        return
    finally:
        connection.close()


def work_on(
    model: type[RunBase],
    run_id: int,
    perform: Callable[[Any], None],
    crashed: Callable[[Any, Exception], bool],
) -> bool:
    """A worker's whole part of a run. False when it is not ours to do, or was taken away meanwhile.

    `crashed` ends what broke with a sentence, as `fail` does.
    """
    run = claim(model, run_id)
    if run is None:
        return False
    try:
        with heartbeat(run):
            perform(run)
    except LeaseLost:
        log.info("run taken over or discarded", extra=_named(run))
        return False
    except Exception as error:
        log.exception("run failed", extra=_named(run))
        return crashed(run, error)
    return True


def finish(run: RunBase, stage: str, **fields: Any) -> None:
    """Keep the result as a preview; raises LeaseLost when another worker holds the run."""
    write(run, state=RunState.PREVIEW, progress=1.0, stage=stage, finished_at=clock.now(), **fields)


def fail(run: RunBase, sentence: str) -> bool:
    """End the run with a sentence; False when it was no longer ours to end."""
    try:
        write(run, state=RunState.FAILED, error=sentence, stage="Stopped", finished_at=clock.now())
    except LeaseLost:
        log.info("run was no longer ours to fail", extra=_named(run))
        return False
    return True


def _named(run: RunBase) -> dict[str, Any]:
    return {"run": run.pk, "kind": run._meta.label_lower}  # noqa: SLF001


def requeue_stale(model: type[RunBase], task: str) -> int:
    """Dispatch the runs that no worker holds; returns how many."""
    waiting = list(model.objects.claimable().order_by("id").values_list("pk", flat=True))
    for run_id in waiting:
        send(task, run_id)
    return len(waiting)


def give_up(model: type[RunBase]) -> None:
    """End those that stopped several workers in a row, so that they stop no more."""
    model.objects.claimable().filter(state=RunState.RUNNING, attempts__gte=MOST_ATTEMPTS).update(
        state=RunState.FAILED,
        lease=None,
        finished_at=clock.now(),
        error=f"{MOST_ATTEMPTS} workers in a row stopped during this run. "
        "Ask the operators to look at the workers' log.",
    )


def move(run: RunBase, state: RunState, **fields: Any) -> None:
    """Move a run a person decides about (publish, adopt, discard); the caller holds its row lock."""
    RUN_STATES.check(RunState(run.state), state)
    for name, value in {**fields, "state": state, "finished_at": run.finished_at or clock.now()}.items():
        setattr(run, name, value)
    run.save()


def refuse_second_run() -> WrongState:
    """What to tell somebody who starts a run while another of the same edition is under way."""
    return WrongState(
        "run-under-way", "Another run of this edition is under way. Wait until it has finished, or discard it first."
    )
