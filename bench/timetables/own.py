"""Our own instance files: a day as JSON, every key as in `made.py`; times are minutes since the first midnight."""

from __future__ import annotations

from typing import Any

from expo.program.solver.problem import Away, Break, Item, Place, Problem, Room, Span, Track, Wish


def problem(data: dict[str, Any]) -> Problem:
    return Problem(
        items=tuple(_item(row) for row in data["sessions"]),
        rooms=tuple(Room(row["id"], row.get("capacity"), frozenset(row["equipment"])) for row in data["rooms"]),
        tracks=tuple(Track(row["id"], frozenset(row["formats"]), row.get("room")) for row in data["tracks"]),
        days=tuple(Span(*pair) for pair in data["days"]),
        breaks=tuple(Break(*row) for row in data.get("breaks", [])),
        grid=data["grid"],
        seed=data.get("seed", 1),
        is_published=data.get("published", False),
        prime=tuple(Span(*pair) for pair in data.get("prime", [])),
        blend=tuple((key, weight) for key, weight in data.get("blend", [])),
    )


def _item(row: dict[str, Any]) -> Item:
    return Item(
        id=row["id"],
        format=row["format"],
        minutes=row["minutes"],
        sponsor=row["sponsor"],
        people=frozenset(row["people"]),
        topics=frozenset(row["topics"]),
        away=tuple(Away(*each) for each in row.get("away", [])),
        merit_band=row["band"],
        merit=row["merit"],
        audience=row["audience"],
        needs=frozenset(row.get("needs", [])),
        pin=Place(*row["pin"]) if row.get("pin") else None,
        present=Place(*row["present"]) if row.get("present") else None,
        is_announced=row.get("announced", False),
        wishes=tuple(Wish(*each) for each in row.get("wishes", [])),
        starts=frozenset(row["starts"]) if row.get("starts") else None,
    )


def faults(data: dict[str, Any], placed: dict[int, tuple[int, int]]) -> list[str]:
    """Every broken rule, from the file's own words: {session: (room, start)}."""
    found = []
    rows = {row["id"]: row for row in data["sessions"]}
    rooms = {row["id"]: row for row in data["rooms"]}
    for key, (room, start) in placed.items():
        found += [f"session {key}: {fault}" for fault in _alone(data, rows[key], rooms[room], start)]
    for one in placed:
        for other in placed:
            if one < other:
                found += [f"sessions {one} and {other}: {what}" for what in _pair(rows, placed, one, other)]
    for key, row in rows.items():
        if row.get("pin") and placed.get(key) != tuple(row["pin"]):
            found.append(f"session {key} left its pin")
    return found


def _alone(data: dict[str, Any], row: dict[str, Any], room: dict[str, Any], start: int) -> list[str]:
    if row.get("pin"):
        return []
    end, found = start + row["minutes"], []
    if not any(first <= start and end <= last and (start - first) % data["grid"] == 0 for first, last in data["days"]):
        found.append("not in the hours, or off the grid")
    closed = [(first, last) for first, last, *where in data.get("breaks", []) if where in ([], [None], [room["id"]])]
    if any(start < last and first < end for first, last in closed):
        found.append("in a break")
    if row.get("starts") and start not in row["starts"]:
        found.append("not at one of its starts")
    if not set(row.get("needs", [])) <= set(room["equipment"]):
        found.append("the room lacks equipment")
    if any(start < last and first < end for _, first, last in row.get("away", [])):
        found.append("a presenter is away")
    owned = {track["room"] for track in data["tracks"] if track.get("room") is not None}
    homes = [track.get("room") for track in data["tracks"] if row["format"] in track["formats"]]
    if room["id"] not in homes and (None not in homes or room["id"] in owned):
        found.append("no track takes it there")
    return found


def _pair(rows: dict[int, Any], placed: dict[int, tuple[int, int]], one: int, other: int) -> list[str]:
    (room, start), (there, then) = placed[one], placed[other]
    if start >= then + rows[other]["minutes"] or then >= start + rows[one]["minutes"]:
        return []
    found = ["in one room"] if room == there else []
    return found + (["somebody is in both"] if set(rows[one]["people"]) & set(rows[other]["people"]) else [])


def count(data: dict[str, Any], placed: dict[int, tuple[int, int]]) -> dict[str, int]:
    """The objectives a chair looks at first, recounted in ticks of the grid."""
    rows = {row["id"]: row for row in data["sessions"]}
    capacity = {row["id"]: row.get("capacity") for row in data["rooms"]}
    outside: dict[int, int] = {}
    for key, (_, start) in placed.items():
        if not any(first <= start < last for first, last in data.get("prime", [])):
            outside[rows[key]["sponsor"]] = outside.get(rows[key]["sponsor"], 0) + 1
    seats = {key: capacity[room] for key, (room, _) in placed.items() if capacity[room] is not None}
    return {
        "left-out": len(rows) - len(placed),
        "prime-time": sum(each * each for each in outside.values()) if data.get("prime") else 0,
        "sponsor-parallel": _too_many(data, rows, placed, lambda row: [row["sponsor"]]),
        "topic-parallel": _too_many(data, rows, placed, lambda row: row["topics"]),
        "overflow": sum(max(0, rows[key]["audience"] - number) for key, number in seats.items()),
    }


def _too_many(data: dict[str, Any], rows: dict[int, Any], placed: dict[int, tuple[int, int]], kinds: Any) -> int:
    """Minutes with one too many of a kind on, two too many counting twice."""
    on: dict[tuple[int, int], int] = {}
    for key, (_, start) in placed.items():
        for kind in set(kinds(rows[key])):
            for tick in range(start, start + rows[key]["minutes"], data["grid"]):
                on[kind, tick] = on.get((kind, tick), 0) + 1
    return data["grid"] * sum(each - 1 for each in on.values())
