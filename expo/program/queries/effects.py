"""What a placement costs without being forbidden: shown on cards, and while somebody drags."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from expo.editions.models import Edition
from expo.kit.names import plain
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall

from ..models import Session
from ..solver import Away, Item, Place, Problem, faults
from .problem import Halves, item_of, links_between, minute, minute_up, solver_setup


@dataclass(frozen=True)
class PlacementEffect:
    """`word` stands on a card, `text` is a sentence. A `hard` one breaks a rule by what has changed around it."""

    code: str
    word: str
    text: str
    hard: bool = False


@dataclass(frozen=True)
class PlacedItem:
    """A session that the viewer may see, where it stands; `names` of its presenters by `Presenter.person`."""

    item: Item
    place: Place
    title: str
    room: str
    names: Mapping[str, str] = field(default_factory=dict)


def effects(
    problem: Problem, here: PlacedItem, beside: Sequence[PlacedItem], told: Place | None = None
) -> tuple[PlacementEffect, ...]:
    """Soft effects of where a session stands; `beside` may hold any sessions, those in parallel count."""
    item, place = here.item, here.place
    parallel = [each for each in beside if each.item.id != item.id and _overlap(item, place, each)]
    found = [
        _namesake(here, parallel),
        _sponsor(item, parallel),
        _topic(item, parallel),
        _overflow(problem, item, place),
        _prime(problem, place),
        _wish(item, place),
        _missed_wish(problem, item, place, {each.item.id: each for each in beside}),
        _announced(place, told),
    ]
    return tuple(each for each in found if each is not None)


def _overlap(item: Item, place: Place, other: PlacedItem) -> bool:
    return place.start < other.place.start + other.item.minutes and other.place.start < place.start + item.minutes


def _namesake(here: PlacedItem, parallel: Sequence[PlacedItem]) -> PlacementEffect | None:
    """Somebody with the same address or name elsewhere, whom nobody has confirmed to be one person: a warning only."""
    for each, (person, name) in product(parallel, here.names.items()):
        if any(_may_be_one(person, name, *other) for other in each.names.items()):
            text = f"{name} may also be on stage in {each.room} at that time, with “{each.title}”. Ask the sponsors."
            return PlacementEffect("namesake", "a presenter may be in two places", text)
    return None


def _may_be_one(person: str, name: str, other: str, other_name: str) -> bool:
    address = person.partition("#")[0]
    alike = plain(name) == plain(other_name) or (address and address == other.partition("#")[0])
    return person != other and bool(alike)


def _sponsor(item: Item, parallel: Sequence[PlacedItem]) -> PlacementEffect | None:
    same = next((each for each in parallel if each.item.sponsor == item.sponsor), None)
    if same is None:
        return None
    text = f"Its sponsor is on in {same.room} at that time too, with “{same.title}”."
    return PlacementEffect("sponsor-parallel", "beside another session of its sponsor", text)


def _topic(item: Item, parallel: Sequence[PlacedItem]) -> PlacementEffect | None:
    same = [each for each in parallel if each.item.topics & item.topics]
    if not same:
        return None
    more = f" and {len(same) - 1} more" if len(same) > 1 else ""
    return PlacementEffect(
        "topic-parallel",
        f"overlaps {len(same)} on its topic",
        f"Its topic is on at that time too, in {same[0].room} with “{same[0].title}”{more}.",
    )


def _overflow(problem: Problem, item: Item, place: Place) -> PlacementEffect | None:
    seats = problem.seats(place.room) if place.room in problem.room else 0
    if not seats or item.audience <= seats:
        return None
    text = f"{item.audience} people are expected and the room has {seats} seats."
    return PlacementEffect("overflow", f"{item.audience} people, {seats} seats", text)


def _prime(problem: Problem, place: Place) -> PlacementEffect | None:
    if not problem.prime or any(span.start <= place.start < span.end for span in problem.prime):
        return None
    return PlacementEffect("off-prime", "outside prime time", "It starts outside prime time.")


def _wish(item: Item, place: Place) -> PlacementEffect | None:
    if not any(wish.covers(place.room, place.start) for wish in item.wishes):
        return None
    return PlacementEffect(
        "wish", "not in the half of the day it asked for", "Its sponsor asked for the other half of the day."
    )


def _missed_wish(
    problem: Problem, item: Item, place: Place, beside: Mapping[int, PlacedItem]
) -> PlacementEffect | None:
    for link in problem.links:
        mate = beside.get(link.other if item.id == link.one else link.one)
        if not link.cost or item.id not in (link.one, link.other) or mate is None:
            continue
        mine, other = (item, place), (mate.item, mate.place)
        one, two = (mine, other) if item.id == link.one else (other, mine)
        if _is_missed(problem, link.kind, one, two):
            text = f"It misses a wish about “{mate.title}” ({_LINK_WISHES.get(link.kind, link.kind)})."
            return PlacementEffect("link", "misses a wish about another session", text)
    return None


_LINK_WISHES = {"before": "one before the other", "same-day": "on the same day", "apart": "not in parallel"}


def _is_missed(problem: Problem, kind: str, one: tuple[Item, Place], two: tuple[Item, Place]) -> bool:
    (first, here), (second, there) = one, two
    if kind == "before":
        return here.start + first.minutes > there.start
    if kind == "same-day":
        return problem.day_of(here.start) != problem.day_of(there.start)
    return here.start < there.start + second.minutes and there.start < here.start + first.minutes


def _announced(place: Place, told: Place | None) -> PlacementEffect | None:
    if told is None or told == place:
        return None
    text = "Its presenters were told another place and would have to be told anew."
    return PlacementEffect("told", "not where its presenters were told", text)


EffectsByProposal = dict[int, tuple[PlacementEffect, ...]]
#: Rules that a session may break where it stands, because something around it has changed.
BROKEN = {
    "closed": "outside the opening hours",
    "off-grid": "not on the grid of starts",
    "in-break": "its room is closed then",
    "wrong-track": "its track is not in this room",
    "lacks-equipment": "the room lacks equipment",
    "away": "a presenter is away",
    "too-early": "before its own hours",
    "too-late": "after its own hours",
}


def timetable_effects(edition: Edition, sessions: Sequence[Session], hidden: Wall) -> EffectsByProposal:
    """Effects by proposal, broken rules first. Hidden sessions have none and count for nobody else's."""
    ground = solver_setup(edition)
    seen = [session for session in sessions if not hidden.hides(session.proposal)]
    items = {row.proposal_id: _session_item(row, ground.halves, ground.roaming) for row in seen}
    problem = replace(ground.problem, items=tuple(items.values()), links=links_between(edition, set(items)))
    stood = sorted((_placed_item(row, items[row.proposal_id]) for row in seen), key=lambda each: each.place.start)
    told = {row.proposal_id: _announced_place(row) for row in seen}
    linked = {link.one: link.other for link in problem.links} | {link.other: link.one for link in problem.links}
    by_id = {each.item.id: each for each in stood}
    found: EffectsByProposal = {}
    for at, each in enumerate(stood):
        mate = by_id.get(linked.get(each.item.id, 0))
        near = [*_in_parallel(stood, at), *([mate] if mate else [])]
        found[each.item.id] = (
            *_broken_rules(problem, each, [mate] if mate else []),
            *_for_cards(effects(problem, each, near, told[each.item.id])),
        )
    return found


def _for_cards(found: Iterable[PlacementEffect]) -> Iterable[PlacementEffect]:
    """Most of a day is outside prime time, so that is said while a session is moved and not on every card."""
    return (effect for effect in found if effect.code != "off-prime")


def _session_item(row: Session, halves: Halves, roaming: frozenset[int]) -> Item:
    proposal: Proposal = row.proposal
    presenters = list(proposal.presenters.all())
    away = [
        Away(person.person or f"#{person.pk}", minute(each.starts_at), minute_up(each.ends_at))
        for person in presenters
        for each in person.away.all()
    ]
    topics = [topic.pk for topic in proposal.topics.all()]
    people = {person.person for person in presenters if person.email}
    return item_of(proposal, row, (0, None), people, away, topics, halves, roaming)


def _placed_item(row: Session, item: Item) -> PlacedItem:
    names = {person.person or f"#{person.pk}": person.name for person in row.proposal.presenters.all()}
    return PlacedItem(item, Place(row.room_id, minute(row.starts_at)), row.proposal.title, row.room.name, names)


def _announced_place(row: Session) -> Place | None:
    slot = getattr(row.proposal, "slot", None)
    return Place(slot.room_id, minute(slot.starts_at)) if slot else None


def _in_parallel(stood: Sequence[PlacedItem], at: int) -> Iterable[PlacedItem]:
    """Those on at the same time, looking only at starts not too far away: no session is longer than ten hours."""
    here = stood[at]
    end = here.place.start + here.item.minutes
    for step in (-1, 1):
        other = at + step
        while 0 <= other < len(stood) and here.place.start - 600 < stood[other].place.start < end:
            if stood[other].place.start + stood[other].item.minutes > here.place.start:
                yield stood[other]
            other += step


def _broken_rules(problem: Problem, each: PlacedItem, mates: Iterable[PlacedItem]) -> Iterable[PlacementEffect]:
    others = {mate.item.id: mate.place for mate in mates}
    codes = dict.fromkeys(fault.code for fault in faults(problem, each.item, each.place, others))
    for code in codes:
        word = BROKEN.get(code, "breaks a rule about another session" if code.startswith("not-") else "")
        if word:
            yield PlacementEffect(code, word, f"It is {word}.", hard=True)
