"""The scheduler's objectives in words: one row each, with what a person reads of it anywhere. Plain Python.

An objective's key is stored with runs; left-out sessions have one for each merit band ("left-out-0" is the highest).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ObjectiveText:
    """How one objective is described; less of it is better.

    `name` and `unit`: what is counted. `activity`: what a run does while it works on it. `more` and `less`: a change
    of one session's slot as part of a sentence, with the number {n} and its {minutes} or {people}. `worse`: what
    another slot would do.
    """

    name: str
    unit: str
    activity: str
    more: str = ""
    less: str = ""
    worse: str = ""
    help: str = ""


_LEFT_OUT = "left-out-"
OBJECTIVES = {
    _LEFT_OUT: ObjectiveText("Sessions left out, merit band {band}", "sessions", "scheduling sessions"),
    "merit-left-out": ObjectiveText("Merit of the sessions left out", "points", "scheduling the best sessions"),
    "lost-announced": ObjectiveText(
        "Announced sessions that become unscheduled", "sessions", "keeping announced sessions in the program"
    ),
    "lost": ObjectiveText("Sessions that become unscheduled", "sessions", "keeping scheduled sessions in the program"),
    "moved-announced": ObjectiveText(
        "Announced sessions that move", "sessions", "moving as few announced sessions as possible"
    ),
    "moved": ObjectiveText("Sessions that move", "sessions", "moving as few sessions as possible"),
    "prime-time": ObjectiveText(
        "Sessions outside prime time, by sponsor",
        "points",
        "sharing prime time",
        more="its sponsor has more outside prime time",
        less="its sponsor has less outside prime time",
        worse="its sponsor would have more outside prime time",
        help="For each sponsor the square of its sessions outside prime time: "
        "the sponsor with most outside is helped first.",
    ),
    "clashes": ObjectiveText(
        "Overlap of sessions that the same people want to attend",
        "points",
        "keeping apart sessions that the same people want to attend",
        more="{n} more points of overlap with sessions that the same people want to attend",
        less="{n} fewer points of overlap with sessions that the same people want to attend",
        worse="it would overlap more sessions that the same people want to attend",
    ),
    "strands": ObjectiveText(
        "Room changes and scattered days of a track",
        "points",
        "keeping each track together",
        more="its track changes rooms more often",
        less="its track changes rooms less often",
        worse="its track would be scattered over more rooms",
    ),
    "wishes": ObjectiveText(
        "Preferences not met",
        "points",
        "meeting preferences",
        more="fewer preferences met ({n})",
        less="more preferences met ({n})",
        worse="a preference would not be met",
    ),
    "sequence": ObjectiveText(
        "Sessions out of the preferred sequence",
        "sessions",
        "keeping sessions in sequence",
        more="its track is further from the preferred sequence",
        less="its track is nearer to the preferred sequence",
        worse="it would leave the preferred sequence",
    ),
    "blend": ObjectiveText(
        "Weighted sum of all goals",
        "points",
        "minimising the weighted sum of all goals",
        more="{n} more points in the weighted sum of all goals",
        less="{n} fewer points in the weighted sum of all goals",
        worse="the weighted sum of all goals would be worse",
    ),
    "sponsor-parallel": ObjectiveText(
        "Overlap of one sponsor's sessions",
        "minutes",
        "keeping a sponsor's sessions apart",
        more="{n} more {minutes} of overlap with its sponsor's other sessions",
        less="{n} fewer {minutes} of overlap with its sponsor's other sessions",
        worse="it would overlap another session of its sponsor",
    ),
    "topic-parallel": ObjectiveText(
        "Overlap of sessions on the same topic",
        "minutes",
        "keeping sessions on the same topic apart",
        more="{n} more {minutes} of overlap with sessions on the same topics",
        less="{n} fewer {minutes} of overlap with sessions on the same topics",
        worse="it would overlap more sessions on the same topics",
        help="Each topic counts the minutes in which one session too many is on.",
    ),
    "overflow": ObjectiveText(
        "People expected without a seat",
        "people",
        "fitting audiences into rooms",
        more="{n} more {people} without a seat",
        less="{n} fewer {people} without a seat",
        worse="more people are expected than the room holds",
    ),
    "changes": ObjectiveText(
        "Change of the current timetable",
        "points",
        "keeping the current timetable",
        help="A session that becomes unscheduled counts 10,000, a new time 100, a new room 10.",
    ),
    "late-starts": ObjectiveText(
        "From a day's opening to each start, summed",
        "minutes",
        "starting early, without gaps",
        more="a start {n} {minutes} later in the day",
        less="a start {n} {minutes} earlier in the day",
        worse="it would start later in the day",
    ),
}
TOP_BAND = f"{_LEFT_OUT}0"
MERIT_BANDS = "Sessions whose merit has the same whole number form a merit band; the highest comes first."


def summary(tiers: Iterable[Mapping[str, Any]]) -> str:
    """The whole run in a few words."""
    proved = [tier["value"] <= tier["bound"] for tier in tiers]
    return "Proved best" if all(proved) else f"Proved best in {sum(proved)} of {len(proved)} goals"


def text(key: str) -> ObjectiveText:
    """The row of the table; the merit bands share one."""
    return OBJECTIVES[key.rstrip("0123456789")]


def name(key: str) -> str:
    """What an objective counts."""
    return text(key).name.format(band=int(key.removeprefix(_LEFT_OUT)) + 1 if key.startswith(_LEFT_OUT) else "")


def amount(key: str, value: int) -> str:
    """A value of an objective with its unit."""
    unit = text(key).unit
    one = {"people": "person"}.get(unit, unit.removesuffix("s"))
    return f"{number(key, value)} {one if value == (100 if key == 'merit-left-out' else 1) else unit}"


def proof(key: str, value: int, bound: int, *, is_searching: bool = False) -> str:
    """How sure a value is; while a run searches, a bound of 0 means that nothing is known yet."""
    if value <= bound:
        return "proved best"
    return "no bound yet" if is_searching and not bound else f"within {amount(key, value - bound)} of the best possible"


def difference(key: str, by: int) -> str:
    """A change of one objective, as part of a sentence."""
    row, size = text(key), abs(by)
    nouns = {"minutes": "minute", "people": "person"} if size == 1 else {"minutes": "minutes", "people": "people"}
    return (row.more if by > 0 else row.less).format(n=f"{size:,}", **nouns)


def differences(changes: Iterable[tuple[str, int]]) -> str:
    """Several of them, in their order."""
    return ", ".join(difference(*each) for each in changes)


def number(key: str, value: int) -> str:
    return f"{value / 100:,.2f}" if key == "merit-left-out" else f"{value:,}"
