"""Sessions that have a place and cannot stay there under the rules as they are now, as one person may know it."""

from collections import defaultdict
from dataclasses import dataclass, replace

from django.db.models.functions import Coalesce

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries import Wall, wall

from ..models import Session
from ..solver import Item, Place
from .nearby import Known, Scene, Want, nearby
from .objections import objections
from .times import minute


@dataclass(frozen=True)
class Trouble:
    """A session, the name of its room, and why it cannot stay; a pinned one stays until somebody unpins it."""

    session: Session
    proposal: Proposal
    room: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """A placed session in few columns: `held` minutes in the timetable, `needed` ones by its proposal and format."""

    proposal: int
    place: Place
    held: int
    needed: int
    is_hidden: bool

    @property
    def want(self) -> Want:
        """Where it stands, for as long as it takes now; a hidden one as long as anybody can see."""
        return Want(self.proposal, self.place, self.held if self.is_hidden else self.needed)


def troubles(edition: Edition, viewer: User) -> tuple[Trouble, ...]:
    """In the order of the timetable. What is hidden is not counted; of it the others know only room and time."""
    hidden = wall(viewer, edition)
    standing = _standing(edition, hidden)
    if not standing:
        return ()
    scene = _veiled(nearby(edition, [each.want for each in standing]), hidden)
    around = _around(scene)
    open_ones = [each for each in standing if not each.is_hidden and each.proposal in scene.known]
    found = (_trouble(each, scene, around, hidden) for each in open_ones)
    return tuple(trouble for trouble in found if trouble is not None)


def _standing(edition: Edition, hidden: Wall) -> list[Standing]:
    rows = Session.objects.filter(edition=edition).order_by("starts_at", "room__position", "id")
    needed = Coalesce("proposal__minutes", "proposal__format__minutes")
    return [
        Standing(
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


def _veiled(scene: Scene, hidden: Wall) -> Scene:
    """Of what is hidden only room and time are left."""
    behind = {key for key, each in scene.known.items() if hidden.hides(each.row)}
    known = {key: _veil(each) if key in behind else each for key, each in scene.known.items()}
    links = tuple(link for link in scene.problem.links if not {link.one, link.other} & behind)
    problem = replace(scene.problem, items=tuple(each.item for each in known.values()), links=links)
    return replace(scene, problem=problem, known=known)


def _veil(known: Known) -> Known:
    return replace(known, item=replace(known.item, people=frozenset(), away=(), setup=0))


def _around(scene: Scene) -> dict[int, set[int]]:
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


def _item(scene: Scene, key: int) -> Item:
    return scene.known[key].item


def _trouble(each: Standing, scene: Scene, around: dict[int, set[int]], hidden: Wall) -> Trouble | None:
    known, near = scene.known[each.proposal], around[each.proposal]
    beside = replace(scene, places={key: scene.places[key] for key in near if key in scene.places})
    sentences = [objection.text for objection in objections(beside, each.proposal, hidden)]
    if each.held != each.needed:
        sentences.append(f"It takes {each.needed} minutes now, and the timetable holds {each.held} for it.")
    if not sentences or known.session is None:
        return None
    room = scene.rooms.get(each.place.room)
    return Trouble(known.session, known.row, room.name if room else "a room that is gone", tuple(sentences))
