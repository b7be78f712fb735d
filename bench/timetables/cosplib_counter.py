"""Counts what a timetable costs by CoSPLib's rules, from the workbook alone; only the cells are read by shared code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from .workbook import Rows, sheets

#: talk, session, room, first slot
Row = tuple[str, str, str, int]


def count(path: Path, rows: Iterable[Row]) -> tuple[int, list[str]]:
    """The official objective, and a sentence for each broken hard rule."""
    book = sheets(path)
    table = {row[0]: dict(zip(book["submissions"][0], row, strict=False)) for row in book["submissions"][1:] if row[0]}
    placed = list(rows)
    judge = Judge(book, table, placed)
    return sum(judge.costs().values()), judge.faults()


def number(text: str | None) -> int:
    return int(float(text)) if text else 0


class Judge:
    """One timetable under the rules of one workbook."""

    def __init__(self, book: dict[str, Rows], table: dict[str, dict[str, str]], placed: list[Row]) -> None:
        self.book, self.table, self.placed = book, table, placed
        self.sessions = [row[0] for row in book["sessions"][1:] if row[0]]
        self.slots = {row[0]: number(row[1]) for row in book["sessions"][1:] if row[0]}
        self.rooms = [row[0] for row in book["rooms"][1:] if row[0]]
        self.weight = {row[3].rstrip(": "): number(row[4]) for row in book["parameters"] if len(row) > 4 and row[3]}
        self.where = {talk: (session, room, slot) for talk, session, room, slot in placed}
        self.cells: dict[tuple[str, str], set[str]] = defaultdict(set)
        for talk, session, room, _ in placed:
            if talk in table:
                self.cells[session, room].add(table[talk]["Track"])
        self.chairs = {row[0]: set(filter(None, (row[1:] or [""])[0].split(", "))) for row in book["tracks"][1:]}

    def length(self, talk: str) -> int:
        return number(self.table[talk]["Required Timeslots"])

    def faults(self) -> list[str]:
        found = [f"{talk} has no place" for talk in self.table if talk not in self.where]
        found += [f"{talk} is placed {n} times" for talk, n in Counter(row[0] for row in self.placed).items() if n > 1]
        taken: dict[tuple[str, str, int], str] = {}
        for talk, session, room, slot in self.placed:
            if talk not in self.table or session not in self.slots or room not in self.rooms:
                found.append(f"{talk}, {session} or {room} is not in the file")
                continue
            if slot < 0 or slot + self.length(talk) > self.slots[session]:
                found.append(f"{talk} runs over the end of {session}")
            for at in range(slot, slot + self.length(talk)):
                other = taken.setdefault((session, room, at), talk)
                found += [f"{talk} and {other} are both in {room}, {session}, slot {at}"] if other != talk else []
        return found + [f"{cell} holds {sorted(tracks)}" for cell, tracks in self.cells.items() if len(tracks) > 1]

    def costs(self) -> dict[str, int]:
        """Each term's weight times its count."""
        counts = {
            "Tracks_Sessions|Penalty": self.cell_sum("tracks_sessions|penalty", lambda track, s, r: (track, s)),
            "Tracks_Rooms|Penalty": self.cell_sum("tracks_rooms|penalty", lambda track, s, r: (track, r)),
            "Sessions_Rooms|Penalty": self.cell_sum("sessions_rooms|penalty", lambda track, s, r: (s, r)),
            "Similar Tracks": self.similar(),
            "Number of Rooms per Track": sum(len(rooms) - 1 for rooms in self.by_track(1).values()),
            "Parallel Tracks": sum(len(cells) for cells in self.by_track(None).values())
            - sum(len(sessions) for sessions in self.by_track(0).values()),
            "Consecutive Tracks": sum(map(self.is_torn, self.by_track(0).values())),
            "Submissions_Timezones": sum(self.zone(talk) * self.length(talk) for talk in self.where),
            "Submissions Order": self.order(),
            "Submissions_Sessions|Penalty": sum(self.own(talk, at[0]) for talk, at in self.where.items()),
            "Submissions_Rooms|Penalty": sum(self.own(talk, at[1]) for talk, at in self.where.items()),
            "Presenters Conflicts": self.pairs(self.presenters_meet),
            "Attendees Conflicts": self.pairs(self.attendees_meet),
            "Chairs Conflicts": self.chairs_meet(),
        }
        return {name: self.weight[name] * counted for name, counted in counts.items()}

    def tracks(self) -> list[tuple[str, tuple[str, str]]]:
        """(track, cell) for all cells in use."""
        return [(track, cell) for cell, tracks in self.cells.items() for track in tracks]

    def by_track(self, part: int | None) -> dict[str, set[object]]:
        found: dict[str, set[object]] = defaultdict(set)
        for track, cell in self.tracks():
            found[track].add(cell if part is None else cell[part])
        return found

    def cell_sum(self, sheet: str, keys: object) -> int:
        head, *rows = self.book[sheet]
        grid = {(row[0], name): number(cell) for row in rows for name, cell in zip(head, row, strict=True) if name}
        return sum(grid.get(keys(track, *cell), 0) for track, cell in self.tracks())  # type: ignore[operator]

    def similar(self) -> int:
        rows = self.book["similar tracks"]
        names = [row[0] for row in rows[1:]]
        upper = {
            frozenset((names[i], names[j])): number(rows[i + 1][j + 1])
            for i, j in combinations(range(len(names)), 2)
            if j + 1 < len(rows[i + 1])
        }
        return sum(
            upper.get(frozenset((one, other)), 0)
            for (one, here), (other, there) in combinations(self.tracks(), 2)
            if here[0] == there[0] and one != other
        )

    def is_torn(self, sessions: set[object]) -> bool:
        at = sorted(self.sessions.index(str(session)) for session in sessions)
        return at[-1] - at[0] + 1 != len(at)

    def own(self, talk: str, column: str) -> int:
        return number(self.table[talk].get(column)) * self.length(talk)

    def zone(self, talk: str) -> int:
        """Minutes of the presenter's day against the two windows."""
        rows = self.book["parameters"]
        home, good_from, good_to, fair_from, fair_to, fair, bad = (row[1] for row in rows if row[1])
        shift = 60 * (int(self.table[talk]["Time Zone"].replace("GMT", "")) - int(home.replace("GMT", "")))
        line = next(row for row in self.book["sessions"] if row[0] == self.where[talk][0])
        begins, ends = ((round(1440 * float(line[at])) + shift) % 1440 for at in (3, 4))
        low, first, last, high = (round(1440 * float(at)) for at in (fair_from, good_from, good_to, fair_to))
        if begins < low or ends > high or ends < low:
            return number(bad)
        return number(fair) if low <= begins < first or last < ends <= high else 0

    def order(self) -> int:
        lines: dict[str, list[tuple[int, int, int, str]]] = defaultdict(list)
        for talk, (session, room, slot) in self.where.items():
            line = lines[self.table[talk]["Track"]]
            line.append((self.sessions.index(session), self.rooms.index(room), slot, talk))
        return sum(self.missed(sorted(line)) for line in lines.values())

    def missed(self, line: list[tuple[int, int, int, str]]) -> int:
        positions = [number(self.table[row[3]]["Order"]) for row in line]
        found = sum(want not in (0, at) for at, want in enumerate(positions, 1))
        ticks = Counter(
            (row[0], row[2] + step)
            for row, want in zip(line, positions, strict=True)
            if want
            for step in range(self.length(row[3]))
        )
        return found + sum(n * (n - 1) // 2 for n in ticks.values())

    def pairs(self, meet: object) -> int:
        """Pairs of talks in one session but not one room."""
        by_session: dict[str, list[str]] = defaultdict(list)
        for talk, (session, _, _) in self.where.items():
            by_session[session].append(talk)
        return sum(
            self.where[one][1] != self.where[other][1] and meet(one, other)  # type: ignore[operator]
            for talks in by_session.values()
            for one, other in combinations(talks, 2)
        )

    def people(self, talk: str, column: str) -> set[str]:
        return set(filter(None, self.table[talk][column].split(", ")))

    def meets_chair(self, one: str, other: str, column: str) -> bool:
        here, there = self.table[one]["Track"], self.table[other]["Track"]
        return here != there and bool(
            self.people(one, column) & self.chairs[there] or self.people(other, column) & self.chairs[here]
        )

    def presenters_meet(self, one: str, other: str) -> bool:
        both = self.people(one, "Presenters") & self.people(other, "Presenters")
        return bool(both) or self.meets_chair(one, other, "Presenters")

    def attendees_meet(self, one: str, other: str) -> bool:
        here, there = self.people(one, "Attendees"), self.people(other, "Attendees")
        if here & there or here & self.people(other, "Presenters") or there & self.people(one, "Presenters"):
            return True
        return self.meets_chair(one, other, "Attendees")

    def chairs_meet(self) -> int:
        return sum(
            here[0] == there[0] and one != other and bool(self.chairs[one] & self.chairs[other])
            for (one, here), (other, there) in combinations(self.tracks(), 2)
        )
