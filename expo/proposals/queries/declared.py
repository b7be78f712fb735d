"""Conflicts in words: one's own, and for whoever runs the edition those that others declared."""

from dataclasses import dataclass

from django.db.models import QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.rules import runs_edition
from expo.sponsors.models import Sponsor

from ..models import Conflict
from ..states import ConflictSource
from .wall import conflicts_between, wall
from .wall_facts import Between

#: A conflict with one proposal does not say whose it is: a reviewer could declare it to learn that.
NOT_NAMED = "Not shown"


@dataclass(frozen=True)
class OwnConflict:
    """One conflict of the viewer: with which sponsor, from which source, why."""

    sponsor: str
    source: ConflictSource
    detail: str
    covers: str


def own_conflicts(user: User, edition: Edition) -> list[OwnConflict]:
    """Everything that stands between somebody and proposals of an edition, by the sponsor's name."""
    names = dict(Sponsor.objects.filter(edition=edition).values_list("id", "name"))
    found = [
        OwnConflict(
            names[each.sponsor] if each.proposal is None else NOT_NAMED,
            each.source,
            _to_oneself(each),
            "One proposal" if each.proposal else "All its proposals",
        )
        for each in conflicts_between([user], edition)
    ]
    return sorted(set(found), key=lambda each: (each.sponsor.casefold(), each.covers, each.source))


def _to_oneself(found: Between) -> str:
    """Who presents what is behind the wall too, so the coauthor's name is for those outside it."""
    if found.source == ConflictSource.COAUTHOR:
        return "You wrote with one of its presenters."
    return found.detail


def declared_by_others(viewer: User, edition: Edition) -> QuerySet[Conflict]:
    """Declared conflicts of other people that a chair may take back: none that concern the chair's own conflicts."""
    rows = Conflict.objects.filter(sponsor__edition=edition).select_related("user", "sponsor", "proposal")
    if not runs_edition(viewer, edition):
        return rows.none()
    hidden = wall(viewer, edition)
    rows = rows.exclude(user=viewer).exclude(sponsor__in=hidden.sponsors)
    return rows.exclude(proposal__isnull=False, proposal__in=hidden.proposals).order_by(
        "sponsor__name", "user__email", "id"
    )
