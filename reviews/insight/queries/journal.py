"""The edition's journal and its mails, as far as the viewer may see what they are about."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import roles_in
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.queries import entries
from expo.kit.policy import allowed
from expo.kit.waiting import Waiting
from expo.notify.models import Message
from expo.notify.queries import outbox as sent_and_waiting
from expo.notify.states import MessageState
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.queries.listing import for_chairs
from reviews.assignments.queries.lookups import unknown_runs
from reviews.decisions.models import Batch
from reviews.decisions.queries.batches import batches_seen

#: Mails about whatever their reader has or sees, one for all of it.
SHARED = (
    *(f"assignments/{kind}" for kind in ("expired", "late", "released", "reminder", "repair_ready")),
    "rubrics/level_missing",
    "scoring/digest",
    *(f"proposals/{kind}" for kind in ("claims_piled_up", "confirm_last_day", "confirm_reminder", "draft_reminder")),
)

#: What of the verdicts is no secret of the cochairs.
RELEASED = ("decisions.released", "decisions.batch_released")


def audit(edition: Edition, viewer: User) -> QuerySet[Entry]:
    """The edition's journal as far as the viewer may see its subjects.

    A draft is its team's alone, so its facts appear once it is submitted; verdicts are the cochairs' until released.
    """
    rows = entries(edition.pk, hidden_proposals=_unseen(viewer, edition))
    about_sponsors = Q(target_type__in=["proposals.conflict", "proposals.claim"]) | Q(fact="proposals.claims_piled_up")
    rows = rows.exclude(about_sponsors, data__sponsor__in=sorted(wall(viewer, edition).sponsors))
    if not allowed(viewer, "decisions.desk", edition):
        rows = rows.exclude(~Q(fact__in=RELEASED), fact__startswith="decisions.")
    if wall(viewer, edition).hides_some:  # who was mailed, and when, would tell where something was said
        rows = rows.exclude(fact="scoring.digest_sent")
        unseen = Batch.objects.filter(edition=edition).exclude(pk__in=batches_seen(edition, viewer).order_by())
        rows = rows.exclude(target_type="decisions.batch", target_id__in=list(unseen.values_list("pk", flat=True)))
    return rows.exclude(target_type="assignments.run", target_id__in=unknown_runs(edition, viewer))


def _unseen(viewer: User, edition: Edition) -> list[int]:
    """Ids of what the viewer's lists leave out: hidden by a conflict, or never submitted."""
    unseen = Proposal.objects.filter(edition=edition).exclude(pk__in=for_chairs(viewer, edition))
    return list(unseen.values_list("pk", flat=True))


def outbox(edition: Edition, viewer: User, *, state: str = "") -> QuerySet[Message]:
    """The edition's mail, newest first, as far as the viewer may see what it is about.

    Mails that may be about several proposals at once are for viewers without conflicts: whom they went to, and when,
    would tell who reviews what is hidden.
    """
    mails = sent_and_waiting(edition.pk, hidden_proposals=_unseen(viewer, edition), state=state)
    if wall(viewer, edition).hides_some:
        mails = mails.exclude(kind__in=SHARED).exclude(kind="assignments/offered", proposal_id=None)
    return mails


def waiting_for_organisers(user: Any, editions: Sequence[Edition]) -> Iterator[Waiting]:
    """Mails that did not arrive, as far as the organiser sees them: one query, and few where there are any."""
    roles = roles_in(user, editions)
    mine = {each.pk: each for each in editions if RoleKind.ORGANISER in roles[each.pk]}
    if not mine:
        return
    rows = Message.objects.filter(edition_id__in=mine, state=MessageState.FAILED).order_by()
    with_failed = {pk for pk in rows.values_list("edition_id", flat=True) if pk is not None}
    for pk in sorted(with_failed & mine.keys()):
        edition = mine[pk]
        count = outbox(edition, user, state=MessageState.FAILED).count()
        url = f"{reverse('insight:outbox', args=[edition.slug])}?state={MessageState.FAILED}"
        yield Waiting("mail", pk, url, count, "mail that failed", "mails that failed", ("insight:outbox",), late=count)
