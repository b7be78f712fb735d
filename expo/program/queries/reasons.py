"""Why a session stands where it does, told to one person."""

from dataclasses import replace

from expo.accounts.models import User
from expo.proposals.models import Proposal
from expo.proposals.queries import wall

from ..models import Session
from ..solver import Item, Problem, why_here
from .snapshot import snapshot


def reasons(session: Session, viewer: User) -> list[str]:
    """Sentences about the present place and its alternatives as the timetable stands now."""
    seen = snapshot(session.edition)
    item = seen.problem.item.get(session.proposal_id)
    if item is None:
        return []
    return why_here(_masked(seen.problem, session, viewer), item, seen.places)


def _masked(problem: Problem, session: Session, viewer: User) -> Problem:
    """Hidden sessions keep room and time, and nothing that could be guessed from a reason."""
    hidden = wall(viewer, session.edition)
    veiled = {row.pk for row in Proposal.objects.filter(pk__in=problem.item) if hidden.hides(row)}
    return replace(problem, items=tuple(_veil(item) if item.id in veiled else item for item in problem.items))


def _veil(item: Item) -> Item:
    return replace(item, sponsor=-item.id, people=frozenset(), topics=frozenset(), audience=0)
