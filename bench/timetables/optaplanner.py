"""OptaPlanner's conference workbooks as a problem: fixed slots, rooms by kind, pair rules as clashes and links.

Hard constraints become rules, soft ones costs per minute as they count them. Their rewards for variety (talks at one
time on other levels, for other audiences, in other languages) become costs of sameness: in a program without empty
slots the number of pairs at one time is fixed, so both differ by a constant. The counter counts as they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from expo.program.solver.problem import Away, Break, Clash, Item, Link, Place, Placed, Problem, Room, Span, Track, Wish

from .workbook import Rows, sheets

Row = dict[str, str]
Slot = tuple[str, str, str]
ANOTHER_TIME = 1_000_000  # stands for one point of their medium level: a published time that changed


@dataclass(frozen=True)
class File:
    """The sheets as rows by column name, and the slots in order."""

    name: str
    slots: tuple[tuple[Slot, frozenset[str], frozenset[str]], ...]
    rooms: tuple[Row, ...]
    speakers: dict[str, Row]
    talks: tuple[Row, ...]
    weights: dict[str, int]
    pause: int


def is_ours(book: dict[str, Rows]) -> bool:
    return "Talks" in book and "Timeslots" in book


def read(path: Path) -> File:
    book = sheets(path)
    slots = tuple(((row[0], row[1], row[2]), names(row[3]), names(row[4])) for row in book["Timeslots"][1:] if row[0])
    weights = {row[0]: weight(row[1]) for row in book["Configuration"] if len(row) > 1 and "soft" in row[1]}
    return File(
        path.stem,
        slots,
        tuple(_grid(book["Rooms"])),
        {row["Name"]: row for row in _grid(book["Speakers"])},
        tuple(dict(zip(book["Talks"][0], row, strict=False)) for row in book["Talks"][1:] if row[0]),
        weights,
        next(int(float(row[1])) for row in book["Configuration"] if row[0].startswith("Minimum consecutive")),
    )


def _grid(rows: Rows) -> Iterator[Row]:
    """A sheet whose right half has one column per slot; those are named by day and hours."""
    days, last = [], ""
    for name in rows[0]:
        last = name or last
        days.append(last)
    head = [name if "-" not in name else f"{day} {name}" for day, name in zip(days, rows[1], strict=True)]
    for row in rows[2:]:
        if row[0]:
            yield dict(zip(head, row, strict=False))


def names(text: str) -> frozenset[str]:
    return frozenset(filter(None, (part.strip() for part in text.split(","))))


def weight(text: str) -> int:
    """The soft part of "0hard/0medium/10soft"."""
    return int(text.split("/")[-1].removesuffix("soft"))


def minutes(slot: Slot) -> tuple[int, int]:
    """Start and end on one clock."""
    day = date.fromisoformat(slot[0].split()[1]).toordinal() * 1440
    return day + clock(slot[1]), day + clock(slot[2])


def clock(text: str) -> int:
    hours, rest = text.split(":")
    return 60 * int(hours) + int(rest)


def is_closed(row: Row, slot: Slot) -> bool:
    """Whether a room or a speaker has something written in the column of this slot that says no."""
    return row.get(f"{slot[0]} {slot[1]}-{slot[2]}", "").strip().lower() in ("x", "unavailable")


def problem(file: File, seed: int = 1) -> Problem:
    spans: dict[str, list[int]] = {}
    for slot, _, _ in file.slots:
        spans.setdefault(slot[0], []).extend(minutes(slot))
    return Problem(
        items=tuple(_item(file, key, row) for key, row in enumerate(file.talks)),
        rooms=tuple(Room(at, int(float(row["Capacity"])), frozenset(_kinds(row))) for at, row in enumerate(file.rooms)),
        tracks=(Track(0, frozenset({0})),),
        days=tuple(Span(min(each), max(each)) for each in spans.values()),
        breaks=tuple(
            Break(*minutes(slot), at)
            for at, row in enumerate(file.rooms)
            for slot, _, _ in file.slots
            if is_closed(row, slot)
        ),
        grid=15,
        seed=seed,
        rest=file.pause,
        links=tuple(_links(file)),
        clashes=tuple(_clashes(file)),
        blend=(("clashes", 1), ("wishes", 1)),
    )


def _kinds(room: Row) -> Iterator[str]:
    yield from (f"for {kind}" for kind in names(room["Talk types"]))
    yield from (f"has {tag}" for tag in names(room["Tags"]))
    yield from (f"free of {tag}" for tag in ("Large", "Recorded") if tag not in names(room["Tags"]))


def of(file: File, talk: Row, column: str) -> frozenset[str]:
    """Tags of a talk and of its speakers."""
    own = names(talk[column])
    return own.union(*(names(file.speakers[who][column]) for who in names(talk["Speakers"])))


def _item(file: File, key: int, talk: Row) -> Item:
    kind = talk["Talk type"]
    mine = [(slot, tags) for slot, kinds, tags in file.slots if kind in kinds]
    good = [
        slot
        for slot, tags in mine
        if of(file, talk, "Required timeslot tags") <= tags and not of(file, talk, "Prohibited timeslot tags") & tags
    ]
    starts, ends = minutes(mine[0][0])
    needs = {f"for {kind}"}
    needs |= {f"has {tag}" for tag in of(file, talk, "Required room tags")}
    needs |= {f"free of {tag}" for tag in of(file, talk, "Prohibited room tags")}
    rooms = {row["Name"]: at for at, row in enumerate(file.rooms)}
    pinned = talk["Pinned by user"] == "1"
    here = (
        Place(rooms[talk["Room"]], minutes((talk["Timeslot day"], talk["Start"], talk["End"]))[0]) if pinned else None
    )
    return Item(
        id=key,
        format=0,
        minutes=ends - starts,
        sponsor=-key,
        people=names(talk["Speakers"]),
        away=tuple(
            Away(who, *minutes(slot))
            for who in sorted(names(talk["Speakers"]))
            for slot, _, _ in file.slots
            if is_closed(file.speakers[who], slot)
        ),
        needs=frozenset(needs),
        starts=frozenset(minutes(slot)[0] for slot in good),
        pin=here,
        wishes=tuple(_wishes(file, talk, mine, ends - starts)),
    )


def _wishes(file: File, talk: Row, mine: list[tuple[Slot, frozenset[str]]], length: int) -> Iterator[Wish]:
    """Preferred and undesired tags of times and rooms, and what was published."""
    for at, row in enumerate(file.rooms):
        total = length * _displeasure(file, talk, "room", names(row["Tags"]))
        if talk["Published Room"] not in ("", row["Name"]):
            total += file.weights["Published room"]
        if total:
            yield Wish(total, at)
    for slot, tags in mine:
        begin = minutes(slot)[0]
        moved = bool(talk["Published Timeslot"]) and (talk["Published Timeslot"], talk["Published Start"]) != slot[:2]
        total = length * _displeasure(file, talk, "timeslot", tags) + moved * ANOTHER_TIME
        if total:
            yield Wish(total, None, begin, begin + 1)


def _displeasure(file: File, talk: Row, thing: str, there: frozenset[str]) -> int:
    """Missing preferred tags and undesired ones, each with its weight."""
    found = 0
    for who, asked in _askers(file, talk, f"Preferred {thing} tags"):
        found += file.weights[f"{who} preferred {thing} tags"] * len(asked - there)
    for who, asked in _askers(file, talk, f"Undesired {thing} tags"):
        found += file.weights[f"{who} undesired {thing} tags"] * len(asked & there)
    return found


def _askers(file: File, talk: Row, column: str) -> list[tuple[str, frozenset[str]]]:
    return [("Talk", names(talk[column])), ("Speaker", _speakers(file, talk, column))]


def _speakers(file: File, talk: Row, column: str) -> frozenset[str]:
    return frozenset[str]().union(*(names(file.speakers[who][column]) for who in names(talk["Speakers"])))


def _pairs(file: File) -> Iterator[tuple[tuple[int, Row], tuple[int, Row]]]:
    yield from combinations(enumerate(file.talks), 2)


def length(file: File, talk: Row) -> int:
    start, end = minutes(next(slot for slot, kinds, _ in file.slots if talk["Talk type"] in kinds))
    return end - start


def _links(file: File) -> Iterator[Link]:
    codes = {talk["Code"]: key for key, talk in enumerate(file.talks)}
    for key, talk in enumerate(file.talks):
        yield from (Link("before", codes[code], key) for code in sorted(names(talk["Prerequisite talks codes"])))
    for (one, first), (other, second) in _pairs(file):
        if names(first["Mutually exclusive talks tags"]) & names(second["Mutually exclusive talks tags"]):
            yield Link("apart", one, other)
        both = length(file, first) + length(file, second)
        themes = len(names(first["Theme track tags"]) & names(second["Theme track tags"]))
        contents = len(names(first["Content tags"]) & names(second["Content tags"]))
        if themes + contents:
            yield Link("same-day", one, other, file.weights["Same day talks"] * both * (themes + contents))
        if themes:
            yield Link("one-room", one, other, file.weights["Theme track room stability"] * both * themes)
        levels = float(first["Audience level"]), float(second["Audience level"])
        if contents and levels[0] != levels[1]:
            easy, hard = (one, other) if levels[0] < levels[1] else (other, one)
            yield Link("before", easy, hard, file.weights["Content audience level flow violation"] * both * contents)
        fans = float(first["Favorite count"]), float(second["Favorite count"])
        if fans[0] != fans[1]:
            loved, less = (one, other) if fans[0] > fans[1] else (other, one)
            yield Link("larger", loved, less, file.weights["Popular talks"] * both)


def _clashes(file: File) -> Iterator[Clash]:
    varied = {
        column: len({talk[column] for talk in file.talks}) > 1
        for column in ("Audience types", "Audience level", "Language")
    }
    rewards = {"Audience types": "Audience type", "Audience level": "Audience level", "Language": "Language"}
    for (one, first), (other, second) in _pairs(file):
        shared = {
            column: len(names(first[column]) & names(second[column]))
            for column in ("Theme track tags", "Sector tags", "Content tags", "Audience types")
        }
        cost = (
            file.weights["Theme track conflict"] * shared["Theme track tags"]
            + file.weights["Sector conflict"] * shared["Sector tags"]
            + file.weights["Content conflict"] * shared["Content tags"]
            + file.weights["Audience type theme track conflict"] * shared["Theme track tags"] * shared["Audience types"]
        )
        if first["Talk type"] == second["Talk type"]:
            cost += sum(
                file.weights[f"{name} diversity"] * bool(names(first[column]) & names(second[column]))
                for column, name in rewards.items()
                if varied[column]
            )
        if cost:
            yield Clash(one, other, cost)


def rows(file: File, placed: Iterable[Placed]) -> list[tuple[str, str, str]]:
    """A timetable in the words of the file: talk, "day start", room."""
    at = {minutes(slot)[0]: f"{slot[0]} {slot[1]}" for slot, _, _ in file.slots}
    return [
        (file.talks[each.item]["Code"], at[each.place.start], file.rooms[each.place.room]["Name"]) for each in placed
    ]
