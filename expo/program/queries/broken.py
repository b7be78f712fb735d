"""A broken rule as part of a sentence. What a wall hides is not named."""

from collections.abc import Callable

from ..solver import Fault, Place
from .masking import Shown

Tell = Callable[[Shown, int, Place, Fault], str]


def broken(seen: Shown, key: int, place: Place, fault: Fault) -> str:
    """What the place breaks for this session: "the room is taken by “X”"."""
    return TOLD[fault.code](seen, key, place, fault)


def _in_break(seen: Shown, key: int, place: Place, fault: Fault) -> str:
    return f"it runs into {seen.of_break(place, seen.problem.item[key].minutes)}"


def _person(seen: Shown, key: int, fault: Fault) -> str:
    return seen.person(key, fault.person)


def _other(seen: Shown, fault: Fault) -> str:
    return seen.title(fault.other or 0)


def _fixed(words: str) -> Tell:
    return lambda seen, key, place, fault: words


def _with(words: str) -> Tell:
    return lambda seen, key, place, fault: words.format(other=_other(seen, fault), person=_person(seen, key, fault))


TOLD: dict[str, Tell] = {
    "closed": _fixed("it is outside the opening hours"),
    "off-grid": _fixed("it is off the grid of starts"),
    "in-break": _in_break,
    "wrong-track": _fixed("the room holds no track that takes it"),
    "lacks-equipment": _fixed("the room lacks equipment that it needs"),
    "too-early": _fixed("it would start before its own hours"),
    "too-late": _fixed("it would end after its own hours"),
    "off-slot": _fixed("it is bound to other starts"),
    "away": _with("{person} is away"),
    "room-taken": _with("the room is taken by {other}"),
    "no-setup": _with("no time is left to set the room up between it and {other}"),
    "on-stage": _with("{person} is on stage in {other}"),
    "too-far": _with("{person} could not get from {other} to it, or back, in time"),
    "not-before": _with("the rule on the order of it and {other}"),
    "not-same-day": _with("the rule that it is on one day with {other}"),
    "not-apart": _with("the rule that it does not run beside {other}"),
    "not-one-room": _with("the rule that it is in one room with {other}"),
    "not-larger": _with("the rule on the room sizes of it and {other}"),
    "over-quota": _fixed("its quota is used up"),
    "pinned": _fixed("it is pinned where it is"),
}
