"""Ask presenters by mail whether they present: once each, again when it is asked for, and a reminder or two.

Everybody whose address a sponsor typed is asked alike. The link goes to the mailbox alone, in an `AccountMail`; people
with a role in the edition are asked by the question about a claim instead, which names no sponsor. Neither the sponsor
nor the state of the invitation shows which of the two it was.
"""

import re
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import WrongState
from expo.kit.names import plain_address
from expo.kit.policy import require
from expo.notify.services import post_to_address

from ..models import Presenter, PresenterInvitation, Proposal
from ..queries.listing import for_chairs
from ..queries.presenters import (
    A_DAY,
    ASKED,
    addresses_of_holders,
    begins_at,
    has_begun,
    hash_of,
    is_for_a_role,
    is_live,
    token_for,
)
from ..states import EDITABLE_AFTER_DECISION, PLACEABLE, PresenterAnswer
from .common import record_fact

#: So many links one sponsor's proposals mail in 24 hours; the rest follow by themselves.
MOST_A_DAY = 30
#: So often a link is mailed again because somebody asks for it.
MOST_AGAIN = 3
#: So long after the verdict, and before the slots are fixed or the first day opens, who has not answered is reminded.
AFTER_VERDICT = timedelta(days=5)
BEFORE_FREEZE = timedelta(days=7)
#: A chair reminds everybody at once; somebody who got the link so lately is left out.
LATELY = timedelta(days=3)


def lock_answers(edition: Edition) -> None:
    """One at a time: two invitations of one person, or two answers against one place of the limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"proposals.presenters.{edition.pk}"])


def invitation_for(proposal: Proposal, address: str) -> PresenterInvitation:
    """The invitation of a plain address, made if there is none; the caller holds `lock_answers`."""
    made = {"token_hash": hash_of(token_for(proposal.pk, address))}
    return PresenterInvitation.objects.get_or_create(proposal=proposal, address=address, defaults=made)[0]


# --- Invite -----------------------------------------------------------------------------------------------


def invite_presenters(entry: Entry) -> None:
    """A proposal was submitted, its presenters changed, or the team changed a confirmed one: mail whom to ask.

    Called once per fact, inside the reaction's transaction.
    """
    proposal = Proposal.objects.select_related("edition", "sponsor", "format").filter(pk=entry.proposal_id or 0).first()
    if proposal is None:
        return
    lock_answers(proposal.edition)
    if entry.fact == "proposals.presenter_asked_again":
        for each in PresenterInvitation.objects.filter(pk=entry.data["invitation"], answer=PresenterAnswer.OPEN):
            _mail([each], "proposals/presenter_asked_again", "presenter_invited", why="changed")
    _invite_missing(proposal)


def invite_uninvited() -> int:
    """Whom the limit of a day left out, or a fact without a reaction; returns how many were invited."""
    running = Proposal.objects.filter(state__in=ASKED).exclude(edition__phase=Phase.ARCHIVED)
    running = running.select_related("edition", "sponsor", "format")
    rows = running.prefetch_related("presenter_invitations", "presenters")
    count = 0
    for proposal in rows.order_by("id"):
        known = {each.address for each in proposal.presenter_invitations.all()}
        if any(each.email and plain_address(each.email) not in known for each in proposal.presenters.all()):
            with transaction.atomic():
                lock_answers(proposal.edition)
                count += _invite_missing(proposal)
    return count


def _invite_missing(proposal: Proposal) -> int:
    if proposal.state not in ASKED or proposal.edition.phase == Phase.ARCHIVED or has_begun(proposal.edition):
        return 0
    known = set(PresenterInvitation.objects.filter(proposal=proposal).values_list("address", flat=True))
    rows = Presenter.objects.filter(proposal=proposal).exclude(email="").order_by("position", "id")
    wanted = [address for each in rows if (address := plain_address(each.email)) not in known]
    made = [invitation_for(proposal, address) for address in list(dict.fromkeys(wanted))[: _left_today(proposal)]]
    _mail(made, "proposals/presenter_invited", "presenter_invited")
    return len(made)


def _left_today(proposal: Proposal) -> int:
    """Else a sponsor could use Expo to send mail to strangers."""
    lately = PresenterInvitation.objects.filter(
        proposal__sponsor=proposal.sponsor_id, invited_at__gt=clock.now() - A_DAY
    )
    return max(0, MOST_A_DAY - lately.count())


def _mail(
    invitations: Iterable[PresenterInvitation], kind: str, fact: str, *, by: User | None = None, why: str = ""
) -> None:
    """Write the mails, but for whom the question about a claim asks: all of them look the same to everybody else."""
    rows = PresenterInvitation.objects.filter(pk__in=[each.pk for each in invitations])
    rows = rows.select_related("proposal__edition", "proposal__sponsor", "proposal__format").order_by("id")
    with_role: dict[int, dict[str, set[int]]] = {}
    for each in rows.prefetch_related("proposal__presenters"):
        proposal = each.proposal
        token = token_for(proposal.pk, each.address)
        each.invited_at, each.token_hash = clock.now(), hash_of(token)
        each.save(update_fields=["invited_at", "token_hash"])
        record_fact(fact, proposal, by, invitation=each.pk, why=why)
        holders = with_role.setdefault(proposal.edition_id, addresses_of_holders(proposal.edition))
        typed = next((one for one in proposal.presenters.all() if plain_address(one.email) == each.address), None)
        if typed is not None and not is_for_a_role(each, holders):  # who has a role must not learn the sponsor from it
            context = _context(each, typed, token)
            reply_to = proposal.edition.contact_email
            post_to_address(kind, address=typed.email, context=context, reply_to=reply_to)


def _context(invitation: PresenterInvitation, presenter: Presenter, token: str) -> dict[str, object]:
    proposal = invitation.proposal
    return {
        "edition": proposal.edition,
        "proposal": proposal,
        "title": mailed_title(proposal),
        "presenter": presenter,
        "days": list(proposal.edition.days.all()),
        "is_accepted": proposal.state in PLACEABLE,
        "url": settings.SITE_URL + reverse("proposals:presenting", args=[token]),
    }


def mailed_title(proposal: Proposal) -> str:
    """What a sponsor wrote goes to a stranger's mailbox: no address of the web, and not more than a title's line."""
    title = proposal.public_title or proposal.name
    return "" if re.search(r"://|[^\W_][.。．｡][^\W\d_]{2}", title) else title


# --- Ask again ------------------------------------------------------------------------------------------


@transaction.atomic
def resend_to_presenter(*, by: User, presenter: Presenter) -> None:
    """Mail the link again to who has not answered, at most once a day and three times in all."""
    require(by, "proposals.resend_to_presenter", presenter)
    proposal = presenter.proposal
    lock_answers(proposal.edition)
    found = PresenterInvitation.objects.filter(proposal=proposal, address=plain_address(presenter.email)).first()
    if found is None or not is_live(found):
        raise WrongState(
            "not-asked-yet",
            f"{presenter} is not asked at the moment. Presenters with an e-mail address are asked by themselves once "
            "the proposal is submitted, until the event begins.",
        )
    if found.answer != PresenterAnswer.OPEN:
        said = "confirmed" if found.answer == PresenterAnswer.YES else "declined"
        raise WrongState(
            "answered", f"{presenter} has {said} already. The link in the first mail lets them change their answer."
        )
    if found.invited_at > clock.now() - A_DAY:
        raise WrongState("asked-lately", f"{presenter} was asked less than a day ago. Try again tomorrow.")
    again = Entry.objects.filter(
        fact="proposals.presenter_reminded", proposal_id=proposal.pk, data__invitation=found.pk, data__why="team"
    )
    if again.count() >= MOST_AGAIN:
        raise WrongState(
            "asked-often",
            f"{presenter} was asked again {MOST_AGAIN} times. Write to {presenter.email} yourself, or name somebody "
            "else.",
        )
    _mail([found], "proposals/presenter_invited", "presenter_reminded", by=by, why="team")


@transaction.atomic
def remind_unconfirmed(*, by: User, edition: Edition) -> int:
    """Mail the link again to everybody who has not answered about an accepted or waitlisted session; returns how many.

    Who was mailed within a day is left out, and so is what a conflict hides from the chair.
    """
    require(by, "proposals.see_after", edition)
    lock_answers(edition)
    visible = for_chairs(by, edition).filter(state__in=EDITABLE_AFTER_DECISION)
    rows = PresenterInvitation.objects.filter(proposal__in=visible, answer=PresenterAnswer.OPEN)
    due = [each for each in _live(rows, edition) if each.invited_at <= clock.now() - A_DAY]
    _mail(due, "proposals/presenter_reminder", "presenter_reminded", by=by, why="chair")
    return len(due)


def tick() -> int:
    """Invite whom the limit of a day left out, and remind who has not answered; returns how many mails."""
    return invite_uninvited() + remind_unanswered()


def remind_unanswered() -> int:
    """Remind by itself who has not answered, in every edition; returns how many mails."""
    editions = Edition.objects.filter(phase__in=[Phase.DECIDE, Phase.SCHEDULE, Phase.PUBLISHED]).order_by("id")
    return sum(_remind(edition) for edition in editions)


@transaction.atomic
def _remind(edition: Edition) -> int:
    """Once some days after the verdict, and once before the slots are fixed."""
    now, count = clock.now(), 0
    if has_begun(edition):
        return 0
    lock_answers(edition)
    open_ones = PresenterInvitation.objects.filter(
        proposal__edition=edition, proposal__state__in=PLACEABLE, answer=PresenterAnswer.OPEN
    )
    frozen_at = edition.slots_freeze_at or begins_at(edition)
    due = {"verdict": open_ones.filter(proposal__verdict_at__lte=now - AFTER_VERDICT)}
    if frozen_at is not None and now >= frozen_at - BEFORE_FREEZE:
        due["freeze"] = open_ones
    said = Entry.objects.filter(fact="proposals.presenter_reminded", edition_id=edition.pk)
    reminded = set(said.values_list("data__invitation", "data__why"))
    for why, rows in due.items():
        wanted = [
            each
            for each in _live(rows, edition)
            if (each.pk, why) not in reminded and each.invited_at <= clock.now() - LATELY
        ]
        _mail(wanted, "proposals/presenter_reminder", "presenter_reminded", why=why)
        count += len(wanted)
    return count


def _live(rows: QuerySet[PresenterInvitation], edition: Edition) -> list[PresenterInvitation]:
    """Those whose presenter is still named."""
    if edition.phase == Phase.ARCHIVED or has_begun(edition):
        return []
    named = rows.select_related("proposal").prefetch_related("proposal__presenters").order_by("id")
    return [
        each for each in named if each.address in {plain_address(one.email) for one in each.proposal.presenters.all()}
    ]
