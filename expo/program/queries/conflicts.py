"""What a placement breaks and what it costs, in words, as one person may know it."""

from collections.abc import Iterable
from dataclasses import dataclass

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.queries.conflict_wall import Wall, wall

from ..rule_texts import HIDDEN_SESSION, RULES
from ..solver.checker import Fault, faults
from ..solver.problem import Place
from .effects import PlacedItem, PlacementEffect, effects
from .problem import moment
from .surroundings import NearbySession, Surroundings, WantedPlacement, surroundings


@dataclass(frozen=True)
class BrokenRule:
    """A broken rule in words."""

    code: str
    text: str

    @property
    def field(self) -> str:
        """The field of the form that it is about."""
        return RULES[self.code].field


def broken_rules(around: Surroundings, proposal: int, hidden: Wall | None) -> tuple[BrokenRule, ...]:
    """Everything that forbids the place wanted for this session, most telling first; each sentence once.

    `hidden` None: no person looks, so every session is named.
    """
    found = faults(around.problem, around.sessions[proposal].item, around.places[proposal], around.places)
    return in_words(around, proposal, found, hidden)


def in_words(
    around: Surroundings, proposal: int, found: Iterable[Fault], hidden: Wall | None
) -> tuple[BrokenRule, ...]:
    """What was found wrong with a session's place, each sentence once."""
    session, place = around.sessions[proposal], around.places[proposal]
    codes: dict[str, str] = {}
    for fault in found:
        codes.setdefault(_rule_sentence(around, session, place, fault, hidden), fault.code)
    return tuple(BrokenRule(code, sentence) for sentence, code in codes.items())


def _rule_sentence(
    around: Surroundings, session: NearbySession, place: Place, fault: Fault, hidden: Wall | None
) -> str:
    rule, other = RULES[fault.code], around.sessions.get(fault.other or 0)
    if other is not None and hidden is not None and hidden.hides(other.proposal):
        other = None
    if other is None and rule.unnamed_sentence:
        return rule.unnamed_sentence
    zone = around.edition.zone
    start, room, where = moment(place.start).astimezone(zone), around.rooms.get(place.room), ""
    if other is not None:
        at = around.places[other.item.id]
        begins, ends = (moment(edge).astimezone(zone) for edge in (at.start, at.start + other.item.minutes))
        where = f"{around.rooms[at.room]} from {begins:%H:%M} to {ends:%H:%M} (“{other.proposal.title}”)"
    track, kind = session.proposal.track, session.proposal.format.name.lower()
    return rule.sentence.format(
        start=f"{start.day} {start:%B, %H:%M}",
        minutes=session.item.minutes,
        grid=around.edition.grid_minutes,
        room=room.name if room else "This room",
        track=f"the track {track} it asked for" if track else f"a track that takes a {kind}",
        person=session.names.get(fault.person or "", "") or "A presenter",
        other=f"“{other.proposal.title}”" if other else HIDDEN_SESSION,
        where=where,
        sponsor=session.sponsor or "Its sponsor",
    )


@dataclass(frozen=True)
class PlacementCheck:
    """`broken_rules` forbid the placements, `effects` do not."""

    broken_rules: tuple[BrokenRule, ...]
    effects: tuple[PlacementEffect, ...]

    @property
    def fits(self) -> bool:
        return not self.broken_rules


def check_placements(edition: Edition, viewer: User, *wanted: WantedPlacement) -> PlacementCheck:
    """What speaks against these placements, all made at once, as this person may know it: two queries and their wall.

    What is hidden has no effects, so that nothing can be guessed from them.
    """
    hidden = wall(viewer, edition)
    around = surroundings(edition, wanted)
    placed = [row.proposal for row in wanted if row.place is not None and row.proposal in around.sessions]
    visible = [
        placed_item(around, session)
        for key, session in around.sessions.items()
        if key in around.places and not hidden.hides(session.proposal)
    ]
    broken: dict[BrokenRule, None] = {}
    costs: dict[PlacementEffect, None] = {}
    for key in placed:
        session = around.sessions[key]
        broken |= dict.fromkeys(broken_rules(around, key, hidden))
        costs |= dict.fromkeys(effects(around.problem, placed_item(around, session), visible, session.announced))
    return PlacementCheck(tuple(broken), tuple(costs))


def placed_item(around: Surroundings, session: NearbySession) -> PlacedItem:
    """A session where it is, as what is compared with others."""
    place = around.places[session.item.id]
    room = around.rooms.get(place.room)
    return PlacedItem(session.item, place, session.proposal.title, room.name if room else "", session.names)
