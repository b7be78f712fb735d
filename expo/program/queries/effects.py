"""What a place costs without being forbidden: told on cards, and while somebody drags. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from expo.kit.names import plain

from ..solver import Item, Place, Problem


@dataclass(frozen=True)
class Effect:
    """`word` stands on a card, `text` is a sentence. A `hard` one breaks a rule by what has changed around it."""

    code: str
    word: str
    text: str
    hard: bool = False


@dataclass(frozen=True)
class Beside:
    """A session that the viewer may see, where it stands; `names` of its presenters by `Presenter.person`."""

    item: Item
    place: Place
    title: str
    room: str
    names: Mapping[str, str] = field(default_factory=dict)


def effects(problem: Problem, here: Beside, beside: Sequence[Beside], told: Place | None = None) -> tuple[Effect, ...]:
    """Soft effects of where a session stands; `beside` may hold any sessions, those in parallel count."""
    item, place = here.item, here.place
    parallel = [each for each in beside if each.item.id != item.id and _meet(item, place, each)]
    found = [
        _namesake(here, parallel),
        _sponsor(item, parallel),
        _topic(item, parallel),
        _overflow(problem, item, place),
        _prime(problem, place),
        _wish(item, place),
        _link(problem, item, place, {each.item.id: each for each in beside}),
        _told(place, told),
    ]
    return tuple(each for each in found if each is not None)


def _meet(item: Item, place: Place, other: Beside) -> bool:
    return place.start < other.place.start + other.item.minutes and other.place.start < place.start + item.minutes


def _namesake(here: Beside, parallel: Sequence[Beside]) -> Effect | None:
    """Somebody with the same address or name elsewhere, whom nobody has confirmed to be one person: a warning only."""
    for each, (person, name) in product(parallel, here.names.items()):
        if any(_may_be_one(person, name, *other) for other in each.names.items()):
            text = f"{name} may also be on stage in {each.room} at that time, with “{each.title}”. Ask the sponsors."
            return Effect("namesake", "a presenter may be in two places", text)
    return None


def _may_be_one(person: str, name: str, other: str, other_name: str) -> bool:
    address = person.partition("#")[0]
    alike = plain(name) == plain(other_name) or (address and address == other.partition("#")[0])
    return person != other and bool(alike)


def _sponsor(item: Item, parallel: Sequence[Beside]) -> Effect | None:
    same = next((each for each in parallel if each.item.sponsor == item.sponsor), None)
    if same is None:
        return None
    text = f"Its sponsor is on in {same.room} at that time too, with “{same.title}”."
    return Effect("sponsor-parallel", "beside another session of its sponsor", text)


def _topic(item: Item, parallel: Sequence[Beside]) -> Effect | None:
    same = [each for each in parallel if each.item.topics & item.topics]
    if not same:
        return None
    more = f" and {len(same) - 1} more" if len(same) > 1 else ""
    return Effect(
        "topic-parallel",
        f"overlaps {len(same)} on its topic",
        f"Its topic is on at that time too, in {same[0].room} with “{same[0].title}”{more}.",
    )


def _overflow(problem: Problem, item: Item, place: Place) -> Effect | None:
    seats = problem.seats(place.room) if place.room in problem.room else 0
    if not seats or item.audience <= seats:
        return None
    text = f"{item.audience} people are expected and the room has {seats} seats."
    return Effect("overflow", f"{item.audience} people, {seats} seats", text)


def _prime(problem: Problem, place: Place) -> Effect | None:
    if not problem.prime or any(span.start <= place.start < span.end for span in problem.prime):
        return None
    return Effect("off-prime", "outside prime time", "It starts outside prime time.")


def _wish(item: Item, place: Place) -> Effect | None:
    if not any(wish.covers(place.room, place.start) for wish in item.wishes):
        return None
    return Effect("wish", "not in the half of the day it asked for", "Its sponsor asked for the other half of the day.")


def _link(problem: Problem, item: Item, place: Place, beside: Mapping[int, Beside]) -> Effect | None:
    for link in problem.links:
        mate = beside.get(link.other if item.id == link.one else link.one)
        if not link.cost or item.id not in (link.one, link.other) or mate is None:
            continue
        mine, other = (item, place), (mate.item, mate.place)
        one, two = (mine, other) if item.id == link.one else (other, mine)
        if _is_missed(problem, link.kind, one, two):
            text = f"It misses a wish about “{mate.title}” ({_WISHES.get(link.kind, link.kind)})."
            return Effect("link", "misses a wish about another session", text)
    return None


_WISHES = {"before": "one before the other", "same-day": "on the same day", "apart": "not in parallel"}


def _is_missed(problem: Problem, kind: str, one: tuple[Item, Place], two: tuple[Item, Place]) -> bool:
    (first, here), (second, there) = one, two
    if kind == "before":
        return here.start + first.minutes > there.start
    if kind == "same-day":
        return problem.day_of(here.start) != problem.day_of(there.start)
    return here.start < there.start + second.minutes and there.start < here.start + first.minutes


def _told(place: Place, told: Place | None) -> Effect | None:
    if told is None or told == place:
        return None
    text = "Its presenters were told another place and would have to be told anew."
    return Effect("told", "not where its presenters were told", text)
