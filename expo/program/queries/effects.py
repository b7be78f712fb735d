"""What a placement costs without being forbidden: shown on cards, and while somebody drags."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from expo.editions.models import Edition
from expo.kit.names import plain
from expo.kit.text import counted
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall

from ..models import Session
from ..rule_texts import RULES, as_sentence
from ..solver.checker import faults
from ..solver.problem import Away, Item, Place, Problem
from .problem import SolverSetup, item_of, links_between, minute, minute_up, solver_setup


@dataclass(frozen=True)
class PlacementEffect:
    """`label` is shown on a card, `text` is a sentence. A `hard` one breaks a rule by what has changed around it."""

    code: str
    label: str
    text: str
    hard: bool = False


@dataclass(frozen=True)
class PlacedItem:
    """A session that the viewer may see, where it is placed; `names` of its presenters by `Presenter.person`."""

    item: Item
    place: Place
    title: str
    room: str
    names: Mapping[str, str] = field(default_factory=dict)


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
        found.append(PlacementEffect("overflow", f"{item.audience} people, {seats} seats", text))
    if problem.prime and not any(span.start <= place.start < span.end for span in problem.prime):
        found.append(PlacementEffect("off-prime", "outside prime time", "It starts outside prime time."))
    if any(wish.covers(place.room, place.start) for wish in item.wishes):
        text = "Its sponsor prefers the other half of the day."
        found.append(PlacementEffect("wish", "not in its preferred half-day", text))
    found += _preferred_link(problem, here, {other.item.id: other for other in others})
    if announced is not None and announced != place:
        text = "Its presenters were notified of another slot and would have to be notified again."
        found.append(PlacementEffect("told", "not the slot its presenters were notified of", text))
    return tuple(found)


def _overlap(one: PlacedItem, two: PlacedItem) -> bool:
    return one.place.start < two.place.start + two.item.minutes and two.place.start < one.place.start + one.item.minutes


def _namesake(here: PlacedItem, parallel: Sequence[PlacedItem]) -> Iterable[PlacementEffect]:
    """Somebody with the same address or name elsewhere, whom nobody has confirmed to be one person: a warning only."""
    for other, (person, name) in product(parallel, here.names.items()):
        address = person.partition("#")[0]
        for key, called in other.names.items():
            is_alike = plain(name) == plain(called) or (address and address == key.partition("#")[0])
            if person != key and is_alike:
                text = (
                    f"{name} may also be on stage in {other.room} at that time, with “{other.title}”. Ask the sponsors."
                )
                yield PlacementEffect("namesake", "a presenter may be in two places", text)
                return


def _parallel_effects(item: Item, parallel: Sequence[PlacedItem]) -> Iterable[PlacementEffect]:
    """Overlaps with sessions of the same sponsor, and on the same topic."""
    if own := [other for other in parallel if other.item.sponsor == item.sponsor]:
        text = f"It overlaps “{own[0].title}” of the same sponsor, in {own[0].room}."
        yield PlacementEffect("sponsor-parallel", "overlaps another session of its sponsor", text)
    if same := [other for other in parallel if other.item.topics & item.topics]:
        more = f" and {len(same) - 1} more" if len(same) > 1 else ""
        label = f"overlaps {counted(len(same), 'session')} on the same topic"
        text = f"It overlaps “{same[0].title}” on the same topic, in {same[0].room}{more}."
        yield PlacementEffect("topic-parallel", label, text)


def _preferred_link(problem: Problem, here: PlacedItem, others: Mapping[int, PlacedItem]) -> list[PlacementEffect]:
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
            text = f"It does not keep a preferred link with “{mate.title}” ({_LINK_KINDS.get(link.kind, link.kind)})."
            return [PlacementEffect("link", "does not keep a preferred link", text)]
    return []


_LINK_KINDS = {"before": "one before the other", "same-day": "on the same day", "apart": "not in parallel"}


EffectsByProposal = dict[int, tuple[PlacementEffect, ...]]


def timetable_effects(edition: Edition, sessions: Sequence[Session], hidden: Wall) -> EffectsByProposal:
    """For all cards of a page, broken rules first. Hidden sessions have none and count for nobody else's.

    Most of a day is outside prime time, so that is said while a session is moved and not on every card.
    """
    setup = solver_setup(edition)
    visible = {session.proposal_id: session for session in sessions if not hidden.hides(session.proposal)}
    items = {key: _session_item(row, setup) for key, row in visible.items()}
    problem = replace(setup.problem, items=tuple(items.values()), links=links_between(edition, set(items)))
    placed = []
    for key, row in visible.items():
        names = {person.person or f"#{person.pk}": person.name for person in row.proposal.presenters.all()}
        place = Place(row.room_id, minute(row.starts_at))
        placed.append(PlacedItem(items[key], place, row.proposal.title, row.room.name, names))
    placed.sort(key=lambda row: row.place.start)
    linked = {link.one: link.other for link in problem.links} | {link.other: link.one for link in problem.links}
    by_id = {row.item.id: row for row in placed}
    by_proposal: EffectsByProposal = {}
    for at, here in enumerate(placed):
        mate = by_id.get(linked.get(here.item.id, 0))
        mates = [mate] if mate else []
        slot = getattr(visible[here.item.id].proposal, "slot", None)
        announced = Place(slot.room_id, minute(slot.starts_at)) if slot else None
        soft = effects(problem, here, [*_in_parallel(placed, at), *mates], announced)
        by_proposal[here.item.id] = (
            *_broken_rules(problem, here, mates),
            *(effect for effect in soft if effect.code != "off-prime"),
        )
    return by_proposal


def _session_item(row: Session, setup: SolverSetup) -> Item:
    proposal: Proposal = row.proposal
    presenters = list(proposal.presenters.all())
    away = [
        Away(person.person or f"#{person.pk}", minute(absence.starts_at), minute_up(absence.ends_at))
        for person in presenters
        for absence in person.away.all()
    ]
    topics = [topic.pk for topic in proposal.topics.all()]
    people = {person.person for person in presenters if person.email}
    return item_of(proposal, row, (0, None), people, away, topics, setup.halves, setup.roaming)


def _in_parallel(placed: Sequence[PlacedItem], at: int) -> Iterable[PlacedItem]:
    """Those on at the same time, looking only at starts not too far away: no session is longer than ten hours."""
    here = placed[at]
    end = here.place.start + here.item.minutes
    for step in (-1, 1):
        other = at + step
        while 0 <= other < len(placed) and here.place.start - 600 < placed[other].place.start < end:
            if placed[other].place.start + placed[other].item.minutes > here.place.start:
                yield placed[other]
            other += step


def _broken_rules(problem: Problem, here: PlacedItem, mates: Iterable[PlacedItem]) -> Iterable[PlacementEffect]:
    """Rules that a session may break where it is, because something around it has changed: its own, and links."""
    broken = faults(problem, here.item, here.place, {mate.item.id: mate.place for mate in mates})
    for code in dict.fromkeys(fault.code for fault in broken if fault.other is None or fault.code.startswith("not-")):
        clause = RULES[code].unnamed
        yield PlacementEffect(code, clause.removeprefix("it ").removeprefix("is "), as_sentence(clause), hard=True)
