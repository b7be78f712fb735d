"""Scheduling conflicts: what a placement breaks, and which sessions cannot stay where they are, for one person."""

from collections import defaultdict
from dataclasses import dataclass, replace

from django.db.models.functions import Coalesce

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall

from ..models import Session
from ..rule_texts import HIDDEN_SESSION, RULES
from ..solver.checker import Fault, faults
from ..solver.problem import Place
from .effects import PlacedItem, PlacementEffect, effects
from .problem import minute, moment
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
    session, place = around.sessions[proposal], around.places[proposal]
    codes: dict[str, str] = {}
    for fault in faults(around.problem, session.item, place, around.places):
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
        _placed_item(around, session)
        for key, session in around.sessions.items()
        if key in around.places and not hidden.hides(session.proposal)
    ]
    broken: dict[BrokenRule, None] = {}
    costs: dict[PlacementEffect, None] = {}
    for key in placed:
        session = around.sessions[key]
        broken |= dict.fromkeys(broken_rules(around, key, hidden))
        costs |= dict.fromkeys(effects(around.problem, _placed_item(around, session), visible, session.announced))
    return PlacementCheck(tuple(broken), tuple(costs))


def _placed_item(around: Surroundings, session: NearbySession) -> PlacedItem:
    place = around.places[session.item.id]
    room = around.rooms.get(place.room)
    return PlacedItem(session.item, place, session.proposal.title, room.name if room else "", session.names)


@dataclass(frozen=True)
class SchedulingConflict:
    """A session, the name of its room, and why it cannot stay; a pinned one stays until somebody unpins it."""

    session: Session
    proposal: Proposal
    room: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class PlacedSession:
    """A session in few columns: its `minutes` in the timetable, and those its proposal and format `need` now."""

    proposal: int
    place: Place
    minutes: int
    needed_minutes: int
    is_hidden: bool

    @property
    def placement(self) -> WantedPlacement:
        """Where it is, for as long as it takes now; a hidden one for as long as anybody can see."""
        return WantedPlacement(self.proposal, self.place, self.minutes if self.is_hidden else self.needed_minutes)


def scheduling_conflicts(edition: Edition, viewer: User) -> tuple[SchedulingConflict, ...]:
    """Sessions that cannot stay under the rules as they are now, in the order of the timetable.

    What is hidden from the viewer is not counted; the others know of it only room and time.
    """
    hidden = wall(viewer, edition)
    placed = _placed_sessions(edition, hidden)
    if not placed:
        return ()
    around = _masked(surroundings(edition, [row.placement for row in placed]), hidden)
    near = _possibly_in_the_way(around)
    conflicts = []
    for row in placed:
        if row.is_hidden or row.proposal not in around.sessions:
            continue
        session = around.sessions[row.proposal]
        closer = replace(around, places={key: around.places[key] for key in near[row.proposal] if key in around.places})
        sentences = [rule.text for rule in broken_rules(closer, row.proposal, hidden)]
        if row.minutes != row.needed_minutes:
            sentences.append(
                f"It takes {row.needed_minutes} minutes now, and the timetable holds {row.minutes} for it."
            )
        if sentences and session.session is not None:
            room = around.rooms.get(row.place.room)
            name = room.name if room else "a room that no longer exists"
            conflicts.append(SchedulingConflict(session.session, session.proposal, name, tuple(sentences)))
    return tuple(conflicts)


def _placed_sessions(edition: Edition, hidden: Wall) -> list[PlacedSession]:
    rows = Session.objects.filter(edition=edition).order_by("starts_at", "room__position", "id")
    needed = Coalesce("proposal__minutes", "proposal__format__minutes")
    return [
        PlacedSession(
            key,
            Place(room, minute(start)),
            round((end - start).total_seconds() / 60),
            minutes,
            sponsor in hidden.sponsors or key in hidden.proposals,
        )
        for key, room, start, end, sponsor, minutes in rows.values_list(
            "proposal_id", "room_id", "starts_at", "ends_at", "proposal__sponsor_id", needed
        )
    ]


def _masked(around: Surroundings, hidden: Wall) -> Surroundings:
    """Of what is hidden only room and time are left."""
    behind = {key for key, session in around.sessions.items() if hidden.hides(session.proposal)}
    sessions = {
        key: replace(session, item=replace(session.item, people=frozenset(), away=(), setup=0))
        if key in behind
        else session
        for key, session in around.sessions.items()
    }
    links = tuple(link for link in around.problem.links if not {link.one, link.other} & behind)
    problem = replace(around.problem, items=tuple(session.item for session in sessions.values()), links=links)
    return replace(around, problem=problem, sessions=sessions)


def _possibly_in_the_way(around: Surroundings) -> dict[int, set[int]]:
    """For each session those that could be in its way: in its room, with its people, or linked with it by a rule."""
    groups: dict[object, set[int]] = defaultdict(set)
    for key, place in around.places.items():
        people = around.sessions[key].item.people
        for name in ("room", place.room), *(("person", person) for person in people):
            groups[name].add(key)
    for link in around.problem.links:
        groups[link] |= {link.one, link.other}
    near: dict[int, set[int]] = defaultdict(set)
    for group in groups.values():
        for key in group:
            near[key] |= group
    return near
