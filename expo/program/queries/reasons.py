"""Why a session stands where it does, and where else it could, told to one person."""

from dataclasses import dataclass
from datetime import datetime

from expo.accounts.models import User

from .. import telling
from ..models import Session
from ..solver import Alternative, Way, alternatives, told, verdict
from .broken import broken
from .masking import Shown, shown
from .times import moment

#: So many better-looking places are in view at once.
SHOWN = 6


@dataclass(frozen=True)
class OtherPlace:
    """A room and a start, a word on it with its tone, and what speaks for and against it."""

    room: str
    starts_at: datetime
    word: str
    tone: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Reasons:
    """`better` are the first places that would gain something, `others` all the rest, best first."""

    sentences: tuple[str, ...]
    better: tuple[OtherPlace, ...] = ()
    others: tuple[OtherPlace, ...] = ()
    hides_some: bool = False


def reasons(session: Session, viewer: User) -> Reasons:
    """The present place against all others, as the timetable stands now."""
    seen = shown(session.edition, viewer)
    item = seen.problem.item.get(session.proposal_id)
    if item is None or item.id not in seen.places:
        return Reasons(())
    found = alternatives(seen.problem, item, seen.places)
    rows = [_row(seen, item.id, each) for each in found.rows]
    first = min(SHOWN, sum(each.way_in for each in found.rows))
    pinned = () if item.pin is None else ("It is pinned here, so every run leaves it here.",)
    return Reasons(
        sentences=(*pinned, *told(found.weighed)),
        better=tuple(rows[:first]),
        others=tuple(rows[first:]),
        hides_some=seen.hides_some,
    )


def _row(seen: Shown, key: int, each: Alternative) -> OtherPlace:
    word, tone = _word(each)
    room, starts_at = seen.rooms[each.place.room].name, moment(each.place.start)
    return OtherPlace(room, starts_at, word, tone, tuple(_sentences(seen, key, each)))


def _word(each: Alternative) -> tuple[str, str]:
    found = verdict(each.costs)
    if each.breaks:
        return "taken" if all(fault.other is not None for fault in each.breaks) else "not allowed", "danger"
    if found.is_same:
        return "as good", "ok"
    if found.is_better:
        return "better", "accent"
    return ("a trade", "warn") if found.gains else ("worse", "neutral")


def _sentences(seen: Shown, key: int, each: Alternative) -> list[str]:
    found, said = verdict(each.costs), []
    if each.breaks:
        lines = (broken(seen, key, each.place, fault) for fault in each.breaks)
        said.append(telling.sentence(f"breaks: {'; '.join(dict.fromkeys(lines))}"))
    if found.gains and each.way_in:
        said.append(telling.sentence(f"gains: {telling.differences(found.gains)}"))
    if found.losses and (each.way_in or not each.breaks):
        first = ", which comes first" if found.gains and not found.is_better else ""
        said.append(telling.sentence(f"costs: {telling.differences(found.losses)}{first}"))
    if each.is_better:
        said.append("A new run may put it there.")
    return [*said, *([_way(seen, each.way)] if each.way else [])]


def _way(seen: Shown, way: Way) -> str:
    """What making room takes."""
    who = seen.title(way.other)
    if way.to is None:
        fixed = seen.problem.item[way.other].pin is not None
        return telling.sentence(f"{who} is {'fixed there' if fixed else 'there and has no other free place'}")
    where = f"{seen.rooms[way.to.room].name}, {moment(way.to.start).astimezone(seen.edition.zone):%d %b %H:%M}"
    found = verdict(way.costs)
    comes_to = "would be as good as now" if found.is_same else "would be better" if found.is_better else "costs more"
    because = f" ({telling.differences(way.costs)})" if way.costs else ""
    return telling.sentence(f"{who} would have to go, at best to {where}; both moves together: {comes_to}{because}")
