"""Scheduling conflicts: what a placement breaks, and which sessions cannot stay where they are, for one person."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db.models.functions import Coalesce

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall

from ..models import Session
from ..solver import Fault, Item, Place, faults
from .effects import PlacedItem, PlacementEffect, effects
from .problem import VisibleProblem, minute, moment
from .surroundings import NearbySession, Surroundings, WantedPlacement, surroundings

ROOM_CODES = frozenset({"wrong-track", "lacks-equipment", "room-taken"})


@dataclass(frozen=True)
class BrokenRule:
    """A broken rule in words; `field` is the field of the form that it is about."""

    code: str
    text: str

    @property
    def field(self) -> str:
        return "room" if self.code in ROOM_CODES else "starts_at"


@dataclass(frozen=True)
class _Placement:
    """One session of a scene in the place that is wanted for it; `hidden` None: nobody looks, so all is named."""

    scene: Surroundings
    known: NearbySession
    place: Place
    hidden: Wall | None

    @property
    def proposal(self) -> Proposal:
        return self.known.row

    @property
    def room(self) -> str:
        room = self.scene.rooms.get(self.place.room)
        return room.name if room else "This room"

    def other(self, fault: Fault) -> NearbySession | None:
        """The session in the way, unless it is behind the person's wall."""
        found = self.scene.known.get(fault.other or 0)
        return None if found is None or (self.hidden and self.hidden.hides(found.row)) else found

    def name(self, fault: Fault) -> str:
        return self.known.names.get(fault.person or "", "") or "A presenter"


def broken_rules(scene: Surroundings, proposal: int, hidden: Wall | None) -> tuple[BrokenRule, ...]:
    """Everything that forbids the place wanted for this session, most telling first; each sentence once."""
    known, place = scene.known[proposal], scene.places[proposal]
    asked = _Placement(scene, known, place, hidden)
    found = faults(scene.problem, known.item, place, scene.places)
    said = [BrokenRule(fault.code, SENTENCES.get(fault.code, _another_rule)(asked, fault)) for fault in found]
    return tuple({each.text: each for each in reversed(said)}.values())[::-1]


def _closed(asked: _Placement, fault: Fault) -> str:
    local = moment(asked.place.start).astimezone(asked.scene.edition.zone)
    return (
        f"{local.day} {local:%B, %H:%M} plus {asked.known.item.minutes} minutes is not inside a day's opening hours. "
        "Choose a start that ends before the day does."
    )


def _off_grid(asked: _Placement, fault: Fault) -> str:
    return f"Sessions start every {asked.scene.edition.grid_minutes} minutes from a day's opening. Choose such a start."


def _in_break(asked: _Placement, fault: Fault) -> str:
    return f"It would run into a break in {asked.room}. Choose a time before or after it."


def _wrong_track(asked: _Placement, fault: Fault) -> str:
    track, format = asked.proposal.track, asked.proposal.format.name.lower()
    which = f"the track {track} it asked for" if track else f"a track that takes a {format}"
    return f"{asked.room} does not hold {which}. Choose another room, or change the tracks in the setup."


def _lacks_equipment(asked: _Placement, fault: Fault) -> str:
    return f"{asked.room} lacks equipment that this session needs. Choose another room."


def _away(asked: _Placement, fault: Fault) -> str:
    return f"{asked.name(fault)} is away at that time. Choose another time."


def _room_taken(asked: _Placement, fault: Fault) -> str:
    other = asked.other(fault)
    title = f"“{other.row.title}”" if other else "another session (hidden: conflict)"
    return f"{asked.room} is taken then by {title}. Choose another room or time, or move the other session first."


def _on_stage(asked: _Placement, fault: Fault) -> str:
    other = asked.other(fault)
    if other is None:
        return "A presenter of this session is not free at that time. Choose another time."
    place = asked.scene.places[other.item.id]
    zone = asked.scene.edition.zone
    start, end = (moment(at).astimezone(zone) for at in (place.start, place.start + other.item.minutes))
    where = f"{asked.scene.rooms[place.room]} from {start:%H:%M} to {end:%H:%M} (“{other.row.title}”)"
    return f"{asked.name(fault)} is on stage in {where}. Choose another time."


def _own_hours(asked: _Placement, fault: Fault) -> str:
    return "It is bound to other hours than these. Choose another time, or change its hours first."


def _no_setup(asked: _Placement, fault: Fault) -> str:
    return f"{asked.room} would have no time to be set up between this session and the next. Choose another time."


def _too_far(asked: _Placement, fault: Fault) -> str:
    return f"{asked.name(fault)} could not walk from one room to the other in time. Move one of them."


def _link(asked: _Placement, fault: Fault) -> str:
    return "A rule that ties it to another session would be broken. Move the other session first, or drop the rule."


def _another_rule(asked: _Placement, fault: Fault) -> str:
    return "A rule of this timetable would be broken. Choose another place."


SENTENCES: dict[str, Callable[[_Placement, Fault], str]] = {
    "closed": _closed,
    "off-grid": _off_grid,
    "in-break": _in_break,
    "wrong-track": _wrong_track,
    "lacks-equipment": _lacks_equipment,
    "away": _away,
    "room-taken": _room_taken,
    "on-stage": _on_stage,
    "too-early": _own_hours,
    "too-late": _own_hours,
    "off-slot": _own_hours,
    "no-setup": _no_setup,
    "too-far": _too_far,
    "not-before": _link,
    "not-same-day": _link,
    "not-apart": _link,
    "not-one-room": _link,
    "not-larger": _link,
}


Clause = Callable[[VisibleProblem, int, Place, Fault], str]


def broken_clause(seen: VisibleProblem, key: int, place: Place, fault: Fault) -> str:
    """What the place breaks for this session: "the room is taken by “X”"."""
    return CLAUSES[fault.code](seen, key, place, fault)


def _break_clause(seen: VisibleProblem, key: int, place: Place, fault: Fault) -> str:
    return f"it runs into {seen.of_break(place, seen.problem.item[key].minutes)}"


def _person_name(seen: VisibleProblem, key: int, fault: Fault) -> str:
    return seen.person(key, fault.person)


def _other_title(seen: VisibleProblem, fault: Fault) -> str:
    return seen.title(fault.other or 0)


def _fixed(words: str) -> Clause:
    return lambda seen, key, place, fault: words


def _with(words: str) -> Clause:
    return lambda seen, key, place, fault: words.format(
        other=_other_title(seen, fault), person=_person_name(seen, key, fault)
    )


CLAUSES: dict[str, Clause] = {
    "closed": _fixed("it is outside the opening hours"),
    "off-grid": _fixed("it is off the grid of starts"),
    "in-break": _break_clause,
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


@dataclass(frozen=True)
class PlacementCheck:
    """`objections` forbid it, `effects` do not."""

    broken_rules: tuple[BrokenRule, ...]
    effects: tuple[PlacementEffect, ...]

    @property
    def fits(self) -> bool:
        return not self.broken_rules


def check_placements(edition: Edition, viewer: User, *wants: WantedPlacement) -> PlacementCheck:
    """What speaks against these places, all taken at once, as this person may hear it: two queries and their wall."""
    hidden = wall(viewer, edition)
    scene = surroundings(edition, wants)
    placed = [want.proposal for want in wants if want.place is not None and want.proposal in scene.known]
    against = [each for key in placed for each in broken_rules(scene, key, hidden)]
    costs = [each for key in placed for each in placement_effects(scene, key, hidden)]
    return PlacementCheck(tuple(dict.fromkeys(against)), tuple(dict.fromkeys(costs)))


def placement_effects(scene: Surroundings, proposal: int, hidden: Wall) -> tuple[PlacementEffect, ...]:
    """Effects of the place wanted for a session. What is hidden has none, so that nothing can be guessed from them."""
    known = scene.known[proposal]
    on = [each for key, each in scene.known.items() if key in scene.places]
    seen = [_placed_item(scene, each) for each in on if not hidden.hides(each.row)]
    return effects(scene.problem, _placed_item(scene, known), seen, known.told)


def _placed_item(scene: Surroundings, known: NearbySession) -> PlacedItem:
    place = scene.places[known.item.id]
    room = scene.rooms.get(place.room)
    return PlacedItem(known.item, place, known.row.title, room.name if room else "", known.names)


@dataclass(frozen=True)
class SchedulingConflict:
    """A session, the name of its room, and why it cannot stay; a pinned one stays until somebody unpins it."""

    session: Session
    proposal: Proposal
    room: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class PlacedSession:
    """A placed session in few columns: `held` minutes in the timetable, `needed` ones by its proposal and format."""

    proposal: int
    place: Place
    held: int
    needed: int
    is_hidden: bool

    @property
    def want(self) -> WantedPlacement:
        """Where it stands, for as long as it takes now; a hidden one as long as anybody can see."""
        return WantedPlacement(self.proposal, self.place, self.held if self.is_hidden else self.needed)


def scheduling_conflicts(edition: Edition, viewer: User) -> tuple[SchedulingConflict, ...]:
    """In the order of the timetable. What is hidden is not counted; of it the others know only room and time."""
    hidden = wall(viewer, edition)
    standing = _placed_sessions(edition, hidden)
    if not standing:
        return ()
    scene = _masked(surroundings(edition, [each.want for each in standing]), hidden)
    around = _around(scene)
    open_ones = [each for each in standing if not each.is_hidden and each.proposal in scene.known]
    found = (_conflict(each, scene, around, hidden) for each in open_ones)
    return tuple(trouble for trouble in found if trouble is not None)


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


def _masked(scene: Surroundings, hidden: Wall) -> Surroundings:
    """Of what is hidden only room and time are left."""
    behind = {key for key, each in scene.known.items() if hidden.hides(each.row)}
    known = {key: _masked_session(each) if key in behind else each for key, each in scene.known.items()}
    links = tuple(link for link in scene.problem.links if not {link.one, link.other} & behind)
    problem = replace(scene.problem, items=tuple(each.item for each in known.values()), links=links)
    return replace(scene, problem=problem, known=known)


def _masked_session(known: NearbySession) -> NearbySession:
    return replace(known, item=replace(known.item, people=frozenset(), away=(), setup=0))


def _around(scene: Surroundings) -> dict[int, set[int]]:
    """For each session those that could be in its way: in its room, with its people, or tied to it by a rule."""
    groups: dict[object, set[int]] = defaultdict(set)
    for key, place in scene.places.items():
        for name in ("room", place.room), *(("person", person) for person in _item(scene, key).people):
            groups[name].add(key)
    for link in scene.problem.links:
        groups[link] |= {link.one, link.other}
    found: dict[int, set[int]] = defaultdict(set)
    for group in groups.values():
        for key in group:
            found[key] |= group
    return found


def _item(scene: Surroundings, key: int) -> Item:
    return scene.known[key].item


def _conflict(
    each: PlacedSession, scene: Surroundings, around: dict[int, set[int]], hidden: Wall
) -> SchedulingConflict | None:
    known, near = scene.known[each.proposal], around[each.proposal]
    beside = replace(scene, places={key: scene.places[key] for key in near if key in scene.places})
    sentences = [objection.text for objection in broken_rules(beside, each.proposal, hidden)]
    if each.held != each.needed:
        sentences.append(f"It takes {each.needed} minutes now, and the timetable holds {each.held} for it.")
    if not sentences or known.session is None:
        return None
    room = scene.rooms.get(each.place.room)
    return SchedulingConflict(known.session, known.row, room.name if room else "a room that is gone", tuple(sentences))
