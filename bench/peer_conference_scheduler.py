"""One made instance for PyPI's conference-scheduler and for ours: all sessions placed, least (demand - capacity).

    .venv/bin/python bench/peer_conference_scheduler.py 50 --peer OTHER/bin/python

OTHER is an environment of its own with conference-scheduler, pulp and highspy (HiGHS and OR-Tools cannot be loaded by
one process). One JSON line for each of its solvers and for ours, run one after the other, then the ratio.

Seconds are for building the model and solving it, to the proof. Not counted: starting Python, imports, making the
instance and writing it in each one's format. The peer would put a workshop over a talk in one room; the rows
that forbid it are added to its model (`--as-published` leaves them out; then its timetable breaks rules). `violations`
are counted from the instance alone, by the same counter for all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "timetables")]

from bench.clock import Clock  # noqa: E402 - found by the line above

DAWN, HALF = datetime(2030, 1, 1, tzinfo=UTC), 240
GRACE = 60
#: room, start, minutes
Key = tuple[int, int, int]
Placed = dict[int, tuple[int, int]]


def instance(count: int) -> dict[str, Any]:
    """As many sponsors as sessions; a sponsor's sessions are never in parallel; workshops start with a half-day."""
    from made import made

    data = made(count, sponsors=count)
    halves = [start for first, last in data["days"] for start in range(first, last, HALF)]
    sessions = [
        row
        | {"people": [*row["people"], f"sponsor {row['sponsor']}"], "wishes": []}
        | ({"starts": halves} if row["minutes"] == HALF else {})
        for row in data["sessions"]
    ]
    return data | {"sessions": sessions, "prime": []}


def theirs(data: dict[str, Any], solver: str, seconds: float, *, as_published: bool) -> tuple[dict[str, Any], Placed]:
    """The peer, with one of its solvers."""
    import pulp
    from conference_scheduler import scheduler
    from conference_scheduler.lp_problem import objective_functions
    from conference_scheduler.resources import Event, Slot

    slots = {key: Slot(*_slot_words(data, key)) for key in _slots(data)}
    events = {row["id"]: Event(str(row["id"]), row["minutes"], demand=row["audience"]) for row in data["sessions"]}
    equipment = {room["id"]: set(room["equipment"]) for room in data["rooms"]}
    for row in data["sessions"]:
        events[row["id"]].add_unavailability(
            *(slot for key, slot in slots.items() if not _may(row, key, equipment[key[0]])),
            *(events[o["id"]] for o in data["sessions"] if o is not row and {*o["people"]} & {*row["people"]}),
        )
    if not as_published:
        _forbid_overlaps(list(slots))
    make = {"CBC": pulp.PULP_CBC_CMD, "HiGHS": pulp.HiGHS}[solver]
    clock = Clock()
    found = scheduler.schedule(
        list(events.values()),
        list(slots.values()),
        objective_functions.efficiency_capacity_demand_difference,
        solver=make(msg=False, timeLimit=seconds),
    )
    seconds = clock.seconds()
    keys = {id(slot): key for key, slot in slots.items()}
    return seconds, {int(each.event.name): keys[id(each.slot)][:2] for each in found}


def _slots(data: dict[str, Any]) -> Iterator[Key]:
    """Every hour of every room, and every half-day."""
    for room in data["rooms"]:
        for first, last in data["days"]:
            for minutes in (60, HALF):
                for start in range(first, last, minutes):
                    yield room["id"], start, minutes


def _slot_words(data: dict[str, Any], key: Key) -> tuple[Any, ...]:
    room, start, minutes = key
    seats = next(each["capacity"] for each in data["rooms"] if each["id"] == room)
    return f"room {room}", DAWN + timedelta(minutes=start), minutes, seats, str(start // 1440)


def _may(row: dict[str, Any], key: Key, equipment: set[str]) -> bool:
    """Whether a session may take a slot, looked at alone."""
    room, start, length = key
    if row.get("pin"):
        return list(row["pin"]) == [room, start] and length == row["minutes"]
    gone = any(start < last and first < start + length for _, first, last in row.get("away", []))
    return length == row["minutes"] and set(row.get("needs", [])) <= equipment and not gone


def _forbid_overlaps(slots: list[Key]) -> None:
    """Add to the peer's rules what it lacks: a half-day of a room and an hour within it are not both used."""
    from conference_scheduler.lp_problem import constraints
    from conference_scheduler.lp_problem.utils import lpsum
    from conference_scheduler.resources import Constraint

    published = constraints.all_constraints
    at = {key: position for position, key in enumerate(slots)}
    within = [
        (at[room, half, HALF], at[room, half + step, 60])
        for room, half, minutes in slots
        if minutes == HALF
        for step in range(0, HALF, 60)
    ]

    def completed(events: Any, slots: Any, x: Any, *rest: Any) -> Iterator[Any]:
        yield from published(events, slots, x, *rest)
        for pair in within:
            yield Constraint("overlap", lpsum(x[event, slot] for event in range(len(events)) for slot in pair) <= 1)

    constraints.all_constraints = completed


def ours(data: dict[str, Any], seconds: float) -> tuple[dict[str, Any], Placed]:
    """Ours: what a larger room would have had to spare is a wish, and the wishes are the objective."""
    import ortools.sat.python.cp_model  # noqa: F401 - their imports are not counted either

    from bench.timetables import own
    from expo.program.solver.search import Effort, solve

    most = max(room["capacity"] for room in data["rooms"])
    wishes = [[most - room["capacity"], room["id"]] for room in data["rooms"] if room["capacity"] < most]
    sessions = [row | {"wishes": wishes} for row in data["sessions"]]
    problem = own.problem(data | {"sessions": sessions, "blend": [["wishes", 1]]})
    clock = Clock()
    solution = solve(problem, effort=Effort(work=seconds, net_seconds=seconds))
    result = clock.seconds() | {
        "proved": all(each.is_proved for each in solution.objectives),
        "timetable": solution.digest,
    }
    return result, {each.item: (each.place.room, each.place.start) for each in solution.placed}


def alone(options: Namespace) -> dict[str, Any]:
    """What one solver says, in this process."""
    data = instance(options.count)
    if options.who == "ours":
        result, placed = ours(data, options.limit)
    else:
        result, placed = theirs(data, options.who, options.limit, as_published=options.as_published)
    return result | {"placed": [[key, *place] for key, place in placed.items()]}


def evaluated(count: int, line: dict[str, Any]) -> dict[str, Any]:
    """The value and the broken rules of a timetable, from the instance alone."""
    from bench.timetables import own

    data = instance(count)
    placed = {key: (room, start) for key, room, start in line["placed"]}
    seats = {room["id"]: room["capacity"] for room in data["rooms"]}
    rows = {row["id"]: row for row in data["sessions"]}
    value = sum(rows[key]["audience"] - seats[room] for key, (room, _) in placed.items())
    return line | {"objective": value, "placed": len(placed), "violations": len(own.faults(data, placed))}


def asked(options: Namespace, who: str) -> dict[str, Any]:
    """The line of one solver in a process of its own; without an answer, how long it was waited for."""
    python = sys.executable if who == "ours" else options.peer
    command = [python, __file__, str(options.count), "--who", who, "--limit", str(options.limit)]
    command += ["--as-published"] if options.as_published else []
    began = monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=options.limit + GRACE, check=True)
        line = evaluated(options.count, json.loads(done.stdout.splitlines()[-1]))
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        line = {"seconds": round(monotonic() - began, 2), "objective": None, "placed": 0}
    return {"who": who if who == "ours" else f"conference-scheduler with {who}", "sessions": options.count, **line}


def compared(options: Namespace) -> None:
    """Every solver's lines, in turns, then how many times faster ours is than the fastest of the others."""
    lines = []
    for _ in range(options.repeat):
        for who in (*options.solvers.split(","), "ours", "ours", "ours"):
            lines.append(asked(options, who))
            print(json.dumps(lines[-1]), flush=True)
    print(json.dumps({"sessions": options.count, **ratios(lines)}))


def ratios(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over medians; a peer without an answer took at least as long as it was waited for."""
    ratios: dict[str, Any] = {}
    for key in ("seconds", "user_seconds"):
        taken: dict[str, list[float]] = {}
        for line in lines:
            if key in line:
                taken.setdefault(line["who"], []).append(line[key])
        times = {who: median(values) for who, values in taken.items()}
        own = times.pop("ours")
        fastest = min(times, key=lambda who: times[who], default=None)
        if fastest:
            ratios |= {f"fastest_by_{key}": fastest, f"ratio_by_{key}": round(times[fastest] / own, 1)}
    return ratios | {"all_answered": all(line["placed"] for line in lines)}


if __name__ == "__main__":
    parser = ArgumentParser(description="Ours against PyPI's conference-scheduler.")
    parser.add_argument("count", type=int)
    parser.add_argument("--peer", help="a Python that has conference-scheduler, pulp and highspy")
    parser.add_argument("--solvers", default="HiGHS,CBC")
    parser.add_argument("--repeat", type=int, default=1, help="rounds; in each ours runs three times")
    parser.add_argument("--limit", type=float, default=600)
    parser.add_argument("--as-published", action="store_true", help="leave out the rows that the peer lacks")
    parser.add_argument("--who", choices=["CBC", "HiGHS", "ours"], help="only this one, in this process")
    options = parser.parse_args()
    if options.who:
        print(json.dumps(alone(options)))
    else:
        compared(options)
