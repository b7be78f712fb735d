"""What stands in the timetable and is not as one would wish: computed for all cards of the page at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries import Wall

from ..models import Session
from ..solver import Away, Item, Place, Problem, faults
from .effects import Beside, Effect, effects
from .items import Halves, item_of
from .snapshot import ground_of, links_of
from .times import minute, up

Marks = dict[int, tuple[Effect, ...]]
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


def marks(edition: Edition, sessions: Sequence[Session], hidden: Wall) -> Marks:
    """Effects by proposal, broken rules first. Hidden sessions have none and count for nobody else's."""
    ground = ground_of(edition)
    seen = [session for session in sessions if not hidden.hides(session.proposal)]
    items = {row.proposal_id: _item(row, ground.halves, ground.roaming) for row in seen}
    problem = replace(ground.problem, items=tuple(items.values()), links=links_of(edition, set(items)))
    stood = sorted((_beside(row, items[row.proposal_id]) for row in seen), key=lambda each: each.place.start)
    told = {row.proposal_id: _told(row) for row in seen}
    linked = {link.one: link.other for link in problem.links} | {link.other: link.one for link in problem.links}
    by_id = {each.item.id: each for each in stood}
    found: Marks = {}
    for at, each in enumerate(stood):
        mate = by_id.get(linked.get(each.item.id, 0))
        near = [*_parallel(stood, at), *([mate] if mate else [])]
        found[each.item.id] = (
            *_broken(problem, each, [mate] if mate else []),
            *_telling(effects(problem, each, near, told[each.item.id])),
        )
    return found


def _telling(found: Iterable[Effect]) -> Iterable[Effect]:
    """Most of a day is outside prime time, so that is said while a session is moved and not on every card."""
    return (effect for effect in found if effect.code != "off-prime")


def _item(row: Session, halves: Halves, roaming: frozenset[int]) -> Item:
    proposal: Proposal = row.proposal
    presenters = list(proposal.presenters.all())
    away = [
        Away(person.person or f"#{person.pk}", minute(each.starts_at), up(each.ends_at))
        for person in presenters
        for each in person.away.all()
    ]
    topics = [topic.pk for topic in proposal.topics.all()]
    people = {person.person for person in presenters if person.email}
    return item_of(proposal, row, (0, None), people, away, topics, halves, roaming)


def _beside(row: Session, item: Item) -> Beside:
    names = {person.person or f"#{person.pk}": person.name for person in row.proposal.presenters.all()}
    return Beside(item, Place(row.room_id, minute(row.starts_at)), row.proposal.title, row.room.name, names)


def _told(row: Session) -> Place | None:
    slot = getattr(row.proposal, "slot", None)
    return Place(slot.room_id, minute(slot.starts_at)) if slot else None


def _parallel(stood: Sequence[Beside], at: int) -> Iterable[Beside]:
    """Those on at the same time, looking only at starts not too far away: no session is longer than ten hours."""
    here = stood[at]
    end = here.place.start + here.item.minutes
    for step in (-1, 1):
        other = at + step
        while 0 <= other < len(stood) and here.place.start - 600 < stood[other].place.start < end:
            if stood[other].place.start + stood[other].item.minutes > here.place.start:
                yield stood[other]
            other += step


def _broken(problem: Problem, each: Beside, mates: Iterable[Beside]) -> Iterable[Effect]:
    others = {mate.item.id: mate.place for mate in mates}
    codes = dict.fromkeys(fault.code for fault in faults(problem, each.item, each.place, others))
    for code in codes:
        word = BROKEN.get(code, "breaks a rule about another session" if code.startswith("not-") else "")
        if word:
            yield Effect(code, word, f"It is {word}.", hard=True)
