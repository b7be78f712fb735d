"""How a run is going: the aims it has reached, and how the present one goes down, for whoever may see figures."""

from dataclasses import dataclass

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.charts import Descent
from expo.proposals.queries import wall

from .. import wording
from ..models import Run
from ..states import RunKind

AT_WORK = "The scheduler is at work."


@dataclass(frozen=True)
class AimLine:
    """One aim of a run under way."""

    name: str
    value: str
    words: str
    is_proved: bool
    is_reached: bool


@dataclass(frozen=True)
class Progress:
    """`aims`, `chart` and `percent` cover all sessions: none of them for somebody behind a wall."""

    stage: str
    elapsed: str
    may_stop: bool
    is_stopping: bool
    percent: int | None
    aims: tuple[AimLine, ...]
    chart: Descent | None
    error: str


def sees_figures(viewer: User, edition: Edition) -> bool:
    """Figures cover all sessions, so they are for those from whom none is hidden."""
    hidden = wall(viewer, edition)
    return not hidden.hides_some


def progress(run: Run, viewer: User) -> Progress:
    """The run as this person may watch it."""
    is_open = sees_figures(viewer, run.edition)
    trace = run.trace if is_open and run.is_under_way else []
    elapsed = _elapsed(run)
    return Progress(
        stage=run.stage if is_open or not run.started_at else AT_WORK if run.is_under_way else "",
        elapsed=wording.seconds(elapsed) if run.started_at else "",
        may_stop=run.is_under_way and run.kind == RunKind.DRAFT and run.stop_asked_at is None,
        is_stopping=run.is_under_way and run.stop_asked_at is not None,
        percent=run.percent if is_open else None,
        aims=_aims(trace),
        chart=_chart(trace, elapsed),
        error=(run.error if is_open else "A chair without a conflict of interest can read why.") if run.error else "",
    )


def _elapsed(run: Run) -> float:
    if run.started_at is None:
        return 0.0
    return max(0.0, ((run.finished_at or clock.now()) - run.started_at).total_seconds())


def _aims(trace: list[list[object]]) -> tuple[AimLine, ...]:
    """Each aim as it was left, in order; the last one is still being worked on."""
    last = {str(row[1]): row for row in trace}
    keys = list(last)
    return tuple(
        AimLine(
            wording.aim_name(key),
            wording.amount(key, int(str(value))),
            wording.gap(key, int(str(value)), int(str(bound))),
            int(str(value)) <= int(str(bound)),
            key != keys[-1],
        )
        for key, (_, _, value, bound) in last.items()
    )


def _chart(trace: list[list[object]], elapsed: float) -> Descent | None:
    """The present aim, once it has gone down a first step."""
    if not trace:
        return None
    key = str(trace[-1][1])
    points = tuple((float(str(at)), int(str(value)), int(str(bound))) for at, k, value, bound in trace if k == key)
    if len(points) < 2:
        return None
    return Descent(wording.aim_name(key), points, max(elapsed, points[-1][0]))
