"""Rules and wishes between sessions, as one person may see them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries import for_chairs, wall
from expo.proposals.states import PLACEABLE

from ..models import Link, Session
from ..states import LinkKind


@dataclass(frozen=True)
class LinkRow:
    """A link, and whether the present timetable breaks it."""

    link: Link
    is_broken: bool


def seen_links(viewer: User, edition: Edition) -> QuerySet[Link]:
    """Links of which the viewer may see both sessions; the others are not there at all."""
    hidden = wall(viewer, edition)
    found = Link.objects.filter(edition=edition).select_related("one__sponsor", "other__sponsor", "made_by")
    for end in ("one", "other"):
        found = found.exclude(Q(**{f"{end}__sponsor__in": hidden.sponsors}) | Q(**{f"{end}__in": hidden.proposals}))
    return found.order_by("id")


def link_rows(viewer: User, edition: Edition) -> list[LinkRow]:
    """The same, checked against where the sessions stand now."""
    sessions = {row.proposal_id: row for row in Session.objects.filter(edition=edition)}
    return [
        LinkRow(link, _is_broken(link, sessions.get(link.one_id), sessions.get(link.other_id), edition))
        for link in seen_links(viewer, edition)
    ]


def _is_broken(link: Link, one: Session | None, other: Session | None, edition: Edition) -> bool:
    if one is None or other is None:
        return False
    if link.kind == LinkKind.BEFORE:
        return one.ends_at > other.starts_at
    if link.kind == LinkKind.SAME_DAY:
        days = {each.starts_at.astimezone(edition.zone).date() for each in (one, other)}
        return len(days) > 1
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def linkable(viewer: User, edition: Edition) -> QuerySet[Proposal]:
    """Accepted sessions that the viewer may tie to one another."""
    return for_chairs(viewer, edition).filter(state__in=PLACEABLE).select_related("sponsor").order_by("title", "id")


def link_by_id(user: Any, *, edition: str, link: int) -> Link:
    """A link of this edition, for a policy to judge; raises Link.DoesNotExist."""
    return Link.objects.select_related("edition", "one__edition", "other__edition").get(pk=link, edition__slug=edition)
