"""Sessions, runs, breaks, links, and the accepted proposals that are not scheduled."""

from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Q, QuerySet

from expo.accounts.models import User
from expo.editions.models import Break, Edition
from expo.editions.states import Phase
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.listing import accepted, for_chairs
from expo.proposals.states import PLACEABLE

from ..models import Link, Run, Session
from ..states import LinkKind


def writable(edition: Edition) -> bool:
    """Whether the timetable may still change."""
    return edition.phase != Phase.ARCHIVED


def placed(edition: Edition) -> QuerySet[Session]:
    """Hand-over to the releases: sessions in program order with all a program shows. It knows no viewer."""
    return (
        Session.objects.filter(edition=edition, proposal__state__in=PLACEABLE)
        .select_related("proposal__sponsor", "proposal__format", "track", "room")
        .prefetch_related("proposal__presenters", "proposal__topics")
        .order_by("starts_at", "room__position", "room_id", "id")
    )


def unplaced(edition: Edition) -> QuerySet[Proposal]:
    """Accepted and unscheduled. It knows no viewer."""
    return accepted(edition).filter(session=None).select_related("sponsor", "format", "track")


def unplaced_for(user: User, edition: Edition) -> QuerySet[Proposal]:
    """Accepted and unscheduled, without what the viewer's wall hides."""
    hidden = wall(user, edition)
    rows = unplaced(edition).exclude(Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals))
    return rows.prefetch_related("presenters").order_by("format__position", "-merit", "id")


def latest_run(edition: Edition) -> Run | None:
    rows = Run.objects.filter(edition=edition).select_related("started_by").order_by("-id")
    return cast("Run | None", rows.first())


def run_by_id(user: Any, *, edition: str, run: int) -> Run:
    """A run of this edition, for a policy to judge; raises Run.DoesNotExist."""
    return cast(Run, Run.objects.select_related("edition", "started_by").get(pk=run, edition__slug=edition))


def session_by_id(user: Any, *, edition: str, session: int) -> Session:
    """A session of this edition, for a policy to judge; raises Session.DoesNotExist."""
    rows = Session.objects.select_related(
        "edition", "proposal__edition", "proposal__sponsor", "proposal__format", "room", "track"
    )
    return rows.get(edition__slug=edition, pk=session)


def others_for(user: User, session: Session) -> list[Session]:
    """Sessions that somebody may let this one change places with: none that their wall hides."""
    hidden = wall(user, session.edition)
    rows = Session.objects.filter(edition=session.edition, proposal__state__in=PLACEABLE).exclude(pk=session.pk)
    visible = rows.exclude(Q(proposal__sponsor__in=hidden.sponsors) | Q(proposal__in=hidden.proposals))
    return list(visible.select_related("edition", "proposal__edition", "proposal__format", "room"))


def other_for(user: User, session: Session, other: int) -> Session | None:
    """One of these, by its id."""
    rows = Session.objects.select_related("proposal__format").filter(edition=session.edition_id, pk=other)
    row = rows.exclude(pk=session.pk).first()
    return None if row is None or wall(user, session.edition).hides(row.proposal) else row


def break_by_id(user: Any, *, edition: str, break_: int) -> Break:
    """A break of this edition, for a policy to judge; raises Break.DoesNotExist."""
    return Break.objects.select_related("edition", "room").get(edition__slug=edition, pk=break_)


def placeable_by_code(user: Any, *, edition: str, proposal: str) -> Proposal:
    """An accepted proposal by its code, for a policy to judge; raises Proposal.DoesNotExist."""
    if not proposal.isalnum():
        raise Proposal.DoesNotExist
    rows = Proposal.objects.select_related("edition", "sponsor", "format", "track", "session")
    return rows.get(edition__slug=edition, code=proposal, state__in=PLACEABLE)


@dataclass(frozen=True)
class LinkRow:
    """A link, and whether the current timetable breaks it."""

    link: Link
    is_broken: bool

    @property
    def key(self) -> str:
        """What tells the row apart on a page."""
        return str(self.link.pk)


def visible_links(viewer: User, edition: Edition) -> QuerySet[Link]:
    """Links of which the viewer may see both sessions; the others are not there at all."""
    hidden = wall(viewer, edition)
    rows = Link.objects.filter(edition=edition).select_related("one__sponsor", "other__sponsor", "made_by")
    for end in ("one", "other"):
        rows = rows.exclude(Q(**{f"{end}__sponsor__in": hidden.sponsors}) | Q(**{f"{end}__in": hidden.proposals}))
    return rows.order_by("id")


def link_rows(viewer: User, edition: Edition) -> list[LinkRow]:
    """The same, checked against where the sessions are now."""
    sessions = {row.proposal_id: row for row in Session.objects.filter(edition=edition)}
    rows = []
    for link in visible_links(viewer, edition):
        one, other = sessions.get(link.one_id), sessions.get(link.other_id)
        if one is None or other is None:
            is_broken = False
        elif link.kind == LinkKind.BEFORE:
            is_broken = one.ends_at > other.starts_at
        elif link.kind == LinkKind.SAME_DAY:
            is_broken = len({session.starts_at.astimezone(edition.zone).date() for session in (one, other)}) > 1
        else:
            is_broken = one.starts_at < other.ends_at and other.starts_at < one.ends_at
        rows.append(LinkRow(link, is_broken))
    return rows


def linkable(viewer: User, edition: Edition) -> QuerySet[Proposal]:
    """Accepted sessions that the viewer may link with one another."""
    return for_chairs(viewer, edition).filter(state__in=PLACEABLE).select_related("sponsor").order_by("title", "id")


def link_by_id(user: Any, *, edition: str, link: int) -> Link:
    """A link of this edition, for a policy to judge; raises Link.DoesNotExist."""
    return Link.objects.select_related("edition", "one__edition", "other__edition").get(pk=link, edition__slug=edition)
