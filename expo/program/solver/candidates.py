"""The places allowed to an item by itself: by format, track, room, opening hours, breaks, presenters' absences."""

from collections.abc import Mapping

from .problem import Item, Place, Placed, Placements, Problem, Track

#: The allowed places of each item.
Allowed = Mapping[int, list[Place]]
#: Items of equal format, minutes, track, needs and excluded rooms have the same places, but for their own hours.
Shape = tuple[int, int, int | None, frozenset[str], frozenset[int]]


def all_allowed_places(problem: Problem) -> dict[int, list[Place]]:
    """The allowed places of every item."""
    by_shape: dict[Shape, list[Place]] = {}
    allowed = {}
    for item in problem.items:
        shape = (item.format, item.minutes, item.track, item.needs, item.excluded)
        if item.pin is None and shape not in by_shape:
            by_shape[shape] = _allowed_to_shape(problem, item)
        allowed[item.id] = [item.pin] if item.pin is not None else _within_own_hours(item, by_shape[shape])
    return allowed


def allowed_places(problem: Problem, item: Item) -> list[Place]:
    """All places an item may take, ordered by time, then by room. A pin leaves one."""
    return [item.pin] if item.pin is not None else _within_own_hours(item, _allowed_to_shape(problem, item))


def _allowed_to_shape(problem: Problem, item: Item) -> list[Place]:
    rooms = [
        room.id
        for room in problem.rooms
        if item.needs <= room.equipment and room.id not in item.excluded and track_in(problem, item, room.id)
    ]
    return [
        Place(room, start)
        for start in starts(problem, item.minutes)
        for room in rooms
        if not any(
            each.room in (None, room) and each.start < start + item.minutes and start < each.end
            for each in problem.breaks
        )
    ]


def _within_own_hours(item: Item, places: list[Place]) -> list[Place]:
    closed = set()
    for start in {place.start for place in places}:
        end = start + item.minutes
        is_early = item.earliest is not None and start < item.earliest
        is_late = item.latest is not None and item.latest < end
        is_off_slot = item.starts is not None and start not in item.starts
        is_away = any(away.start < end and start < away.end for away in item.away)
        if is_early or is_late or is_off_slot or is_away:
            closed.add(start)
    return [place for place in places if place.start not in closed] if closed else list(places)


def starts(problem: Problem, minutes: int) -> list[int]:
    """The starts on the grid at which a session of this length ends within the day; in a time block only its start."""
    if problem.time_blocks:
        return [day.start for day in problem.days if minutes <= day.end - day.start]
    return [start for day in problem.days for start in range(day.start, day.end - minutes + 1, problem.grid)]


def track_in(problem: Problem, item: Item, room: int) -> Track | None:
    """The track an item would belong to in this room, or None when it cannot run there.

    Where several roaming tracks (without a room of their own) fit, each free room keeps to one of them.
    """
    fitting = [track for track in problem.tracks if item.format in track.formats and item.track in (None, track.id)]
    own = [track for track in fitting if track.room == room]
    if own:
        return own[0]
    owned = {track.room for track in problem.tracks}
    roaming = [track for track in fitting if track.room is None]
    if room in owned or not roaming:
        return None
    free = [each.id for each in problem.rooms if each.id not in owned]
    return roaming[free.index(room) % len(roaming)]


def placed(problem: Problem, placements: Placements) -> tuple[Placed, ...]:
    """The placements with their tracks; a pin in a room that lost its track keeps any track of the format."""
    rows = []
    for item in problem.items:
        place = placements.get(item.id)
        if place is not None:
            track = track_in(problem, item, place.room)
            if track is None:
                track = next((track for track in problem.tracks if item.format in track.formats), problem.tracks[0])
            rows.append(Placed(item.id, place, track.id))
    return tuple(rows)
