"""What a chair hears before they let go: what forbids the place, and what it would cost."""

from dataclasses import dataclass

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.queries import Wall, wall

from .effects import Beside, Effect, effects
from .nearby import Known, Scene, Want, nearby
from .objections import Objection, objections


@dataclass(frozen=True)
class Check:
    """`objections` forbid it, `effects` do not."""

    objections: tuple[Objection, ...]
    effects: tuple[Effect, ...]

    @property
    def fits(self) -> bool:
        return not self.objections


def check(edition: Edition, viewer: User, *wants: Want) -> Check:
    """What speaks against these places, all taken at once, as this person may hear it: two queries and their wall."""
    hidden = wall(viewer, edition)
    scene = nearby(edition, wants)
    placed = [want.proposal for want in wants if want.place is not None and want.proposal in scene.known]
    against = [each for key in placed for each in objections(scene, key, hidden)]
    costs = [each for key in placed for each in soft(scene, key, hidden)]
    return Check(tuple(dict.fromkeys(against)), tuple(dict.fromkeys(costs)))


def soft(scene: Scene, proposal: int, hidden: Wall) -> tuple[Effect, ...]:
    """Effects of the place wanted for a session. What is hidden has none, so that nothing can be guessed from them."""
    known = scene.known[proposal]
    on = [each for key, each in scene.known.items() if key in scene.places]
    seen = [_beside(scene, each) for each in on if not hidden.hides(each.row)]
    return effects(scene.problem, _beside(scene, known), seen, known.told)


def _beside(scene: Scene, known: Known) -> Beside:
    place = scene.places[known.item.id]
    room = scene.rooms.get(place.room)
    return Beside(known.item, place, known.row.title, room.name if room else "", known.names)
