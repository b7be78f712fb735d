"""What a shift does to everything else: people, breaks, closing time, set-up, rules. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from expo.program.solver.checker import Fault, faults
from expo.program.solver.problem import Item, Place, Problem, Span

from .shifts import Shift, Step

#: What PostgreSQL refuses, too; everything else a chair may decide to live with.
HARD = frozenset({"on-stage", "too-far", "room-taken"})
SOFT = frozenset({"away", "too-late", "not-before", "not-same-day", "not-apart"})


@dataclass(frozen=True)
class Effect:
    """One consequence for session `id`; `other` the session it meets, `person` a mail address, `name` a break."""

    code: str
    id: int
    minutes: int = 0
    other: int | None = None
    person: str | None = None
    name: str = ""

    @property
    def is_hard(self) -> bool:
        return self.code in HARD


def effects(
    shift: Shift, room: int, problem: Problem, places: Mapping[int, Place], pauses: Mapping[Span, str], closes: int
) -> list[Effect]:
    """All consequences, session by session; what was so before is none. `places` are where the sessions stand now."""
    after = _after(shift, problem)
    moved = {step.stay.id: Place(room, step.start) for step in shift.steps}
    found: list[Effect] = []
    for step in shift.steps:
        found += _in_the_room(step, pauses, closes)
        if step.stay.id in problem.item:
            found += _elsewhere(step, room, problem, after, places, {**places, **moved})
    return found


def _after(shift: Shift, problem: Problem) -> Problem:
    """The same problem with the lengths and set-ups as they will be."""
    steps = {step.stay.id: step for step in shift.steps}
    return replace(problem, items=tuple(_changed(item, steps.get(item.id)) for item in problem.items))


def _changed(item: Item, step: Step | None) -> Item:
    return item if step is None else replace(item, minutes=step.end - step.start, setup=step.setup)


def _in_the_room(step: Step, pauses: Mapping[Span, str], closes: int) -> Iterable[Effect]:
    key = step.stay.id
    for pause, name in sorted(pauses.items()):
        minutes = _shared(pause, Span(step.start, step.end))
        if minutes > _shared(pause, step.stay.span):
            yield Effect("in-break", key, minutes, name=name)
    if step.end > max(closes, step.stay.end):
        yield Effect("past-closing", key, step.end - closes)
    if step.setup < step.stay.setup:
        yield Effect("setup-cut", key, step.setup)


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def _elsewhere(
    step: Step, room: int, before: Problem, after: Problem, places: Mapping[int, Place], moved: Mapping[int, Place]
) -> list[Effect]:
    """New faults between the session and people, rules and other rooms, as the second opinion finds them."""
    key = step.stay.id
    known = set(faults(before, before.item[key], Place(room, step.stay.start), places))
    found = faults(after, after.item[key], Place(room, step.start), moved)
    return [_effect(key, fault) for fault in found if fault not in known and fault.code in HARD | SOFT]


def _effect(key: int, fault: Fault) -> Effect:
    return Effect(fault.code, key, other=fault.other, person=fault.person)
