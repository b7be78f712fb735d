"""Generates instances of the size of an Expo Day and larger, each around a hidden timetable that keeps every rule.

`made:48` or `made:400:7` (sessions, seed) on the command line stands for a file in our own format, see `own.py`.
Four fifths are talks of an hour, one fifth workshops of four; rooms are 80 to 95 % full in the hidden timetable.
`made:12` is an ICML day instead: forty proposals for one room of talks and two of workshops.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

OPENS, HOURS, DAY = 540, 8, 1440
TALK, WORKSHOP = 1, 2
#: sessions → days, rooms
SIZES = {12: (1, 3), 48: (1, 11), 50: (2, 6), 150: (3, 12), 400: (4, 22)}


@dataclass
class Maker:
    """Chance, and who is already where in the hidden timetable."""

    chance: Random
    busy: dict[str, set[int]] = field(default_factory=dict)

    def people(self, pool: list[str], hours: range) -> list[str]:
        """One or two people who are free then."""
        free = [name for name in pool if not self.busy.get(name, set()) & set(hours)]
        names = self.chance.sample(free, min(len(free), 1 + (self.chance.random() < 0.3)))
        for name in names:
            self.busy.setdefault(name, set()).update(hours)
        return sorted(names)

    def sponsor(self, names: list[str], hours: range) -> int:
        """One that has nothing else on then."""
        free = [name for name in names if not self.busy.get(name, set()) & set(hours)]
        name = self.chance.choice(free or names)
        self.busy.setdefault(name, set()).update(hours)
        return names.index(name)


def made(count: int, seed: int = 1, *, sponsors: int | None = None) -> dict[str, Any]:
    """An instance with a hidden solution (but for the ICML day, where most must stay out)."""
    maker = Maker(Random(f"{count}-{seed}"))
    days, rooms = SIZES.get(count) or _size(count)
    if count == 12:
        return _icml(maker, seed)
    slots = _slots(maker, days, rooms, count)
    halls = [_room(maker, key) for key in range(1, rooms + 1)]
    names = [f"sponsor {key}" for key in range(sponsors or max(4, count // 2))]
    sessions = [_session(maker, key, slot, halls, names, count) for key, slot in enumerate(slots, 1)]
    return _instance(f"made-{count}-{seed}", days, halls, sessions, seed)


def _size(count: int) -> tuple[int, int]:
    days = max(1, min(5, count // 60 + 1))
    return days, -(-count * 16 // (days * HOURS * 9))


def _slots(maker: Maker, days: int, rooms: int, count: int) -> list[tuple[int, int, int]]:
    """(room, hour since the first day's opening, minutes) of every hidden place."""
    halves = [(room, day * 24 + half) for day in range(days) for half in (0, 4) for room in range(1, rooms + 1)]
    maker.chance.shuffle(halves)
    workshops = 11 if count == 48 else count // 5
    hours = [(room, first + step, 60) for room, first in halves[workshops:] for step in range(4)]
    return [(room, first, 240) for room, first in halves[:workshops]] + maker.chance.sample(hours, count - workshops)


def _room(maker: Maker, key: int) -> dict[str, Any]:
    chance = maker.chance
    equipment = [name for name in ("stage", "power") if chance.random() < 0.6]
    return {"id": key, "capacity": chance.choice([60, 80, 120, 200, 400]), "equipment": equipment}


def _session(
    maker: Maker, key: int, slot: tuple[int, int, int], halls: list[dict[str, Any]], sponsors: list[str], count: int
) -> dict[str, Any]:
    chance, (room, hour, minutes) = maker.chance, slot
    hall = halls[room - 1]
    hours = range(hour, hour + minutes // 60)
    sponsor = maker.sponsor(sponsors, hours)
    people = maker.people([f"person {sponsor}-{at}" for at in range(2)], hours)
    start = OPENS + hour // 24 * DAY + hour % 24 * 60
    return _row(maker, key, minutes, sponsor, people, max(8, count // 10)) | {
        "away": [[people[0], *_half_off(start)]] if people and chance.random() < 0.2 else [],
        "audience": round(hall["capacity"] * chance.uniform(0.4, 1.15)),
        "needs": chance.sample(hall["equipment"], 1) if hall["equipment"] and chance.random() < 0.3 else [],
        "pin": [room, start] if chance.random() < 0.03 else None,
        "wishes": _wish(chance, start) if chance.random() < 0.4 else [],
    }


def _row(maker: Maker, key: int, minutes: int, sponsor: int, people: list[str], topics: int) -> dict[str, Any]:
    chance = maker.chance
    return {
        "id": key,
        "format": TALK if minutes == 60 else WORKSHOP,
        "minutes": minutes,
        "sponsor": sponsor,
        "people": people,
        "topics": chance.sample(range(topics), 2),
        "band": chance.randrange(3),
        "merit": chance.randrange(100, 500),
        "audience": chance.choice([40, 80, 150]),
    }


def _half_off(start: int) -> tuple[int, int]:
    """The half of the session's day in which it is not placed."""
    opening = start // DAY * DAY + OPENS
    return (opening + 240, opening + 480) if start < opening + 240 else (opening, opening + 240)


def _wish(chance: Random, start: int) -> list[list[int | None]]:
    """Somebody would rather not be in one half of some day."""
    opening = start // DAY * DAY + OPENS + chance.choice([0, 240])
    return [[1, None, opening, opening + 240]]


def _icml(maker: Maker, seed: int) -> dict[str, Any]:
    halls = [{"id": key, "capacity": maker.chance.choice([80, 150, 300]), "equipment": []} for key in (1, 2, 3)]
    sessions = []
    for key in range(1, 41):
        sponsor = maker.chance.randrange(18)
        people = [f"person {sponsor}-{at}" for at in maker.chance.sample(range(3), 2)]
        row = _row(maker, key, 60 if key <= 27 else 240, sponsor, people, 8)
        away = [[people[0], 540, 780]] if maker.chance.random() < 0.2 else []
        sessions.append(row | {"away": away})
    tracks = [{"id": 1, "formats": [TALK], "room": 1}] + [
        {"id": key, "formats": [WORKSHOP], "room": key} for key in (2, 3)
    ]
    return _instance(f"made-12-{seed}", 1, halls, sessions, seed) | {"tracks": tracks}


def _instance(name: str, days: int, rooms: Any, sessions: Any, seed: int) -> dict[str, Any]:
    opens = [OPENS + DAY * day for day in range(days)]
    return {
        "format": "expo-instance",
        "name": name,
        "seed": seed,
        "grid": 60,
        "days": [[at, at + 60 * HOURS] for at in opens],
        "prime": [[at + 120, at + 360] for at in opens],
        "rooms": rooms,
        "tracks": [{"id": 1, "formats": [TALK, WORKSHOP], "room": None}],
        "sessions": sessions,
    }
