"""Repairs after a withdrawal, a lost room or a late arrival: how many sessions move, how fast?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bench.clock import Clock
from bench.timetables import Instance, of
from expo.program.solver.problem import Solution
from expo.program.solver.repair import Repair, repair
from expo.program.solver.search import first_timetable

Data = dict[str, Any]
HALF = 240


def lines(instance: Instance, seed: int) -> Iterator[Data]:
    """One line for each event; the current timetable is the first one, and all of it is announced."""
    import ortools.sat.python.cp_model  # noqa: F401 - loaded before the clock starts

    if instance.data is None:
        raise SystemExit(f"{instance.name}: repairs are measured on made instances and on files in our own format")
    before = published(instance.data, instance)
    plain = [row for row in before["sessions"] if row["pin"] is None and row["minutes"] == 60 and row["people"]]
    for name, change in EVENTS.items():
        yield {"event": name} | measured(of(change(before, plain[(seed - 1) % len(plain)])))


def published(data: Data, instance: Instance) -> Data:
    places = first_timetable(instance.problem)
    rows = [row | {"present": _pair(places.get(row["id"])), "announced": True} for row in data["sessions"]]
    return data | {"sessions": rows, "published": True}


def _pair(place: Any) -> list[int] | None:
    return None if place is None else [place.room, place.start]


def measured(changed: Instance) -> Data:
    """`moved` and `lost` are counted from the file and the new places alone; `bound`: fewer is impossible."""
    clock = Clock()
    repaired = repair(changed.problem)
    seconds = clock.seconds()
    data = changed.data or {}
    present = {row["id"]: row["present"] for row in data["sessions"] if row["present"]}
    places = {key: _pair(place) for key, place in repaired.places.items()}
    _, faults = changed.judge(Solution(repaired.placed, repaired.objectives))
    return {
        "instance": changed.name,
        "sessions": len(data["sessions"]),
        "moved": sum(key in places and places[key] != at for key, at in present.items()),
        "lost": sum(key not in places for key in present),
        "bound": bound(repaired),
        "proved": repaired.is_minimal,
        **seconds,
        "violations": len(faults),
    }


def bound(repaired: Repair) -> int:
    return sum(each.bound for each in repaired.objectives if each.key.startswith(("moved", "lost")))


def _without(data: Data, row: Data) -> Data:
    return data | {"sessions": [each for each in data["sessions"] if each is not row]}


def _room_lost(data: Data, row: Data) -> Data:
    """Its room cannot be used in the half-day in which it is placed."""
    room, start = row["present"]
    opening = max(first for first, _ in data["days"] if first <= start)
    since = start - (start - opening) % HALF
    return data | {"breaks": [[since, since + HALF, room]]}


def _late(data: Data, row: Data) -> Data:
    """One of its people arrives an hour after it began."""
    start = row["present"][1]
    late = row | {"away": [*row["away"], [row["people"][0], start - 600, start + 60]]}
    return data | {"sessions": [late if each is row else each for each in data["sessions"]]}


EVENTS: dict[str, Callable[[Data, Data], Data]] = {
    "withdrawal": _without,
    "lost room": _room_lost,
    "late arrival": _late,
}
