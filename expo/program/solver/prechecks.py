"""What is certain before any search, as sentences.

A sentence about one session names no other; it is shown beside that session, behind its conflict wall.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from .problem import Item, Problem, Room


@dataclass(frozen=True)
class PrecheckFinding:
    """`item` None: about the whole timetable. `stops`: no timetable exists, so nothing is searched."""

    code: str
    text: str
    item: int | None = None
    stops: bool = False


def precheck(problem: Problem) -> list[PrecheckFinding]:
    """Everything that is certain to fail, and why."""
    if not problem.days:
        text = "The edition has no day yet. Add its days with their opening hours first."
        return [PrecheckFinding("no-days", text, stops=True)]
    if not problem.rooms:
        return [PrecheckFinding("no-rooms", "The edition has no room yet. Add its rooms first.", stops=True)]
    if not problem.tracks:
        text = "The edition has no track yet. Add a track and say which formats it takes."
        return [PrecheckFinding("no-tracks", text, stops=True)]
    findings = []
    for item in problem.items:
        if item.pin is None:
            findings += [PrecheckFinding(code, text, item.id) for code, text in _reasons(problem, item)]
    findings += _pins(problem)
    pinned = {item.id for item in problem.items if item.pin is not None}
    if any(len(pinned.intersection(quota.items)) > quota.most for quota in problem.quotas):
        text = "More sessions are pinned than a limit allows. Unpin one of them, then start again."
        findings.append(PrecheckFinding("pins-over-quota", text, stops=True))
    return findings + _minutes(problem)


def _reasons(problem: Problem, item: Item) -> Iterable[tuple[str, str]]:
    """Why an item has no place, if so: the one reason to resolve first."""
    tracks = [track for track in problem.tracks if item.format in track.formats]
    rooms = _rooms(problem, item)
    longest = max(day.end - day.start for day in problem.days)
    if not tracks:
        yield "no-track", "No track accepts this format. Add the format to a track in the edition's setup."
    elif item.track is not None and all(track.id != item.track for track in tracks):
        yield (
            "wrong-track",
            "Its track does not accept its format. Choose another track, or add the format to it.",
        )
    elif not rooms:
        yield (
            "no-room",
            "No room is left for the tracks that accept it: each is of another track, lacks equipment or is excluded.",
        )
    elif item.minutes > longest:
        yield "too-long", f"It takes {item.minutes} minutes, and the longest day is open for {longest} minutes."
    elif not _starts(problem, item, rooms, with_breaks=False):
        yield "away", "Its presenters are away whenever a room it fits is open."
    elif not _starts(problem, item, rooms, with_breaks=True):
        yield (
            "breaks",
            f"Between the breaks there is no stretch of {item.minutes} minutes while its presenters are available.",
        )


def _rooms(problem: Problem, item: Item) -> list[Room]:
    owned = {track.room for track in problem.tracks if track.room is not None}
    fitting = [t for t in problem.tracks if item.format in t.formats and item.track in (None, t.id)]
    return [
        room
        for room in problem.rooms
        if item.needs <= room.equipment
        and room.id not in item.excluded
        and any(t.room == room.id or (t.room is None and room.id not in owned) for t in fitting)
    ]


def _starts(problem: Problem, item: Item, rooms: list[Room], *, with_breaks: bool) -> bool:
    """Whether any pair of room and start is open to the item; most find one at once."""
    closed = [(each.start, each.end, each.room) for each in problem.breaks] if with_breaks else []
    for day in problem.days:
        for start in range(day.start, day.end - item.minutes + 1, problem.grid):
            end = start + item.minutes
            if any(away.start < end and start < away.end for away in item.away):
                continue
            shut = {r for s, e, r in closed if s < end and start < e}
            if None not in shut and any(room.id not in shut for room in rooms):
                return True
    return False


def _pins(problem: Problem) -> list[PrecheckFinding]:
    """Two pins in one room or with one presenter at once."""
    findings = []
    for one, two in combinations([item for item in problem.items if item.pin is not None], 2):
        if one.pin is None or two.pin is None:
            continue
        at_once = one.pin.start < two.pin.start + two.minutes and two.pin.start < one.pin.start + one.minutes
        if at_once and (one.pin.room == two.pin.room or one.people & two.people):
            what = "are in one room" if one.pin.room == two.pin.room else "have a presenter in common"
            text = f"Two pinned sessions {what} at the same time. Unpin or move one of them, then start again."
            findings.append(PrecheckFinding("pins-contradict", text, stops=True))
    return list(dict.fromkeys(findings))


def _minutes(problem: Problem) -> list[PrecheckFinding]:
    """More minutes of sessions than their rooms are open: the pigeonhole principle, per set of rooms."""
    needed: dict[frozenset[int], int] = {}
    for item in problem.items:
        rooms = frozenset(room.id for room in _rooms(problem, item))
        needed[rooms] = needed.get(rooms, 0) + item.minutes
    closed = {
        room.id: {at for each in problem.breaks if each.room in (None, room.id) for at in range(each.start, each.end)}
        for room in problem.rooms
    }
    findings = []
    for rooms in sorted(needed, key=sorted):
        inside = sum(minutes for some, minutes in needed.items() if some <= rooms)
        available = sum(
            at not in closed[room] for room in rooms for day in problem.days for at in range(day.start, day.end)
        )
        if rooms and inside > available:
            where = "one room that is" if len(rooms) == 1 else f"{len(rooms)} rooms that are"
            text = f"The sessions do not fit: {inside} minutes of sessions for {where} open for {available} minutes."
            findings.append(PrecheckFinding("too-much", text))
    return findings
