"""Whether every submitted proposal has a chair and an organiser without a conflict; open claims are no conflicts."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders, roles_of
from expo.editions.states import Phase, RoleKind
from expo.kit.memo import once_per_request

from ..models import Proposal
from ..states import ProposalState
from .conflict_wall import conflicts_between, wall

NEEDED = (RoleKind.COCHAIR, RoleKind.ORGANISER)


@dataclass(frozen=True)
class Uncovered:
    """A submitted proposal, and the roles of which nobody is free of conflict with it."""

    proposal: Proposal
    missing: tuple[RoleKind, ...]


@once_per_request
def uncovered(edition: Edition) -> tuple[Uncovered, ...]:
    """Every such proposal of an edition. Not for pages; it knows no viewer."""
    people = {kind: list(holders(edition, kind)) for kind in NEEDED}
    users = {user.pk: user for group in people.values() for user in group}
    barred: dict[tuple[int, int | None], set[int]] = defaultdict(set)
    for each in conflicts_between(list(users.values()), edition):
        barred[each.sponsor, each.proposal].add(each.user)
    rows = []
    for proposal in _submitted().filter(edition=edition).order_by("id"):
        away = barred[proposal.sponsor_id, None] | barred[proposal.sponsor_id, proposal.pk]
        missing = tuple(kind for kind in NEEDED if all(user.pk in away for user in people[kind]))
        if missing:
            rows.append(Uncovered(proposal, missing))
    return tuple(rows)


def _submitted() -> QuerySet[Proposal]:
    rows = Proposal.objects.filter(submitted_at__isnull=False)
    return rows.exclude(state__in=[ProposalState.DRAFT, ProposalState.WITHDRAWN])


@dataclass(frozen=True)
class Shortage:
    """An edition that lacks a chair or organiser without a conflict, as one viewer may know of it.

    `codes` are the proposals concerned as far as the viewer may see them; site staff see how many, and nothing else.
    """

    edition: Edition
    missing: tuple[RoleKind, ...]
    count: int
    codes: tuple[str, ...]
    is_for_staff: bool


def shortages(user: User) -> list[Shortage]:
    """What an organiser can put right by giving a role, and what site staff must, because no organiser may see it."""
    if not user.is_authenticated or not user.is_active:
        return []
    submitted = _submitted().filter(edition=OuterRef("pk"))
    running = Edition.objects.exclude(phase__in=[Phase.SETUP, Phase.ARCHIVED]).filter(Exists(submitted)).order_by("-id")
    own = list(running.filter(roles__user=user, roles__kind=RoleKind.ORGANISER).distinct())
    rows = [_of_organiser(user, edition) for edition in own]
    if user.is_staff:
        for edition in running:
            theirs = [each for each in uncovered(edition) if RoleKind.ORGANISER in each.missing]
            rows.append(_shortage(edition, theirs, (), is_for_staff=True))
    return [each for each in rows if each is not None]


def lacks_an_organiser(edition: Edition) -> bool:
    """Whether some submitted proposal has no organiser who may know of it, so that site staff have to help."""
    return any(RoleKind.ORGANISER in each.missing for each in uncovered(edition))


def _of_organiser(user: User, edition: Edition) -> Shortage | None:
    if RoleKind.ORGANISER not in roles_of(user, edition):
        return None
    hidden = wall(user, edition)
    mine = [each for each in uncovered(edition) if not hidden.hides(each.proposal) or hidden.asks(each.proposal)]
    codes = tuple(each.proposal.code for each in mine if not hidden.hides(each.proposal))
    return _shortage(edition, mine, codes, is_for_staff=False)


def _shortage(
    edition: Edition, rows: list[Uncovered], codes: tuple[str, ...], *, is_for_staff: bool
) -> Shortage | None:
    missing = tuple(kind for kind in NEEDED if any(kind in each.missing for each in rows))
    return Shortage(edition, missing, len(rows), codes, is_for_staff) if rows else None
