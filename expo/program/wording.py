"""How the aims of a run are told to people. No Django."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NAMES = {
    "merit-left-out": ("Merit of the sessions left out", "points"),
    "lost-announced": ("Announced sessions that lose their place", "sessions"),
    "lost": ("Sessions that lose their place", "sessions"),
    "moved-announced": ("Announced sessions that move", "sessions"),
    "moved": ("Sessions that move", "sessions"),
    "prime-time": ("Sessions outside prime time, by sponsor", "points"),
    "clashes": ("Sessions in parallel that the same people want to hear", "points"),
    "strands": ("Room changes and scattered days of a track", "points"),
    "wishes": ("Wishes not granted", "points"),
    "sequence": ("Sessions out of the wanted sequence", "sessions"),
    "blend": ("All aims, weighed", "points"),
    "sponsor-parallel": ("Sessions of one sponsor in parallel", "minutes"),
    "topic-parallel": ("Sessions on one topic in parallel", "minutes"),
    "overflow": ("People expected without a seat", "people"),
    "changes": ("Change of the present timetable", "points"),
    "late-starts": ("From a day's opening to each start, summed", "minutes"),
}
BANDS = "Sessions whose merit has the same whole number are one band; the highest comes first."
HELP = {
    "changes": "A lost place counts 10,000, a new time 100, a new room 10.",
    "prime-time": "For each sponsor the square of its sessions outside prime time: who has most outside goes first.",
    "topic-parallel": "Each topic counts the minutes in which one session too many is on.",
}


@dataclass(frozen=True)
class TierLine:
    """One aim: what it is, what was reached, what nobody can undercut, and how sure that is."""

    name: str
    value: str
    bound: str
    words: str
    is_proved: bool
    help: str = ""


def tier_lines(tiers: Iterable[Mapping[str, Any]]) -> tuple[TierLine, ...]:
    """The aims in their order, as stored with a run."""
    return tuple(_line(tier["key"], tier["value"], tier["bound"]) for tier in tiers)


def _line(key: str, value: int, bound: int) -> TierLine:
    proved = value <= bound
    words = "proved best" if proved else f"within {amount(key, value - bound)} of the best possible"
    return TierLine(
        aim_name(key),
        amount(key, value),
        _number(key, bound),
        words,
        proved,
        HELP.get(key, BANDS if key == "left-out-0" else ""),
    )


def _name(key: str) -> tuple[str, str]:
    if key.startswith("left-out-"):
        return f"Sessions left out, merit band {int(key.removeprefix('left-out-')) + 1}", "sessions"
    return NAMES[key]


def _number(key: str, value: int) -> str:
    return f"{value / 100:,.2f}" if key == "merit-left-out" else f"{value:,}"


def summary(tiers: Iterable[Mapping[str, Any]]) -> str:
    """The whole run in a few words."""
    rows = list(tiers)
    proved = sum(tier["value"] <= tier["bound"] for tier in rows)
    return "Proved best" if proved == len(rows) else f"Proved best in {proved} of {len(rows)} aims"


def aim_name(key: str) -> str:
    """What an aim counts."""
    return _name(key)[0]


def amount(key: str, value: int) -> str:
    """A value of an aim with its unit."""
    return f"{_number(key, value)} {_unit(key, value)}"


def gap(key: str, value: int, bound: int) -> str:
    """How sure an aim is; while a run searches, a bound of 0 means that nothing is known yet."""
    if value <= bound:
        return "proved best"
    return f"within {amount(key, value - bound)} of the best possible" if bound else "no bound yet"


def seconds(count: float) -> str:
    """A length of time as people say it."""
    minutes, rest = divmod(round(count), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _unit(key: str, value: int) -> str:
    unit = _name(key)[1]
    one = {"people": "person"}.get(unit, unit.removesuffix("s"))
    return one if value == (100 if key == "merit-left-out" else 1) else unit
