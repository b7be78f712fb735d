"""Claims: what sponsors typed about people, as a question to the person, and as a list to chairs.

Everything but the answers is computed, so that it also works when the role, the address or the name comes later.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import F
from django.utils.crypto import salted_hmac

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import holders, roles_of
from expo.editions.rules import runs_edition
from expo.editions.states import Phase
from expo.kit.memo import once_per_request
from expo.kit.names import plain_address
from expo.sponsors.models import Sponsor, TeamInvitation
from expo.sponsors.queries import PENDING

from ..claims import NamedCoauthor, NamedPerson, TypedPresenter, matches
from ..models import Claim, Presenter, Proposal
from ..states import ClaimAnswer, ClaimKind, ProposalState
from .conflict_wall import OpenClaim, Relations, relations, relations_of, wall
from .listing import for_chairs

#: So many claims of one sponsor on people with a role are shown to the chairs as unusual.
MANY = 3
IS_PRESENTER = (ClaimKind.ADDRESS, ClaimKind.NAME)


@dataclass(frozen=True)
class ClaimQuestion:
    """What somebody is asked. `title` and `sponsor` are empty where they would tell what is hidden from this person.

    `token` stands for the claim in forms and says nothing about it.
    """

    token: str
    edition: Edition
    kind: ClaimKind
    title: str
    sponsor: str
    address: str
    sponsor_id: int
    proposal_id: int | None


def token_of(user: User, sponsor: int, proposal: int | None) -> str:
    return salted_hmac("expo.proposals.claims", f"{user.pk}:{sponsor}:{proposal}").hexdigest()[:32]


def questions(user: Any, edition: Edition | None = None) -> list[ClaimQuestion]:
    """What somebody with a role is asked, in all editions or in one: a few queries, one for each edition with a claim.

    Who holds no role is a mere presenter, see `presenters.invited_as`.
    """
    if not user.is_authenticated:
        return []
    if edition is None:
        with_role = _with_claims(user)
    else:
        with_role = [edition] if roles_of(user, edition) and edition.phase != Phase.ARCHIVED else []
    asked = [(each, claim) for each in with_role for claim in to_ask(relations_of(user, each).claims)]
    proposals = Proposal.objects.in_bulk([claim.proposal for _, claim in asked if claim.kind == ClaimKind.ADDRESS])
    teams = Sponsor.objects.in_bulk([claim.sponsor for _, claim in asked if claim.kind == ClaimKind.TEAM])
    found = [
        ClaimQuestion(
            token_of(user, claim.sponsor, claim.proposal),
            each,
            claim.kind,
            title=proposals[claim.proposal].name if claim.proposal in proposals else "",
            sponsor=teams[claim.sponsor].name if claim.sponsor in teams else "",
            address=claim.addresses[0] if claim.kind == ClaimKind.ADDRESS else "",
            sponsor_id=claim.sponsor,
            proposal_id=claim.proposal,
        )
        for each, claim in asked
    ]
    return sorted(found, key=lambda each: (-each.edition.pk, each.token))


def _with_claims(user: User) -> list[Edition]:
    """The running editions in which somebody holds a role and may be meant, so that home asks little of the rest."""
    rows = Edition.objects.filter(roles__user=user).exclude(phase=Phase.ARCHIVED).distinct().order_by("-id")
    running = {each.pk: each for each in rows}
    if not running:
        return []
    presenters: dict[int, list[TypedPresenter]] = defaultdict(list)
    typed = Presenter.objects.filter(proposal__edition__in=running).exclude(proposal__state=ProposalState.DRAFT)
    for pk, name, address, of in typed.values_list("id", "name", "email", "proposal__edition"):
        presenters[of].append(TypedPresenter(pk, name, address, 0, 0))
    addresses = [*EmailAddress.objects.filter(user=user, verified=True), *user.former_addresses.all()]
    me = NamedPerson(user.pk, user.name, frozenset({user.email, *(each.email for each in addresses)}))
    coauthors = [NamedCoauthor(user.pk, name, None) for name in user.coauthors.values_list("name", flat=True)]
    concerned = {pk for pk, rows in presenters.items() if matches([me], coauthors, rows, today=date.min, years=0)}
    concerned |= set(
        Claim.objects.filter(user=user, answer=ClaimAnswer.OPEN).values_list("sponsor__edition", flat=True)
    )
    return [each for pk, each in running.items() if pk in concerned]


def to_ask(open_claims: Iterable[OpenClaim]) -> list[OpenClaim]:
    """Where a conflict keeps somebody away already, only what says whether they present is still of use."""
    return [each for each in open_claims if not each.is_covered or each.kind in IS_PRESENTER]


def _proved(users: Collection[int]) -> dict[int, set[str]]:
    """The addresses that these people have proved, in their plain form."""
    addresses: dict[int, set[str]] = defaultdict(set)
    for user, email in EmailAddress.objects.filter(user__in=users, verified=True).values_list("user", "email"):
        addresses[user].add(plain_address(email))
    return addresses


@once_per_request
def _of_holders(edition: Edition) -> tuple[dict[int, User], Relations]:
    """Everybody with a role in an edition, and what stands between them and its sponsors."""
    people = {user.pk: user for user in holders(edition)}
    return people, relations(list(people.values()), edition)


# --- What chairs see of it ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ClaimRow:
    """A claim about somebody else, with what became of it. `what` is a sentence."""

    user: User
    sponsor: Sponsor
    proposal: Proposal | None
    what: str
    answer: ClaimAnswer
    answered_by: User | None
    answered_at: datetime | None
    reason: str

    @property
    def edition(self) -> Edition:
        return self.sponsor.edition

    @property
    def token(self) -> str:
        return token_of(self.user, self.sponsor.pk, self.proposal.pk if self.proposal else None)

    @property
    def is_by_chair(self) -> bool:
        return self.answered_by is not None and self.answered_by != self.user

    @property
    def may_confirm(self) -> bool:
        """A chair may make it a conflict; what is one may be taken back."""
        return self.answer != ClaimAnswer.YES

    @property
    def outcome(self) -> str:
        return "has a conflict of interest with it" if self.may_confirm else "is not kept from it by this claim"


TYPED = {
    ClaimKind.ADDRESS: "Has the address of a presenter",
    ClaimKind.NAME: "Has the name of a presenter",
    ClaimKind.COAUTHOR: "Listed a coauthor with the name of a presenter",
    ClaimKind.TEAM: "Was put into the team",
}


def claims_for(viewer: User, edition: Edition) -> list[ClaimRow]:
    """All claims about other people with a role, open ones first, as far as the viewer may see what they are about."""
    if not runs_edition(viewer, edition):
        return []
    hidden = wall(viewer, edition)
    people, related = _of_holders(edition)
    typed = [each for each in related.claims if each.user != viewer.pk and not each.is_covered]
    others = people.keys() - {viewer.pk}
    answered = list(
        Claim.objects.filter(user__in=others, sponsor__edition=edition)
        .exclude(answer=ClaimAnswer.OPEN)
        .select_related("user", "answered_by")
        .order_by("-answered_at", "-id")
    )
    sponsors = (
        edition.sponsors.exclude(pk__in=hidden.sponsors)
        .select_related("edition")
        .in_bulk({*(each.sponsor for each in typed), *(each.sponsor_id for each in answered)})
    )
    visible = (
        for_chairs(viewer, edition)
        .select_related("format")
        .in_bulk({pk for pk in (*(each.proposal for each in typed), *(each.proposal_id for each in answered)) if pk})
    )
    rows = [
        ClaimRow(
            people[each.user],
            sponsors[each.sponsor],
            visible.get(each.proposal or 0),
            f"{TYPED[each.kind]}: {names}."
            if (names := ", ".join(dict.fromkeys(each.names)))
            else f"{TYPED[each.kind]}.",
            ClaimAnswer.OPEN,
            None,
            None,
            "",
        )
        for each in typed
        if each.sponsor in sponsors and (each.proposal is None or each.proposal in visible)
    ]
    rows += [
        ClaimRow(
            each.user,
            sponsors[each.sponsor_id],
            visible.get(each.proposal_id or 0),
            f"{TYPED[ClaimKind(each.kind)]}.",
            ClaimAnswer(each.answer),
            each.answered_by,
            each.answered_at,
            each.reason,
        )
        for each in answered
        if each.sponsor_id in sponsors and (each.proposal_id is None or each.proposal_id in visible)
    ]
    return sorted(rows, key=lambda row: row.answer != ClaimAnswer.OPEN)


def open_pairs(users: Collection[User], edition: Edition) -> set[tuple[int, int]]:
    """(proposal, person) with an open claim that nothing else covers; a run's preview lists them."""
    claims = relations(users, edition).claims
    teams = {each.sponsor for each in claims if each.proposal is None}
    of = Proposal.objects.filter(edition=edition, sponsor__in=teams).values_list("sponsor", "pk") if teams else ()
    by_sponsor = defaultdict(list)
    for sponsor, pk in of:
        by_sponsor[sponsor].append(pk)
    return {
        (pk, each.user)
        for each in claims
        if not each.is_covered
        for pk in (by_sponsor[each.sponsor] if each.proposal is None else [each.proposal])
    }


def pending_by_sponsor(edition: Edition) -> dict[int, int]:
    """Sponsor → how many claims it has on people with a role without their yes, as presenters or invited to its team.

    Coauthors are nothing unusual: the sponsor named somebody else. A name counts once for each person who has it, since
    people choose their own, and could take that of one presenter after the other; a sponsor's own employees never do.
    """
    people, related = _of_holders(edition)
    claims = [(each.sponsor, each.user, each.kind) for each in related.claims if not each.is_covered]
    claims = [each for each in claims if each[2] in IS_PRESENTER]
    claims += [(each.sponsor, each.user, each.kind) for each in related.answers if each.answer == ClaimAnswer.NO]
    conflicted = {(each.sponsor, each.user) for each in related.conflicts if each.proposal is None}
    return Counter(
        [
            *(sponsor for sponsor, _, kind in claims if kind in (ClaimKind.ADDRESS, ClaimKind.TEAM)),
            *(sponsor for sponsor, _ in {(sponsor, user) for sponsor, user, kind in claims if kind == ClaimKind.NAME}),
            *(sponsor for sponsor, user in _invited(people.values(), edition) if (sponsor, user) not in conflicted),
        ]
    )


def _invited(people: Collection[User], edition: Edition) -> list[tuple[int, int]]:
    """(sponsor, person with a role) whom its own team invited and who has not joined."""
    pending = TeamInvitation.objects.filter(PENDING, sponsor__edition=edition)
    rows = pending.filter(invited_by__teams__sponsor=F("sponsor")).values_list("sponsor", "email").distinct()
    typed = [(sponsor, plain_address(email)) for sponsor, email in rows]
    if not typed:
        return []
    proved = _proved([user.pk for user in people])
    owners: dict[str, set[int]] = defaultdict(set)
    for user in people:
        for address in {plain_address(user.email), *proved[user.pk]}:
            owners[address].add(user.pk)
    return [(sponsor, user) for sponsor, address in typed for user in owners[address]]


def unusual(viewer: User, edition: Edition) -> list[tuple[Sponsor, int]]:
    """Sponsors with many claims on people with a role, with how many, but for those the viewer has a conflict with."""
    if not runs_edition(viewer, edition):
        return []
    many = {sponsor: count for sponsor, count in pending_by_sponsor(edition).items() if count >= MANY}
    rows = edition.sponsors.filter(pk__in=many).exclude(pk__in=wall(viewer, edition).sponsors).order_by("name")
    return [(sponsor, many[sponsor.pk]) for sponsor in rows]
