"""Ask people about what sponsors typed of them, and keep the answers."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import Edition, Role
from expo.editions.queries import holders
from expo.editions.services import roles
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.memo import forget
from expo.kit.names import plain_address
from expo.kit.policy import require
from expo.notify.models import Message
from expo.notify.services import post
from expo.sponsors.models import Sponsor

from ..models import Claim, Proposal
from ..queries.claims import MANY, pending_by_sponsor, questions, to_ask
from ..queries.conflict_wall import OpenClaim, conflicts_between, relations, wall
from ..queries.coverage import NEEDED
from ..queries.presenters import addresses_of
from ..states import ClaimAnswer, ClaimKind
from ..texts import checked_reason
from .presenter_answers import follow_claim
from .presenters import set_persons

MOST_REASON = 200
MAIL = "proposals/claimed"
#: To one person about one sponsor's proposals, in a day.
MOST_MAILS = 3


# --- Ask ----------------------------------------------------------------------------------------------


def ask_claims(entry: Entry) -> None:
    """A presenter, a role, an address or a coauthor is new: mail whoever is meant, once per proposal.

    Called once per fact, inside the reaction's transaction.
    """
    if entry.proposal_id is not None:
        for proposal in Proposal.objects.filter(pk=entry.proposal_id).select_related("edition"):
            _ask(list(holders(proposal.edition)), proposal.edition, proposal.pk)
        return
    for user in User.objects.filter(pk=entry.data.get("user", entry.actor_id), is_active=True):
        mine = Edition.objects.filter(roles__user=user).distinct().order_by("id")
        for edition in mine.filter(pk=entry.edition_id) if entry.edition_id else mine:
            _ask([user], edition, None)


def watch_claims(entry: Entry) -> None:
    """A team invited somebody: that alone asks and hides nothing, but many people with a role are worth a look."""
    for sponsor in Sponsor.objects.filter(pk=entry.data["sponsor"]).select_related("edition"):
        _one_at_a_time(sponsor.edition)
        _alert([sponsor.pk], sponsor.edition)


def _ask(users: list[User], edition: Edition, proposal: int | None) -> None:
    _one_at_a_time(edition)
    claims = to_ask(relations(users, edition).claims)
    mine = [each for each in claims if each.proposal is not None and proposal in (None, each.proposal)]
    asked = set(
        Message.objects.filter(kind=MAIL, proposal_id__in=[each.proposal for each in mine]).values_list(
            "proposal_id", "recipient_id"
        )
    )
    lately = _mailed_lately(mine, users)
    people = {user.pk: user for user in users}
    titles = dict(Proposal.objects.filter(pk__in=[each.proposal for each in mine]).values_list("pk", "title"))
    for claim in mine:
        pair = (claim.sponsor, claim.user)
        if (claim.proposal, claim.user) not in asked and lately[pair] < MOST_MAILS:
            lately[pair] += 1
            _mail(people[claim.user], claim, edition, titles[claim.proposal or 0])
    if mine:
        _alert({each.sponsor for each in mine}, edition)


def _mailed_lately(claims: list[OpenClaim], users: list[User]) -> Counter[tuple[int, int]]:
    """(sponsor, person) → mails of a day, so that naming somebody in ever new proposals fills no mailbox.

    The home page asks every question all the same.
    """
    rows = Message.objects.filter(kind=MAIL, recipient__in=users, created_at__gt=clock.now() - timedelta(days=1))
    of = dict(Proposal.objects.filter(sponsor__in={each.sponsor for each in claims}).values_list("pk", "sponsor"))
    sent = rows.filter(proposal_id__in=of).values_list("proposal_id", "recipient")
    return Counter((of[proposal], user) for proposal, user in sent if proposal is not None)


def _one_at_a_time(edition: Edition) -> None:
    """Two reactions must not both find that somebody has not been asked yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"proposals.claims.{edition.pk}"])


def _mail(user: User, claim: OpenClaim, edition: Edition, title: str) -> None:
    data = {"user": user.pk, "kind": claim.kind}
    entry = record("proposals.claim_asked", by=None, edition_id=edition.pk, proposal_id=claim.proposal, data=data)
    is_address = claim.kind == ClaimKind.ADDRESS
    context = {
        "edition": edition,
        "kind": claim.kind,
        "title": title if is_address else "",
        "address": claim.addresses[0] if is_address else "",
        "url": settings.SITE_URL + reverse("editions:home"),
    }
    post(MAIL, to=[user], entry=entry, context=context)


def _alert(sponsors: Collection[int], edition: Edition) -> None:
    """Once per sponsor: chairs and organisers without a conflict learn of its many claims on people with a role."""
    counts, fact = pending_by_sponsor(edition), "proposals.claims_piled_up"
    many = [each for each in sponsors if counts.get(each, 0) >= MANY]
    for sponsor in Sponsor.objects.filter(pk__in=many).order_by("id"):
        if Entry.objects.filter(fact=fact, data__sponsor=sponsor.pk).exists():
            continue
        data = {"sponsor": sponsor.pk, "claims": counts[sponsor.pk]}
        entry = record(fact, by=None, target=sponsor, edition_id=edition.pk, data=data)
        runners = list(holders(edition, RoleKind.COCHAIR, RoleKind.ORGANISER))
        barred = {each.user for each in conflicts_between(runners, edition) if each.sponsor == sponsor.pk}
        url = settings.SITE_URL + reverse("proposals:conflicts", args=[edition.slug])
        context = {"edition": edition, "many": MANY, "url": url}
        to = [user for user in runners if user.pk not in barred]
        post("proposals/claims_piled_up", to=to, entry=entry, context=context)


def require_answers(by: User, edition: Edition) -> None:
    """Refuse a verb over many proposals while an open claim hides one from whoever does it.

    Else what a sponsor typed would decide what the verb is about, or send one chair to another who is asked as well.
    """
    if wall(by, edition).claimed:
        raise WrongState(
            "answer-first",
            "You are asked whether you are involved in a proposal, and it is hidden from you until you answer. "
            "Answer the question on your home page; then this works.",
        )


# --- Answer -------------------------------------------------------------------------------------------


@transaction.atomic
def answer_claim(*, by: User, token: str, is_yes: bool | None) -> Claim:
    """Say whether one is involved. A yes is a conflict from now on; a no settles it, and nobody asks again."""
    require(by, "proposals.answer_claim")
    if is_yes is None:
        raise Invalid("no-answer", "Choose yes or no.")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    question = next((each for each in questions(by) if each.token == token), None)
    if question is None:
        raise WrongState(
            "no-question",
            "This question is settled: you answered it before, or the sponsor has taken the name out. "
            "Nothing is left to do.",
        )
    return _keep(by, by, question.sponsor_id, question.proposal_id, question.kind, is_yes, "")


@transaction.atomic
def settle_claim(
    *, by: User, edition: Edition, user: User, sponsor: Sponsor, proposal: Proposal | None, is_yes: bool, reason: str
) -> Claim:
    """Confirm a claim that its person denied or has not answered, or take a yes back; with a reason, by a chair.

    Only for who has no conflict with it, and never about oneself.
    """
    if proposal is not None:
        require(by, "proposals.chair", proposal)
    else:
        require(by, "proposals.declare_for_others", sponsor)
    if user == by:
        raise NotAllowed(
            "own-claim",
            "You cannot settle a claim about yourself. Another chair or organiser without a conflict can.",
        )
    reason = checked_reason(reason, most=MOST_REASON, one_line=True)
    if not reason:
        raise Invalid("reason-missing", "Say why, in a sentence: other chairs read it.", field="reason")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    known = Claim.objects.filter(user=user, sponsor=sponsor, proposal=proposal).first()
    claims = relations([user], edition).claims
    pending = next((each for each in claims if each.subject == (sponsor.pk, proposal.pk if proposal else None)), None)
    # A chair confirms over a no or before an answer, and takes a yes back; a no of their own is not theirs to give.
    was_yes = known is not None and known.answer == ClaimAnswer.YES
    if (known is None and pending is None) or is_yes == was_yes:
        raise WrongState(
            "claim-settled", "This claim has changed in the meantime. Reload the page to see its current state."
        )
    kind = ClaimKind(known.kind) if known else pending.kind if pending else ClaimKind.TEAM
    return _keep(by, user, sponsor.pk, proposal.pk if proposal else None, kind, is_yes, reason)


def _keep(
    by: User, user: User, sponsor: int, proposal: int | None, kind: ClaimKind, is_yes: bool, reason: str
) -> Claim:
    forget()
    claim = Claim.objects.filter(user=user, sponsor=sponsor, proposal=proposal).first()
    claim = claim or Claim(user=user, sponsor_id=sponsor, proposal_id=proposal)
    claim.kind, claim.answer, claim.reason = kind, ClaimAnswer.YES if is_yes else ClaimAnswer.NO, reason
    claim.answered_by, claim.answered_at = by, clock.now()
    claim.save()
    if claim.proposal is not None:
        follow_claim(claim, addresses_of(user))
        set_persons(claim.proposal)
    fact = "proposals.claim_confirmed" if is_yes else "proposals.claim_denied"
    data = {"user": user.pk, "sponsor": sponsor, "kind": kind, "reason": reason}
    record(fact, by=by, target=claim, edition_id=claim.edition.pk, proposal_id=proposal, data=data)
    return claim


# --- A chair and an organiser for every proposal --------------------------------------------------------


@transaction.atomic
def appoint(*, by: User, edition: Edition, email: str, kind: str, name: str = "") -> Role:
    """Site staff give somebody a role where some proposal has no organiser without a conflict."""
    require(by, "proposals.appoint", edition)
    if kind not in NEEDED:
        raise Invalid("unknown-role", "Choose cochair or organiser.", field="kind")
    if plain_address(email) == plain_address(by.email):
        raise NotAllowed(
            "appoints-oneself", "Appoint somebody else: site staff have no say inside an edition.", field="email"
        )
    return roles.appoint(by=by, edition=edition, email=email, kind=RoleKind(kind), name=name)
