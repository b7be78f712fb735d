"""A fact can break the current timetable: each cochair is notified of the conflicts they may see."""

from django.conf import settings
from django.urls import reverse

from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.notify.models import Message
from expo.notify.services import post

from ..queries.sessions import writable
from ..queries.whole import scheduling_conflicts

KIND = "program/troubles"


def notify_chairs(entry: Entry) -> None:
    """React to a fact, once: whoever brought it about sees it on the timetable, the other cochairs get a mail.

    A fact about one proposal tells of that one alone, so that the mail's moment reveals nothing of what is hidden from
    its reader. What somebody read in their last mail is not repeated.
    """
    edition = Edition.objects.filter(pk=entry.edition_id or 0).first()
    if edition is None or not writable(edition):
        return
    for chair in holders(edition, RoleKind.COCHAIR):
        if chair.pk == entry.actor_id:
            continue
        lines = []
        for conflict in scheduling_conflicts(edition, chair):
            if entry.proposal_id in (None, conflict.session.proposal_id):
                at = conflict.session.starts_at.astimezone(edition.zone)
                where = f"{at.day} {at:%b, %H:%M}, {conflict.room}"
                title = " ".join(conflict.proposal.title.split())
                lines.append(f"- {title} ({where}): {' '.join(conflict.sentences)}")
        if not lines:
            continue
        last = Message.objects.filter(kind=KIND, recipient=chair, edition_id=edition.pk).order_by("-id").first()
        if last is not None and set(lines) <= set(last.body.splitlines()):
            continue
        url = settings.SITE_URL + reverse("program:timetable", args=[edition.slug])
        context = {"edition": edition, "url": url, "lines": lines, "count": len(lines)}
        post(KIND, to=[chair], entry=entry, context=context)
