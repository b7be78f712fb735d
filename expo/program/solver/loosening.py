"""Rules that may give way for one session, each with its price, and the problem without some of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from . import candidates
from .problem import Item, Problem, Track
from .spans import Place

#: What giving way costs the people concerned, from a chair's click to another session's place.
PRICES = {
    "unpin": 10,
    "link": 15,
    "track": 20,
    "earliest": 25,
    "latest": 25,
    "starts": 25,
    "equipment": 30,
    "rest": 35,
    "walk": 35,
    "away": 40,
    "break": 45,
    "format": 50,
    "closing": 55,
    "leave-out": 1000,
}
ANY = -1  # a format that every track takes


@dataclass(frozen=True, order=True)
class Rule:
    """One rule. `item`: the session it binds. `index`: which of its absences, or of the breaks, days or links."""

    kind: str
    item: int = 0
    index: int = 0

    @property
    def loses_a_session(self) -> bool:
        return self.kind == "leave-out"


def price(problem: Problem, rule: Rule) -> int:
    """The better a session, the dearer to leave it out."""
    merit = min(problem.item[rule.item].merit, 5000) if rule.loses_a_session else 0
    return PRICES[rule.kind] + merit


def rules_for(problem: Problem, item: Item, fixed: Collection[int] = ()) -> list[Rule]:
    """Everything that may give way for this session, but what binds the `fixed`; moving others needs no rule to."""
    others = [each for each in problem.items if each.id != item.id and each.id not in fixed]
    return [
        *(Rule("unpin", each.id) for each in others if each.pin is not None),
        *_own(item),
        *(Rule("break", index=at) for at in range(len(problem.breaks))),
        *(Rule("closing", index=at) for at in range(len(problem.days))),
        *(Rule("link", index=at) for at, link in enumerate(problem.links) if not link.cost),
        *([Rule("rest")] if problem.rest else []),
        *([Rule("walk")] if problem.walk or problem.walks else []),
        *(Rule("leave-out", each.id) for each in others),
    ]


def _own(item: Item) -> Iterable[Rule]:
    yield from (Rule("away", item.id, at) for at in range(len(item.away)))
    yield from (Rule(kind, item.id) for kind in ("earliest", "latest", "starts") if getattr(item, kind) is not None)
    if item.needs:
        yield Rule("equipment", item.id)
    if item.track is not None:
        yield Rule("track", item.id)
    yield Rule("format", item.id)


def without(problem: Problem, item: Item, rules: Collection[Rule]) -> Problem:
    """The problem with these rules given up. A day may then close later by the length of the session."""
    gone = {(rule.kind, rule.index) for rule in rules}
    kinds = {rule.kind for rule in rules}
    unpinned = {rule.item for rule in rules if rule.kind == "unpin"}
    left_out = {rule.item for rule in rules if rule.loses_a_session}
    items = tuple(
        _loose(each, gone, kinds) if each.id == item.id else replace(each, pin=None) if each.id in unpinned else each
        for each in problem.items
        if each.id not in left_out
    )
    return replace(
        problem,
        items=items,
        tracks=tuple(_open(track) for track in problem.tracks) if "format" in kinds else problem.tracks,
        breaks=tuple(each for at, each in enumerate(problem.breaks) if ("break", at) not in gone),
        days=tuple(replace(day, end=closes(problem, at, item, gone)) for at, day in enumerate(problem.days)),
        links=tuple(each for at, each in enumerate(problem.links) if ("link", at) not in gone),
        rest=0 if "rest" in kinds else problem.rest,
        walk=0 if "walk" in kinds else problem.walk,
        walks=() if "walk" in kinds else problem.walks,
    )


def _loose(item: Item, gone: set[tuple[str, int]], kinds: set[str]) -> Item:
    return replace(
        item,
        away=tuple(each for at, each in enumerate(item.away) if ("away", at) not in gone),
        earliest=None if "earliest" in kinds else item.earliest,
        latest=None if "latest" in kinds else item.latest,
        starts=None if "starts" in kinds else item.starts,
        needs=frozenset() if "equipment" in kinds else item.needs,
        track=None if "track" in kinds else item.track,
        format=ANY if "format" in kinds else item.format,
    )


def _open(track: Track) -> Track:
    return replace(track, formats=track.formats | {ANY})


def closes(problem: Problem, at: int, item: Item, gone: set[tuple[str, int]]) -> int:
    """When a day ends, at the latest where the next begins."""
    day = problem.days[at]
    if ("closing", at) not in gone:
        return day.end
    later = min((each.start for each in problem.days if each.start >= day.end), default=day.end + item.minutes)
    return min(later, day.end + item.minutes)


def needs(strict: Problem, loose: Problem, mover: int, item: Item, place: Place) -> Iterable[Rule]:
    """The rules that forbid a place of the loose problem; of `mover` those about itself too."""
    if item.pin is not None:
        if place == item.pin:
            return
        yield Rule("unpin", item.id)
    end = place.start + item.minutes
    for at, each in enumerate(strict.breaks):
        if each.room in (None, place.room) and each.start < end and place.start < each.end:
            yield Rule("break", index=at)
    day = loose.day_of(place.start)
    if end > strict.days[day].end:
        yield Rule("closing", index=day)
    if item.id == mover:
        yield from _about_itself(strict, loose, item, place, end)


def _about_itself(strict: Problem, loose: Problem, item: Item, place: Place, end: int) -> Iterable[Rule]:
    for at, away in enumerate(item.away):
        if away.start < end and place.start < away.end:
            yield Rule("away", item.id, at)
    if item.earliest is not None and place.start < item.earliest:
        yield Rule("earliest", item.id)
    if item.latest is not None and end > item.latest:
        yield Rule("latest", item.id)
    if item.starts is not None and place.start not in item.starts:
        yield Rule("starts", item.id)
    if item.needs - strict.room[place.room].equipment:
        yield Rule("equipment", item.id)
    yield from _track(loose, item, place.room)


def _track(loose: Problem, item: Item, room: int) -> Iterable[Rule]:
    """The cheapest that opens the room: its wish for a track, or what the tracks take."""
    for rules in (), ("track",), ("format",), ("track", "format"):
        tried = replace(
            item, track=None if "track" in rules else item.track, format=ANY if "format" in rules else item.format
        )
        if candidates.track_in(loose, tried, room) is not None:
            yield from (Rule(kind, item.id) for kind in rules)
            return
