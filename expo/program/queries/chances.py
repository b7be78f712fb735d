"""Whether what a team asks of its place leaves any place at all; looked at alone, so that nobody else's shows."""

from dataclasses import replace

from expo.proposals.models import Proposal

from ..solver import Item
from ..solver.candidates import places
from .snapshot import snapshot

TOGETHER = "Taken together, what you ask leaves no place: no room that fits is open when all of it holds."


def no_place(proposal: Proposal) -> str:
    """A sentence when equipment, hours and times away leave no room and start; empty while there is one.

    Empty as well where the set-up itself has no place for its format: that is not for the sponsor to repair.
    """
    problem = snapshot(proposal.edition, among=Proposal.objects.filter(pk=proposal.pk)).problem
    item = replace(problem.item[proposal.pk], pin=None)
    if places(problem, item) or not places(problem, _asking_nothing(item)):
        return ""
    return next((sentence for sentence, freed in _relaxed(item) if places(problem, freed)), TOGETHER)


def _asking_nothing(item: Item) -> Item:
    return replace(item, needs=frozenset(), earliest=None, latest=None, away=())


def _relaxed(item: Item) -> list[tuple[str, Item]]:
    """Each demand that may be the one too many, and the same session without it."""
    return [
        (
            "No room that takes your format has all of this equipment. Ask for less.",
            replace(item, needs=frozenset()),
        ),
        (
            "Between these hours no room that fits is open long enough. Widen them.",
            replace(item, earliest=None, latest=None),
        ),
        (
            "Your presenters are away whenever a room that fits is open. Change when they can come.",
            replace(item, away=()),
        ),
    ]
