"""Where an item may stand, looked at alone: format, track, room, opening hours, breaks, presenters' absences."""

from .problem import Item, Placed, Problem, Track
from .spans import Place, Span

#: What is alike in format, minutes, track and needs may stand in the same places, but for its own hours.
Shape = tuple[int, int, int | None, frozenset[str]]


def all_places(problem: Problem) -> dict[int, list[Place]]:
    """All places of every item."""
    alike: dict[Shape, list[Place]] = {}
    found = {}
    for item in problem.items:
        shape = (item.format, item.minutes, item.track, item.needs)
        if item.pin is None and shape not in alike:
            alike[shape] = _open_to_all(problem, item)
        found[item.id] = [item.pin] if item.pin is not None else _in_its_hours(item, alike[shape])
    return found


def places(problem: Problem, item: Item) -> list[Place]:
    """All places an item may take, in the order of the clock, then of the rooms. A pin leaves one."""
    return [item.pin] if item.pin is not None else _in_its_hours(item, _open_to_all(problem, item))


def _open_to_all(problem: Problem, item: Item) -> list[Place]:
    """Where it and whatever is alike may stand."""
    rooms = [room.id for room in problem.rooms if item.needs <= room.equipment and track_in(problem, item, room.id)]
    return [
        Place(room, start)
        for start in starts(problem, item.minutes)
        for room in rooms
        if not problem.breaks or not _in_break(problem, room, Span(start, start + item.minutes))
    ]


def _in_its_hours(item: Item, there: list[Place]) -> list[Place]:
    shut = {start for start in {place.start for place in there} if not _is_open(item, start)}
    return [place for place in there if place.start not in shut] if shut else list(there)


def starts(problem: Problem, minutes: int) -> list[int]:
    """The starts on the grid from which a session of this length ends before the day does; of a block, its start."""
    if problem.blocks:
        return [day.start for day in problem.days if minutes <= day.end - day.start]
    return [start for day in problem.days for start in range(day.start, day.end - minutes + 1, problem.grid)]


def track_in(problem: Problem, item: Item, room: int) -> Track | None:
    """The track an item would belong to in this room, or None when it cannot run there.

    Where several tracks without a room of their own would do, each free room keeps to one of them.
    """
    fitting = [track for track in problem.tracks if item.format in track.formats and item.track in (None, track.id)]
    own = [track for track in fitting if track.room == room]
    if own:
        return own[0]
    taken = {track.room for track in problem.tracks}
    roaming = [track for track in fitting if track.room is None]
    if room in taken or not roaming:
        return None
    free = [each.id for each in problem.rooms if each.id not in taken]
    return roaming[free.index(room) % len(roaming)]


def placed(problem: Problem, chosen: dict[int, Place]) -> tuple[Placed, ...]:
    """The places with their tracks; a pin in a room that lost its track keeps any track of the format."""
    return tuple(
        Placed(item.id, chosen[item.id], _track(problem, item, chosen[item.id].room))
        for item in problem.items
        if item.id in chosen
    )


def _track(problem: Problem, item: Item, room: int) -> int:
    found = track_in(problem, item, room)
    if found is None:
        found = next((track for track in problem.tracks if item.format in track.formats), problem.tracks[0])
    return found.id


def _is_open(item: Item, start: int) -> bool:
    """Whether its own hours and its presenters allow this start."""
    end = start + item.minutes
    if (item.earliest is not None and start < item.earliest) or (item.latest is not None and item.latest < end):
        return False
    if item.starts is not None and start not in item.starts:
        return False
    return not any(away.start < end and start < away.end for away in item.away)


def _in_break(problem: Problem, room: int, span: Span) -> bool:
    return any(each.room in (None, room) and each.start < span.end and span.start < each.end for each in problem.breaks)
