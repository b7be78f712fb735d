"""One mail a day about what is new in the discussions that somebody takes part in."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.journal.services import record
from expo.kit import clock
from expo.kit.memo import remembering
from expo.kit.policy import allowed
from expo.notify.services import post
from expo.proposals.models import Proposal

from ..models import DiscussionVisit
from ..queries.discussion_news import DiscussionNews, digest_for_chair, digest_for_reviewers
from ..states import SUBMITTING

log = logging.getLogger(__name__)
ONCE_IN = timedelta(days=1)
#: Whoever looks at the page within this time needs no mail.
RIPENS_IN = timedelta(hours=1)


def send_digests() -> int:
    """Mail whoever has something new that is an hour old, at most once a day and edition; returns how many mails.

    Each mail and the note of what it told are one transaction that no two workers are in at once. What somebody may
    read is asked at that moment, by the policy of the page itself.
    """
    until = clock.now() - RIPENS_IN
    return sum(_send_in(edition, until) for edition in Edition.objects.filter(phase__in=SUBMITTING).order_by("id"))


def _send_in(edition: Edition, until: datetime) -> int:
    rested = _last_mails(edition)
    by_reviewer = digest_for_reviewers(edition, until)
    chairs = {chair.pk: chair for chair in holders(edition, RoleKind.COCHAIR)}
    reviewers = User.objects.in_bulk(by_reviewer.keys())
    due = [
        user
        for pk, user in sorted({**reviewers, **chairs}.items())
        if pk not in rested or rested[pk] <= until - ONCE_IN
    ]
    return sum(_send_to(user, edition, until, is_chair=user.pk in chairs) for user in due)


def _last_mails(edition: Edition) -> dict[int, datetime]:
    """By person, up to when their last digest told."""
    visits = DiscussionVisit.objects.filter(proposal__edition=edition, mailed_at__isnull=False).order_by()
    return dict(visits.values_list("user").annotate(last=Max("mailed_at")))


def _send_to(user: User, edition: Edition, until: datetime, *, is_chair: bool) -> int:
    """One person's mail, unless another worker is about it. One that breaks holds up nobody else's."""
    try:
        with remembering(), transaction.atomic(), connection.cursor() as cursor:
            key = f"scoring.digest.{edition.pk}.{user.pk}"
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
            return _send(user, edition, until, is_chair=is_chair) if cursor.fetchone() == (True,) else 0
    except Exception:
        log.exception("a digest broke", extra={"edition": edition.pk, "user": user.pk})
        return 0


def _send(user: User, edition: Edition, until: datetime, *, is_chair: bool) -> int:
    if _last_mails(edition).get(user.pk, until - ONCE_IN) > until - ONCE_IN:
        return 0  # another worker was faster
    news = digest_for_reviewers(edition, until).get(user.pk, [])
    if is_chair:
        news = [*news, *digest_for_chair(user, edition, until)]
    readable = _readable(user, edition, news)
    if not readable:
        return 0
    entry = record("scoring.digest_sent", by=None, edition_id=edition.pk, data={"to": user.pk})
    base = settings.SITE_URL
    lines = [(each, base + reverse("scoring:discussion", args=[edition.slug, each.code])) for each in readable]
    post("scoring/digest", to=[user], entry=entry, context={"edition": edition, "lines": lines})
    DiscussionVisit.objects.bulk_create(
        [DiscussionVisit(proposal_id=each.proposal, user=user, mailed_at=until) for each in readable],
        update_conflicts=True,
        unique_fields=["proposal", "user"],
        update_fields=["mailed_at"],
    )
    return 1


def _readable(user: User, edition: Edition, news: Sequence[DiscussionNews]) -> list[DiscussionNews]:
    proposals = Proposal.objects.select_related("sponsor").in_bulk([each.proposal for each in news])
    for proposal in proposals.values():
        proposal.edition = proposal.sponsor.edition = edition
    return [each for each in news if allowed(user, "scoring.discuss", proposals[each.proposal])]
