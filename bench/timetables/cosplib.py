"""CoSPLib workbooks (Kheiri and others, EJOR 317(2), 2024) as a problem in time blocks.

Their session is a time block, their track a roaming track, their submission an item. Their penalties become costs of
cells, tracks, clashes, wishes and sequence, added up as they do: one blend, with all weights but that of the sequence
inside the costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from expo.program.solver.problem import Clash, Item, Placed, Problem, RivalTracks, RoamingTrack, Room, Span, Track, Wish

from .workbook import Rows, sheets

SLOT = 20
APART = 1440
FORMAT = 1


@dataclass(frozen=True)
class Talk:
    """A submission."""

    name: str
    track: str
    slots: int
    order: int
    zone: int
    presenters: frozenset[str]
    attendees: frozenset[str]
    by_session: tuple[int, ...]
    by_room: tuple[int, ...]


@dataclass(frozen=True)
class File:
    """What the workbook says, before anybody interprets it."""

    name: str
    talks: tuple[Talk, ...]
    chairs: dict[str, frozenset[str]]
    sessions: tuple[tuple[str, int, float, float], ...]
    rooms: tuple[str, ...]
    penalties: dict[str, dict[tuple[str, str], int]]
    weights: dict[str, int]
    windows: dict[str, float] = field(default_factory=dict)

    @property
    def tracks(self) -> list[str]:
        return list(self.chairs)


def is_ours(book: dict[str, Rows]) -> bool:
    return "submissions" in book and "similar tracks" in book


def read(path: Path) -> File:
    book = sheets(path)
    sessions = [row for row in book["sessions"][1:] if row[0]]
    rooms = [row[0] for row in book["rooms"][1:] if row[0]]
    return File(
        name=path.stem,
        talks=tuple(_talk(book["submissions"][0], row, sessions, rooms) for row in book["submissions"][1:] if row[0]),
        chairs={row[0]: _names(row[1] if len(row) > 1 else "") for row in book["tracks"][1:] if row[0]},
        sessions=tuple((row[0], _whole(row[1]), float(row[3]), float(row[4])) for row in sessions),
        rooms=tuple(rooms),
        penalties={
            name: dict(_grid(book[name]))
            for name in ("tracks_sessions|penalty", "tracks_rooms|penalty", "sessions_rooms|penalty", "similar tracks")
        },
        weights={row[3].rstrip(":"): _whole(row[4]) for row in book["parameters"] if row[3] and row[4]},
        windows=_windows(book["parameters"]),
    )


def _talk(head: list[str], row: list[str], sessions: list[list[str]], rooms: list[str]) -> Talk:
    at = {name: index for index, name in enumerate(head)}
    return Talk(
        name=row[0],
        track=row[1],
        slots=_whole(row[2]),
        order=_whole(row[3]),
        zone=_whole(row[4].removeprefix("GMT")),
        presenters=_names(row[5]),
        attendees=_names(row[6]),
        by_session=tuple(_whole(row[at[each[0]]]) for each in sessions),
        by_room=tuple(_whole(row[at[each]]) for each in rooms),
    )


def _names(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(", ")))


def _whole(text: str) -> int:
    return int(float(text or 0))


def _grid(rows: Rows) -> Iterator[tuple[tuple[str, str], int]]:
    """(row, column) → penalty, where there is one."""
    for row in rows[1:]:
        yield from (((row[0], name), _whole(cell)) for name, cell in zip(rows[0][1:], row[1:], strict=False) if cell)


def _windows(rows: Rows) -> dict[str, float]:
    """Local zone, the two windows of the day and what it costs to be outside them."""
    values = [row[1] for row in rows if row[1]]
    names = ("zone", "good from", "good to", "fair from", "fair to", "fair costs", "bad costs")
    return {name: float(value.removeprefix("GMT")) for name, value in zip(names, values, strict=False)}


def zone_penalty(file: File, talk: Talk, session: int) -> int:
    """What the presenter's time of day costs, per slot."""
    shift, window = (talk.zone - file.windows["zone"]) / 24, file.windows
    starts, ends = ((at + shift + 1e-9) % 1 for at in file.sessions[session][2:])
    near = 1e-6
    if starts < window["fair from"] - near or ends > window["fair to"] + near or ends < window["fair from"] - near:
        return int(window["bad costs"])
    early = window["fair from"] - near <= starts < window["good from"] - near
    return int(window["fair costs"]) if early or window["good to"] + near < ends <= window["fair to"] + near else 0


def problem(file: File, seed: int = 1) -> Problem:
    tracks = {name: key for key, name in enumerate(file.tracks)}
    days = tuple(Span(at * APART, at * APART + SLOT * each[1]) for at, each in enumerate(file.sessions))
    return Problem(
        items=tuple(_item(file, key, talk, tracks[talk.track], days) for key, talk in enumerate(file.talks)),
        rooms=tuple(Room(at) for at in range(len(file.rooms))),
        tracks=(Track(0, frozenset({FORMAT})),),
        days=days,
        grid=SLOT,
        seed=seed,
        roaming_tracks=tuple(_roaming_track(file, name, key, days) for name, key in tracks.items()),
        rival_tracks=tuple(_rivals(file, tracks)),
        clashes=tuple(_clashes(file)),
        time_blocks=True,
        blend=(("strands", 1), ("clashes", 1), ("wishes", 1), ("sequence", file.weights["Submissions Order"])),
    )


def _item(file: File, key: int, talk: Talk, track: int, days: tuple[Span, ...]) -> Item:
    weights = file.weights
    by_block = [
        talk.slots * weights["Submissions_Sessions|Penalty"] * talk.by_session[at]
        + talk.slots * weights["Submissions_Timezones"] * zone_penalty(file, talk, at)
        for at in range(len(days))
    ]
    by_room = [talk.slots * weights["Submissions_Rooms|Penalty"] * each for each in talk.by_room]
    return Item(
        id=key,
        format=FORMAT,
        minutes=SLOT * talk.slots,
        sponsor=-key,
        roaming_track=track,
        order=talk.order,
        wishes=(
            *(Wish(cost, start=day.start, end=day.end) for day, cost in zip(days, by_block, strict=True) if cost),
            *(Wish(cost, room=room) for room, cost in enumerate(by_room) if cost),
        ),
    )


def _roaming_track(file: File, name: str, key: int, days: tuple[Span, ...]) -> RoamingTrack:
    weights, tables = file.weights, file.penalties
    wishes = []
    for at, day in enumerate(days):
        session = file.sessions[at][0]
        for room, place in enumerate(file.rooms):
            cost = (
                weights["Tracks_Sessions|Penalty"] * tables["tracks_sessions|penalty"].get((name, session), 0)
                + weights["Tracks_Rooms|Penalty"] * tables["tracks_rooms|penalty"].get((name, place), 0)
                + weights["Sessions_Rooms|Penalty"] * tables["sessions_rooms|penalty"].get((session, place), 0)
            )
            if cost:
                wishes.append(Wish(cost, room, day.start, day.end))
    return RoamingTrack(
        key,
        tuple(wishes),
        per_room=weights["Number of Rooms per Track"],
        per_parallel=weights["Parallel Tracks"],
        per_gap=weights["Consecutive Tracks"],
    )


def _rivals(file: File, tracks: dict[str, int]) -> Iterator[RivalTracks]:
    for (one, first), (other, second) in combinations(tracks.items(), 2):
        similar = file.penalties["similar tracks"].get((one, other), 0) * file.weights["Similar Tracks"]
        chairs = bool(file.chairs[one] & file.chairs[other]) * file.weights["Chairs Conflicts"]
        if similar + chairs:
            yield RivalTracks(first, second, similar + chairs)


def _clashes(file: File) -> Iterator[Clash]:
    for (one, first), (other, second) in combinations(enumerate(file.talks), 2):
        cost = file.weights["Presenters Conflicts"] * share_presenter(file, first, second)
        cost += file.weights["Attendees Conflicts"] * share_attendee(file, first, second)
        if cost:
            yield Clash(one, other, cost)


def share_presenter(file: File, one: Talk, other: Talk) -> bool:
    """A presenter of both, or one who presents here and chairs there."""
    if one.presenters & other.presenters:
        return True
    return one.track != other.track and bool(
        one.presenters & file.chairs[other.track] or other.presenters & file.chairs[one.track]
    )


def share_attendee(file: File, one: Talk, other: Talk) -> bool:
    """Somebody who wants to hear one and hear, give or chair the other."""
    if one.attendees & (other.attendees | other.presenters) or other.attendees & one.presenters:
        return True
    return one.track != other.track and bool(
        one.attendees & file.chairs[other.track] or other.attendees & file.chairs[one.track]
    )


def rows(file: File, placed: Iterable[Placed]) -> list[tuple[str, str, str, int]]:
    """A timetable in the words of the file: talk, session, room, first slot."""
    return [
        (
            file.talks[each.item].name,
            file.sessions[each.place.start // APART][0],
            file.rooms[each.place.room],
            each.place.start % APART // SLOT,
        )
        for each in placed
    ]
