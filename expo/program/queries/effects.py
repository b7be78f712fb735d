"""What a placement costs without being forbidden: shown on cards, and while somebody drags."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from expo.kit.names import plain
from expo.kit.text import counted

from ..solver.problem import Item, Place, Problem


@dataclass(frozen=True)
class PlacementEffect:
    """`label` is shown on a card, `text` is a sentence. A `hard` one breaks a rule by what has changed around it.

    To be added up: the `pairs` of proposals that overlap, or the `people` without a seat.
    """

    code: str
    label: str
    text: str
    hard: bool = False
    pairs: tuple[tuple[int, int], ...] = ()
    people: int = 0


@dataclass(frozen=True)
class PlacedItem:
    """A session that the viewer may see, where it is placed; `names` of its presenters by `Presenter.person`."""

    item: Item
    place: Place
    title: str
    room: str
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def known_by(self) -> frozenset[str]:
        """Its presenters' names and addresses in a plain form."""
        addresses = {address for person in self.names if (address := person.partition("#")[0])}
        return frozenset(addresses | {plain(name) for name in self.names.values()})


def effects(
    problem: Problem, here: PlacedItem, others: Sequence[PlacedItem], announced: Place | None = None
) -> tuple[PlacementEffect, ...]:
    """Soft effects of where a session is placed; `others` may hold any sessions, those in parallel count.

    `announced`: where its presenters were notified that it is.
    """
    item, place = here.item, here.place
    parallel = [other for other in others if other.item.id != item.id and _overlap(here, other)]
    found = [*_namesake(here, parallel), *_parallel_effects(item, parallel)]
    seats = problem.seats(place.room) if place.room in problem.room else 0
    if seats and item.audience > seats:
        text = f"{item.audience} people are expected and the room has {seats} seats."
        found.append(
            PlacementEffect("overflow", f"{item.audience} people, {seats} seats", text, people=item.audience - seats)
        )
    if problem.prime and not any(span.start <= place.start < span.end for span in problem.prime):
        found.append(PlacementEffect("off-prime", "outside prime time", "It starts outside prime time."))
    missed = [wish for wish in item.wishes if wish.covers(place.room, place.start)]
    if any(wish.room is None for wish in missed):
        text = "Its sponsor prefers the other half of the day."
        found.append(PlacementEffect("wish", "not in its preferred half-day", text))
    if any(wish.room is not None for wish in missed):
        found.append(PlacementEffect("room-wish", "not in a room it prefers", "Its sponsor prefers another room."))
    found += _preferred_link(problem, here, {other.item.id: other for other in others})
    if announced is not None and announced != place:
        text = "Its presenters were notified of another slot and would have to be notified again."
        found.append(PlacementEffect("told", "not the slot its presenters were notified of", text))
    return tuple(found)


def _overlap(one: PlacedItem, two: PlacedItem) -> bool:
    return one.place.start < two.place.start + two.item.minutes and two.place.start < one.place.start + one.item.minutes


def _namesake(here: PlacedItem, parallel: Sequence[PlacedItem]) -> Iterable[PlacementEffect]:
    """Somebody with the same address or name elsewhere, whom nobody has confirmed to be one person: a warning only."""
    alike = [other for other in parallel if here.known_by & other.known_by]
    for other, (person, name) in product(alike, here.names.items()):
        address = person.partition("#")[0]
        for key, called in other.names.items():
            is_alike = plain(name) == plain(called) or (address and address == key.partition("#")[0])
            if person != key and is_alike:
                text = (
                    f"{name} may also be on stage in {other.room} at that time, with “{other.title}”. Ask the sponsors."
                )
                pairs = _pairs(here.item, [other])
                yield PlacementEffect("namesake", "a presenter may be in two places", text, pairs=pairs)
                return


def _parallel_effects(item: Item, parallel: Sequence[PlacedItem]) -> Iterable[PlacementEffect]:
    """Overlaps with sessions of the same sponsor, and on the same topic."""
    if own := [other for other in parallel if other.item.sponsor == item.sponsor]:
        text = f"It overlaps “{own[0].title}” of the same sponsor, in {own[0].room}."
        yield PlacementEffect(
            "sponsor-parallel", "overlaps another session of its sponsor", text, pairs=_pairs(item, own)
        )
    if same := [other for other in parallel if other.item.topics & item.topics]:
        more = f" and {len(same) - 1} more" if len(same) > 1 else ""
        label = f"overlaps {counted(len(same), 'session')} on the same topic"
        text = f"It overlaps “{same[0].title}” on the same topic, in {same[0].room}{more}."
        yield PlacementEffect("topic-parallel", label, text, pairs=_pairs(item, same))


def _pairs(item: Item, others: Sequence[PlacedItem]) -> tuple[tuple[int, int], ...]:
    return tuple((min(item.id, other.item.id), max(item.id, other.item.id)) for other in others)


def _preferred_link(problem: Problem, here: PlacedItem, others: Mapping[int, PlacedItem]) -> list[PlacementEffect]:
    text = ""
    pairs: list[tuple[int, int]] = []
    for link in problem.links:
        mate = others.get(link.other if here.item.id == link.one else link.one)
        if not link.cost or here.item.id not in (link.one, link.other) or mate is None:
            continue
        one, two = (here, mate) if here.item.id == link.one else (mate, here)
        if link.kind == "before":
            is_missed = one.place.start + one.item.minutes > two.place.start
        elif link.kind == "same-day":
            is_missed = problem.day_of(one.place.start) != problem.day_of(two.place.start)
        else:
            is_missed = _overlap(one, two)
        if is_missed:
            named = f"“{mate.title}” ({_LINK_KINDS.get(link.kind, link.kind)})"
            text = text or f"It does not keep a preferred link with {named}."
            pairs += _pairs(here.item, [mate])
    return [PlacementEffect("link", "does not keep a preferred link", text, pairs=tuple(pairs))] if pairs else []


_LINK_KINDS = {"before": "one before the other", "same-day": "on the same day", "apart": "not in parallel"}
