"""Presenters of what was submitted: who confirmed, who was asked and what they said, and whom no release names."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from expo.accounts.models import FormerAddress, User
from expo.accounts.queries import verified_addresses
from expo.editions.catalogue import OF_PRESENTERS
from expo.editions.models import Edition, Format
from expo.editions.queries import holders, roles_in, roles_of, rules_of
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.memo import once_per_request
from expo.kit.names import plain_address

from ..models import Claim, ConfirmedPresenter, Presenter, PresenterInvitation, Proposal
from ..states import EDITABLE_AFTER_DECISION, PLACEABLE, ClaimAnswer, PresenterAnswer, ProposalState
from .content import presenters_of
from .listing import for_chairs

#: Presenters of these are asked, and their answers count.
ASKED = (ProposalState.SUBMITTED, *EDITABLE_AFTER_DECISION)

A_DAY = timedelta(days=1)
Known = frozenset[tuple[int, str]]


# --- Who presents, for sure ---------------------------------------------------------------------------


def confirmed_addresses(edition: Edition, proposal: Proposal | None = None) -> Known:
    """(proposal, address in small letters) of presenters whom the owner of the address, or a chair, confirmed."""
    of = {"proposal__edition": edition} if proposal is None else {"proposal": proposal}
    known, rows = _confirmed(of), Presenter.objects.filter(**of)
    return frozenset(
        (pk, email.lower())
        for pk, email in rows.values_list("proposal", "email")
        if email and (pk, plain_address(email)) in known
    )


def _confirmed(of: dict[str, Edition] | dict[str, Proposal]) -> Known:
    """(proposal, plain address) of everybody who said yes, or whom a chair confirmed: one query."""
    said = PresenterInvitation.objects.filter(answer=PresenterAnswer.YES, **of).values_list("proposal", "address")
    return frozenset(said.union(ConfirmedPresenter.objects.filter(**of).values_list("proposal", "address")))


def unprinted(edition: Edition) -> frozenset[int]:
    """Ids of presenters whom nobody confirmed: no release names them."""
    confirmed = _confirmed({"proposal__edition": edition})
    rows = Presenter.objects.filter(proposal__edition=edition, proposal__state__in=PLACEABLE)
    return frozenset(
        pk
        for pk, proposal, email in rows.values_list("pk", "proposal", "email")
        if not email or (proposal, plain_address(email)) not in confirmed
    )


# --- The link in an invitation --------------------------------------------------------------------------


def token_for(proposal: int, address: str) -> str:
    """The secret of the link for an address: always the same, so that a reminder carries the link of the first mail."""
    return salted_hmac("expo.proposals.presenting", f"{proposal}:{address}", algorithm="sha256").hexdigest()[:43]


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def opens(invitation: PresenterInvitation, token: str) -> bool:
    """Whether this is the secret of the invitation's link."""
    return constant_time_compare(hash_of(token), invitation.token_hash)


def invitation_by_token(token: str) -> PresenterInvitation | None:
    """The invitation that a link opens, while its presenter is still named and the link is of use."""
    found = _with_all().filter(token_hash=hash_of(token)).first()
    return found if found is not None and is_live(found) and not is_for_a_role(found) else None


def invitation_by_id(user: Any, *, edition: str, invitation: int) -> PresenterInvitation:
    """The same for who is signed in, for a policy to judge; raises PresenterInvitation.DoesNotExist."""
    found = _with_all().get(pk=invitation, proposal__edition__slug=edition)
    if not is_live(found):
        raise PresenterInvitation.DoesNotExist
    return found


def _with_all() -> QuerySet[PresenterInvitation]:
    return PresenterInvitation.objects.select_related(
        "proposal__edition", "proposal__sponsor__organisation", "proposal__format"
    )


def presenter_of(invitation: PresenterInvitation) -> Presenter | None:
    """Whom an invitation is about, while its address is still named."""
    rows = invitation.proposal.presenters.all()
    return next((row for row in rows if row.email and plain_address(row.email) == invitation.address), None)


def begins_at(edition: Edition) -> datetime | None:
    """When the first day opens; None while no day is known."""
    first = min(edition.days.all(), key=lambda day: day.date, default=None)
    return datetime.combine(first.date, first.opens_at, edition.zone) if first else None


def has_begun(edition: Edition) -> bool:
    opens_at = begins_at(edition)
    return opens_at is not None and opens_at <= clock.now()


def is_live(invitation: PresenterInvitation) -> bool:
    """Whether its presenter may still say something: named, the session wanted, the event not begun."""
    proposal = invitation.proposal
    is_wanted = proposal.state in ASKED and proposal.edition.phase != Phase.ARCHIVED
    return is_wanted and not has_begun(proposal.edition) and presenter_of(invitation) is not None


def asked_of(format: Format) -> dict[str, int]:
    """What a format asks of each presenter besides name and affiliation, with how long each may be."""
    rules = rules_of(format)
    return {name: rules[name].limit for name in OF_PRESENTERS if rules[name].is_asked}


# --- People with a role: asked by a question instead of a mailed link -------------------------------------


def addresses_of_holders(edition: Edition) -> dict[str, set[int]]:
    """Plain address → the people with a role in the edition who have it."""
    people = list(holders(edition))
    addresses: dict[str, set[int]] = defaultdict(set)
    for user in people:
        addresses[plain_address(user.email)].add(user.pk)
    proved = EmailAddress.objects.filter(user__in=people, verified=True)
    given_up = FormerAddress.objects.filter(user__in=people).values_list("user", "email")
    for pk, email in [*proved.values_list("user", "email"), *given_up]:
        addresses[plain_address(email)].add(pk)
    return addresses


def is_for_a_role(invitation: PresenterInvitation, holders: Mapping[str, Collection[int]] | None = None) -> bool:
    """Whether its address belongs to somebody with a role who has not said yes to the question about it.

    `holders`: the edition's `addresses_of_holders`, where many invitations are asked about.
    """
    known = addresses_of_holders(invitation.proposal.edition) if holders is None else holders
    owners = known.get(invitation.address, ())
    said = Claim.objects.filter(user__in=owners, proposal=invitation.proposal, answer=ClaimAnswer.YES)
    return bool(owners) and not said.exists()


# --- Where a person stands ----------------------------------------------------------------------------------


def owner_of(address: str) -> User | None:
    """Who proved a plain address, if anybody here did."""
    rows = EmailAddress.objects.filter(_like([address]), verified=True).select_related("user").order_by("id")
    return next((each.user for each in rows if plain_address(each.email) == address), None)


def addresses_of(user: Any) -> set[str]:
    """The plain addresses that somebody proved."""
    return {plain_address(email) for email in verified_addresses(user)}


def same_person(address: str) -> set[str]:
    """Every plain address of whoever proved this one; itself alone if nobody here did."""
    owner = owner_of(address)
    return {address, *(addresses_of(owner) if owner else ())}


def _like(addresses: Collection[str]) -> Q:
    """Rows whose `email` may be one of these plain addresses, whatever tag it was written with."""
    like = Q(pk__in=())
    for address in addresses:
        box, _, domain = address.rpartition("@")
        like |= Q(email__istartswith=box, email__iendswith=f"@{domain}")
    return like


def presents_already(edition: Edition, address: str, *, but: Proposal) -> list[Proposal]:
    """What a person confirmed, or a chair confirmed for them, in an edition, and which is still wanted."""
    own = same_person(address)
    rows = Presenter.objects.filter(_like(own), proposal__edition=edition, proposal__state__in=ASKED)
    rows = rows.exclude(proposal=but).select_related("proposal__format", "proposal__sponsor")
    confirmed = confirmed_addresses(edition)
    found = {
        row.proposal_id: row.proposal
        for row in rows.order_by("proposal")
        if plain_address(row.email) in own and (row.proposal_id, row.email.lower()) in confirmed
    }
    return list(found.values())


def invited_as(user: User, editions: Collection[Edition] | None = None) -> list[PresenterInvitation]:
    """What somebody who proved the address is asked and has not answered, also without the mail.

    Who holds a role in the edition is asked by a question first (`queries.claims`).
    """
    within = None if editions is None else {each.pk for each in editions}
    asked = [each for each in _open_to(user) if within is None or each.proposal.edition_id in within]
    if not asked:  # nearly always, and asked for every page's menu
        return []
    roles_in(user, [each.proposal.edition for each in asked])
    yes = set(Claim.objects.filter(user=user, answer=ClaimAnswer.YES).values_list("proposal", flat=True))
    return [
        each
        for each in asked
        if is_live(each) and (each.proposal_id in yes or not roles_of(user, each.proposal.edition))
    ]


@once_per_request
def _open_to(user: User) -> list[PresenterInvitation]:
    """The menu and the home page ask for the same."""
    own = addresses_of(user)
    rows = _with_all().filter(address__in=own, answer=PresenterAnswer.OPEN)
    return list(rows.prefetch_related("proposal__presenters", "proposal__edition__days").order_by("-id")) if own else []


def owns(user: Any, invitation: PresenterInvitation) -> bool:
    """Whether somebody proved the address, and answered the question that people with a role are asked."""
    return invitation.address in addresses_of(user) and not is_for_a_role(invitation)


# --- What the team and the chairs see -------------------------------------------------------------------


@dataclass(frozen=True)
class PresenterStanding:
    """A presenter, and whether they confirmed. The same words for everybody, whoever owns the address."""

    presenter: Presenter
    invitation: PresenterInvitation | None
    is_confirmed: bool

    @property
    def answer(self) -> str:
        """One of confirmed, declined, invited, uninvited."""
        if self.is_confirmed:
            return "confirmed"
        if self.invitation is None:
            return "uninvited"
        return "declined" if self.invitation.answer == PresenterAnswer.NO else "invited"

    @property
    def may_resend(self) -> bool:
        """Whether the link may be mailed again now."""
        return self.answer == "invited" and bool(self.invitation and self.invitation.invited_at <= clock.now() - A_DAY)


def answers_of_presenters(proposal: Proposal) -> list[PresenterStanding]:
    """A proposal's presenters in their order, each with what became of the question whether they present it."""
    asked = {each.address: each for each in proposal.presenter_invitations.all()}
    confirmed = confirmed_addresses(proposal.edition, proposal)
    return [
        PresenterStanding(row, asked.get(plain_address(row.email)), (proposal.pk, row.email.lower()) in confirmed)
        for row in presenters_of(proposal)
    ]


def confirmed_presenters(proposal: Proposal) -> list[Presenter]:
    """Those who are asked again when somebody else changes what is printed of them."""
    return [each.presenter for each in answers_of_presenters(proposal) if each.is_confirmed]


def unconfirmed(viewer: User, edition: Edition) -> list[PresenterStanding]:
    """Presenters of accepted and waitlisted sessions who have not confirmed, as far as a chair may see them."""
    visible = for_chairs(viewer, edition).filter(state__in=EDITABLE_AFTER_DECISION)
    rows = Presenter.objects.filter(proposal__in=visible).select_related("proposal__sponsor", "proposal__format")
    asked = {
        (each.proposal_id, each.address): each
        for each in PresenterInvitation.objects.filter(proposal__in=visible).select_related("proposal")
    }
    confirmed = confirmed_addresses(edition)
    return [
        PresenterStanding(row, asked.get((row.proposal_id, plain_address(row.email))), is_confirmed=False)
        for row in rows.order_by("proposal__sponsor__name", "proposal", "position", "id")
        if (row.proposal_id, row.email.lower()) not in confirmed
    ]
