"""Counts hard, medium and soft points of a timetable by OptaPlanner's rules, from the workbook alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import combinations
from pathlib import Path

from .workbook import Rows, sheets

#: code, "day start", room
Row = tuple[str, str, str]
Cells = dict[str, str]


def count(path: Path, rows: Iterable[Row]) -> tuple[dict[str, int], list[str]]:
    """Their score, and a sentence for each broken hard constraint."""
    judge = Judge(sheets(path), list(rows))
    broken = list(judge.hard())
    return {"unassigned": judge.missing, "hard": -len(broken), "medium": -judge.medium(), "soft": -judge.soft()}, broken


def tags(text: str) -> set[str]:
    return {part.strip() for part in text.split(",") if part.strip()}


class Seat:
    """One talk in its place."""

    def __init__(self, talk: Cells, slot: list[str], room: Cells) -> None:
        self.talk, self.slot, self.room = talk, slot, room
        day = slot[0].split()[1]
        self.start, self.end = (datetime.fromisoformat(f"{day}T{slot[at]}") for at in (1, 2))
        self.minutes = int((self.end - self.start).total_seconds()) // 60

    def shared(self, other: Seat, column: str) -> int:
        return len(tags(self.talk[column]) & tags(other.talk[column]))

    def overlap(self, other: Seat) -> int:
        return max(0, int((min(self.end, other.end) - max(self.start, other.start)).total_seconds()) // 60)


class Judge:
    """One timetable under the rules of one workbook."""

    def __init__(self, book: dict[str, Rows], placed: list[Row]) -> None:
        self.weight = {row[0]: int(row[1].split("/")[2][:-4]) for row in book["Configuration"] if "medium" in row[1]}
        self.pause = next(float(row[1]) for row in book["Configuration"] if row[0].startswith("Minimum consecutive"))
        talks = {row[0]: dict(zip(book["Talks"][0], row, strict=False)) for row in book["Talks"][1:] if row[0]}
        self.rooms, self.speakers = (self.table(book[name]) for name in ("Rooms", "Speakers"))
        slots = [row for row in book["Timeslots"][1:] if row[0]]
        self.missing = len(talks) - len({row[0] for row in placed})
        self.seats = [
            Seat(talks[code], self.slot(slots, when, talks[code]["Talk type"]), self.rooms[room])
            for code, when, room in placed
        ]
        self.pairs = list(combinations(self.seats, 2))

    def slot(self, slots: list[list[str]], when: str, kind: str) -> list[str]:
        found = [row for row in slots if f"{row[0]} {row[1]}" == when]
        return next((row for row in found if kind in tags(row[3])), found[0])

    def table(self, rows: Rows) -> dict[str, Cells]:
        days = list(rows[0])
        for at in range(1, len(days)):
            days[at] = days[at] or days[at - 1]
        head = [f"{day}|{name}" if ":" in name else name for day, name in zip(days, rows[1], strict=True)]
        return {row[0]: dict(zip(head, row, strict=False)) for row in rows[2:] if row[0]}

    def hard(self) -> Iterator[str]:
        for seat in self.seats:
            code = seat.talk["Code"]
            if seat.talk["Talk type"] not in tags(seat.slot[3]) & tags(seat.room["Talk types"]):
                yield f"{code}: wrong kind of slot or room"
            if self.is_closed(seat.room, seat) or any(self.is_closed(each, seat) for each in self.people(seat)):
                yield f"{code}: room or speaker not available"
            yield from (f"{code}: {fault}" for fault in self.tag_faults(seat))
        for one, other in self.pairs:
            names = f"{one.talk['Code']} and {other.talk['Code']}"
            yield from (f"{names}: {fault}" for fault in self.pair_faults(one, other))
        yield from self.prerequisites()
        yield from self.crowds()

    def people(self, seat: Seat) -> list[Cells]:
        return [self.speakers[name] for name in sorted(tags(seat.talk["Speakers"]))]

    def is_closed(self, who: Cells, seat: Seat) -> bool:
        return bool(
            who.get(f"{seat.slot[0]}|{seat.slot[1]}-{seat.slot[2]}", "").strip().lower() in ("x", "unavailable")
        )

    def tag_faults(self, seat: Seat) -> Iterator[str]:
        for thing, there in (("timeslot", tags(seat.slot[4])), ("room", tags(seat.room["Tags"]))):
            for who in (seat.talk, *self.people(seat)):
                if tags(who[f"Required {thing} tags"]) - there or tags(who[f"Prohibited {thing} tags"]) & there:
                    yield f"{thing} tags"

    def pair_faults(self, one: Seat, other: Seat) -> Iterator[str]:
        shared = one.shared(other, "Speakers")
        if one.overlap(other):
            if one.room["Name"] == other.room["Name"]:
                yield "one room"
            if shared:
                yield "one speaker"
            if one.shared(other, "Mutually exclusive talks tags"):
                yield "mutually exclusive"
        elif shared:
            pause = max((other.start - one.end).total_seconds(), (one.start - other.end).total_seconds()) / 60
            if pause < self.pause:
                yield "no pause"

    def prerequisites(self) -> Iterator[str]:
        at = {seat.talk["Code"]: seat for seat in self.seats}
        for seat in self.seats:
            for code in tags(seat.talk["Prerequisite talks codes"]):
                if code in at and at[code].end > seat.start:
                    yield f"{code} does not come before {seat.talk['Code']}"

    def crowds(self) -> Iterator[str]:
        """A talk that draws a crowd may meet one other such talk at its time, not two."""
        risky = [seat for seat in self.seats if float(seat.talk["Crowd control risk"] or 0) > 0]
        for seat in risky:
            if sum(other is not seat and other.slot == seat.slot for other in risky) > 1:
                yield f"{seat.talk['Code']}: crowds"

    def medium(self) -> int:
        return sum(
            bool(seat.talk["Published Timeslot"])
            and [seat.talk["Published Timeslot"], seat.talk["Published Start"]] != seat.slot[:2]
            for seat in self.seats
        )

    def soft(self) -> int:
        alone = sum(self.wishes(seat) for seat in self.seats)
        return alone + sum(self.weight[name] * rule(one, other) for one, other in self.pairs for name, rule in PAIRS)

    def wishes(self, seat: Seat) -> int:
        published = bool(seat.talk["Published Room"]) and seat.talk["Published Room"] != seat.room["Name"]
        found = self.weight["Published room"] * published
        for thing, there in (("timeslot", tags(seat.slot[4])), ("room", tags(seat.room["Tags"]))):
            for owner, rows in (("Talk", [seat.talk]), ("Speaker", self.people(seat))):
                liked = set[str]().union(*(tags(row[f"Preferred {thing} tags"]) for row in rows))
                hated = set[str]().union(*(tags(row[f"Undesired {thing} tags"]) for row in rows))
                found += self.weight[f"{owner} preferred {thing} tags"] * len(liked - there) * seat.minutes
                found += self.weight[f"{owner} undesired {thing} tags"] * len(hated & there) * seat.minutes
        return found


def variety(column: str) -> Callable[[Seat, Seat], int]:
    """A reward, so a cost below zero, for two talks in one slot that have nothing in common here."""

    def rule(one: Seat, other: Seat) -> int:
        return -one.minutes if one.slot == other.slot and not one.shared(other, column) else 0

    return rule


def both(one: Seat, other: Seat) -> int:
    return one.minutes + other.minutes


def other_room(one: Seat, other: Seat) -> int:
    apart = one.slot[0] == other.slot[0] and one.room["Name"] != other.room["Name"]
    return both(one, other) * one.shared(other, "Theme track tags") if apart else 0


def flow(one: Seat, other: Seat) -> int:
    levels = float(one.talk["Audience level"]), float(other.talk["Audience level"])
    easy, hard = (one, other) if levels[0] < levels[1] else (other, one)
    if levels[0] == levels[1] or easy.end <= hard.start:
        return 0
    return both(one, other) * one.shared(other, "Content tags")


def other_day(one: Seat, other: Seat) -> int:
    common = one.shared(other, "Content tags") + one.shared(other, "Theme track tags")
    return both(one, other) * common if one.slot[0] != other.slot[0] else 0


def popular(one: Seat, other: Seat) -> int:
    fans = float(one.talk["Favorite count"]) - float(other.talk["Favorite count"])
    seats = float(one.room["Capacity"]) - float(other.room["Capacity"])
    return both(one, other) if fans * seats < 0 else 0


PAIRS: list[tuple[str, Callable[[Seat, Seat], int]]] = [
    ("Theme track conflict", lambda one, other: one.overlap(other) * one.shared(other, "Theme track tags")),
    ("Theme track room stability", other_room),
    ("Sector conflict", lambda one, other: one.overlap(other) * one.shared(other, "Sector tags")),
    ("Audience type diversity", variety("Audience types")),
    (
        "Audience type theme track conflict",
        lambda a, b: a.overlap(b) * a.shared(b, "Theme track tags") * a.shared(b, "Audience types"),
    ),
    ("Audience level diversity", variety("Audience level")),
    ("Content audience level flow violation", flow),
    ("Content conflict", lambda one, other: one.overlap(other) * one.shared(other, "Content tags")),
    ("Language diversity", variety("Language")),
    ("Same day talks", other_day),
    ("Popular talks", popular),
]
