"""A check that found something becomes a refusal. The sentences are in `rule_texts`."""

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.errors import Invalid, Refused
from expo.proposals.queries import wall

from ..queries.conflicts import BrokenRule, broken_rules
from ..queries.surroundings import Surroundings, WantedPlacement, surroundings

CLASHES = ("room-taken", "on-stage")


def settled(by: User, edition: Edition, *wants: WantedPlacement) -> Surroundings:
    """The neighbourhood with these places taken; raises a refusal with everything that speaks against one of them."""
    scene, hidden = surroundings(edition, wants), wall(by, edition)
    for want in wants:
        if want.place is not None:
            refuse(broken_rules(scene, want.proposal, hidden))
    return scene


def refuse(found: tuple[BrokenRule, ...]) -> None:
    """Raise what was found, if anything, most telling first."""
    if not found:
        return
    kind = Refused if found[0].code in CLASHES else Invalid
    raise kind(found[0].code, " ".join(each.text for each in found), field=found[0].field)
