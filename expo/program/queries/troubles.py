"""Sessions that have a place and cannot stay there under the rules as they are now, as one person may know it."""

from collections import defaultdict
from dataclasses import dataclass, replace

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
    """A session and why it cannot stay; a pinned one stays all the same, until somebody unpins it."""

    session: Session
    sentences: tuple[str, ...]

    @property
    def proposal(self) -> Proposal:
        return self.session.proposal


def troubles(edition: Edition, viewer: User) -> tuple[Trouble, ...]:
    """In the order of the timetable. What is hidden is not counted; of it the others know only room and time."""
    rows = Session.objects.filter(edition=edition).select_related("proposal__format", "proposal__sponsor", "room")
    sessions = list(rows.order_by("starts_at", "room__position", "id"))
    if not sessions:
        return ()
    hidden = wall(viewer, edition)
    scene = _veiled(nearby(edition, [_want(session, hidden) for session in sessions]), hidden)
    around = _around(scene)
    found = (_trouble(session, scene, around, hidden) for session in sessions if session.proposal_id in scene.known)
    return tuple(trouble for trouble in found if trouble is not None)


def _want(session: Session, hidden: Wall) -> Want:
    """Where it stands, for as long as it takes now; a hidden one as long as anybody can see."""
    minutes = _minutes(session) if hidden.hides(session.proposal) else session.proposal.length
    return Want(session.proposal_id, Place(session.room_id, minute(session.starts_at)), minutes)


def _minutes(session: Session) -> int:
    return round((session.ends_at - session.starts_at).total_seconds() / 60)


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


def _trouble(session: Session, scene: Scene, around: dict[int, set[int]], hidden: Wall) -> Trouble | None:
    key = session.proposal_id
    if hidden.hides(session.proposal):
        return None
    near = replace(scene, places={other: scene.places[other] for other in around[key] if other in scene.places})
    sentences = [each.text for each in objections(near, key, hidden)]
    if _minutes(session) != session.proposal.length:
        sentences.append(
            f"It takes {session.proposal.length} minutes now, and the timetable holds {_minutes(session)} for it."
        )
    return Trouble(session, tuple(sentences)) if sentences else None
