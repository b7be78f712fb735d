"""The same made instance for PyPI's conference-scheduler and for ours: all sessions placed, least (demand - capacity).

    OTHER/bin/python bench/peer_conference_scheduler.py 50      in an environment that has conference-scheduler
    .venv/bin/python bench/peer_conference_scheduler.py 50 --ours

It would put a workshop over a talk in one room, so here each room is for one of them and both keep the same rules.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent / "timetables"))


DAWN = datetime(2030, 1, 1, tzinfo=UTC)


def theirs(data: dict[str, Any], seconds: float) -> dict[str, Any]:
    from conference_scheduler import scheduler
    from conference_scheduler.lp_problem import objective_functions
    from conference_scheduler.resources import Event, Slot
    from pulp import PULP_CBC_CMD

    lengths = {track["room"]: 240 if 2 in track["formats"] else 60 for track in data["tracks"]}
    slots = {
        (room["id"], start, lengths[room["id"]]): Slot(
            f"room {room['id']}",
            DAWN + timedelta(minutes=start),
            lengths[room["id"]],
            room["capacity"],
            str(start // 1440),
        )
        for room in data["rooms"]
        for first, last in data["days"]
        for start in range(first, last, lengths[room["id"]])
    }
    events = {row["id"]: Event(str(row["id"]), row["minutes"], demand=row["audience"]) for row in data["sessions"]}
    equipment = {room["id"]: set(room["equipment"]) for room in data["rooms"]}
    for row in data["sessions"]:
        events[row["id"]].add_unavailability(
            *(slot for key, slot in slots.items() if not _may(row, key, equipment[key[0]])),
            *(events[o["id"]] for o in data["sessions"] if o is not row and _kin(o) & _kin(row)),
        )
    began = monotonic()
    found = scheduler.schedule(
        list(events.values()),
        list(slots.values()),
        objective_functions.efficiency_capacity_demand_difference,
        solver=PULP_CBC_CMD(msg=False, timeLimit=seconds),
    )
    taken = monotonic() - began
    value = sum(each.event.demand - each.slot.capacity for each in found)
    return {"who": "conference-scheduler", "seconds": round(taken, 2), "objective": value, "placed": len(found)}


def _kin(row: dict[str, Any]) -> set[str]:
    """Whoever cannot be in two places: presenters, and here the sponsor too."""
    return {*row["people"], f"sponsor {row['sponsor']}"}


def _may(row: dict[str, Any], key: tuple[int, int, int], equipment: set[str]) -> bool:
    """Whether a session may take a slot, looked at alone."""
    room, start, length = key
    if row.get("pin"):
        return list(row["pin"]) == [room, start] and length == row["minutes"]
    gone = any(start < last and first < start + length for _, first, last in row.get("away", []))
    return length == row["minutes"] and set(row.get("needs", [])) <= equipment and not gone


def ours(data: dict[str, Any], seconds: float) -> dict[str, Any]:
    import ortools.sat.python.cp_model  # noqa: F401 - their imports are not counted either

    from bench.timetables import own
    from expo.program.solver import Effort, Wish, solve

    most = max(room["capacity"] for room in data["rooms"])
    wishes = tuple(Wish(most - room["capacity"], room["id"]) for room in data["rooms"])
    problem = own.problem(data | {"blend": [["wishes", 1]]})
    halves = frozenset(at for first, last in data["days"] for at in range(first, last, 240))
    items = tuple(
        replace(
            item,
            wishes=wishes,
            people=item.people | {f"sponsor {item.sponsor}"},
            starts=halves if item.minutes == 240 else None,
        )
        for item in problem.items
    )
    began = monotonic()
    solution = solve(replace(problem, items=items, prime=()), effort=Effort(work=seconds, net_seconds=seconds))
    taken = monotonic() - began
    seats = {room["id"]: room["capacity"] for room in data["rooms"]}
    value = sum(problem.item[each.item].audience - seats[each.place.room] for each in solution.placed)
    return {
        "who": "ours",
        "seconds": round(taken, 2),
        "objective": value,
        "placed": len(solution.placed),
        "proved": all(tier.is_proved for tier in solution.tiers),
    }


if __name__ == "__main__":
    parser = ArgumentParser(description="Ours against PyPI's conference-scheduler.")
    parser.add_argument("count", type=int)
    parser.add_argument("--ours", action="store_true")
    parser.add_argument("--limit", type=float, default=600)
    options = parser.parse_args()
    instance = import_module("made").made(options.count, apart=True)
    line = (ours if options.ours else theirs)(instance, options.limit)
    print(json.dumps({"sessions": options.count, **line}))
