"""Whether the timetable is still what somebody has on their screen, and who changed it."""

from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.proposals.models import Proposal
from expo.proposals.queries import accepted, behind_the_wall, wall

from ..models import Session
from .steps import FACTS, words_of


@dataclass(frozen=True)
class News:
    """`digest` differs when the viewer's timetable does; `entry` is the journal's last word, `said` tells it."""

    digest: str
    entry: int
    said: str


def digest(edition: Edition, viewer: User) -> str:
    """The same for the same timetable as this person sees it; hidden sessions count with room and time alone."""
    hidden = wall(viewer, edition)
    rows = Session.objects.filter(edition=edition).select_related("proposal").order_by("starts_at", "room_id", "id")
    stood = [
        (row.room_id, row.starts_at, row.ends_at)
        if hidden.hides(row.proposal)
        else (row.pk, row.version, row.room_id, row.starts_at, row.ends_at, row.proposal.version)
        for row in rows.only(*_COLUMNS)
    ]
    out = accepted(edition).filter(session=None)
    out = out.exclude(Q(sponsor__in=hidden.sponsors) | Q(pk__in=hidden.proposals))
    waiting = list(out.order_by("pk").values_list("pk", "version", "minutes"))
    closed = list(edition.breaks.order_by("pk").values_list("pk", "name", "room", "starts_at", "ends_at"))
    return sha256(repr((stood, waiting, closed)).encode()).hexdigest()[:20]


_COLUMNS = ("version", "room_id", "starts_at", "ends_at", "proposal__version", "proposal__sponsor_id")


def news(edition: Edition, viewer: User, since: int | None = None) -> News:
    """The digest, and the last step after `since` that the viewer may read of."""
    last = _last(edition, viewer, since)
    return News(digest(edition, viewer), last.pk if last else since or 0, _said(last, edition, viewer, since))


def _last(edition: Edition, viewer: User, since: int | None) -> Entry | None:
    rows = Entry.objects.filter(edition_id=edition.pk, fact__in=FACTS, pk__gt=since or 0)
    hidden = Q(proposal_id__isnull=False, proposal_id__in=behind_the_wall(viewer, edition))
    return rows.exclude(hidden).select_related("actor").order_by("-id").first()


def _said(last: Entry | None, edition: Edition, viewer: User, since: int | None) -> str:
    if last is None or since is None:
        return ""
    title = Proposal.objects.filter(pk=last.proposal_id or 0).values_list("title", flat=True).first() or ""
    who = "you, elsewhere" if last.actor == viewer else str(last.actor)
    return f"Changed by {who}: {words_of(last, title, edition)}."
