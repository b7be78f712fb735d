"""Declare conflicts, and change the facts that others follow from: a sponsor's mail domains, who belongs to whom.

An organiser changes the domains of a sponsor of their own edition. A parent counts in every edition, so an organiser
requests it and site staff confirm it, or take it away. Nobody decides where they have a conflict themselves.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from expo.accounts.models import Organisation, User
from expo.accounts.services import ensure_organisation
from expo.editions.models import Edition
from expo.editions.services.parts import locked
from expo.journal.models import Entry
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.memo import forget
from expo.kit.policy import allowed, require
from expo.notify.services import post
from expo.sponsors.models import ParentRequest, Sponsor
from expo.sponsors.services.sponsors import put_domains
from expo.sponsors.states import PARENT_STATES, ParentState

from ..models import Conflict, Proposal
from ..queries.known_conflicts import ancestors, editions_touched, own_conflicts_among
from ..texts import checked_reason

MOST_DETAIL = 200


@transaction.atomic
def declare_conflict(
    *, by: User, user: User, sponsor: Sponsor, proposal: Proposal | None = None, detail: str = ""
) -> Conflict:
    """Keep somebody away from a sponsor, or from one of its proposals, from now on; twice is the same as once."""
    require(by, "proposals.declare_conflict" if by == user else "proposals.declare_for_others", sponsor)
    if by != user and proposal is not None:
        require(by, "proposals.chair", proposal)
    if proposal is not None and proposal.sponsor_id != sponsor.pk:
        raise Invalid(
            "foreign-proposal",
            f"This is not a proposal of {sponsor}. Choose the sponsor it belongs to.",
            field="proposal",
        )
    detail = checked_reason(detail, most=MOST_DETAIL, one_line=True, field="detail")
    conflict, is_new = Conflict.objects.get_or_create(
        user=user, sponsor=sponsor, proposal=proposal, defaults={"detail": detail, "declared_by": by}
    )
    if is_new:
        _record("conflict_declared", conflict, by)
    return conflict


@transaction.atomic
def take_back_conflict(*, by: User, conflict: Conflict) -> None:
    """Remove a declared conflict: for chairs and organisers outside it, never for the person it keeps away."""
    if not allowed(by, "proposals.take_back_conflict", conflict):
        raise NotAllowed(
            "take-back-needs-a-chair",
            "A declared conflict is taken back by a chair or organiser who has none with this sponsor: "
            "otherwise people could learn what is hidden from them by declaring one and taking it back. "
            "Ask one of them.",
        )
    _record("conflict_taken_back", conflict, by)
    conflict.delete()


def _record(fact: str, conflict: Conflict, by: User) -> None:
    forget()
    data = {"user": conflict.user_id, "sponsor": conflict.sponsor_id, "proposal": conflict.proposal_id}
    edition_id = conflict.sponsor.edition_id
    record(
        f"proposals.{fact}", by=by, target=conflict, edition_id=edition_id, proposal_id=conflict.proposal_id, data=data
    )


@transaction.atomic
def save_domains(*, by: User, sponsor: Sponsor, domains: Iterable[str]) -> Sponsor:
    """Give a sponsor these mail domains and no others; they make conflicts in its edition alone."""
    require(by, "proposals.change_conflict_facts", sponsor)
    locked(sponsor.edition)
    fresh = Sponsor.objects.select_related("edition", "organisation").get(pk=sponsor.pk)
    put_domains(by, fresh, domains)
    return fresh


@transaction.atomic
def request_parent(*, by: User, sponsor: Sponsor, name: str, is_subsidiary: bool = False) -> ParentRequest:
    """Say that a sponsor's organisation belongs to another, or another to it. It counts once site staff confirm it."""
    require(by, "proposals.change_conflict_facts", sponsor)
    sponsor = Sponsor.objects.select_related("organisation__parent", "edition").get(pk=sponsor.pk)
    other = ensure_organisation(by=by, name=name, field="name")
    organisation, parent = (other, sponsor.organisation) if is_subsidiary else (sponsor.organisation, other)
    _check_link(organisation, parent)
    if ParentRequest.objects.filter(organisation=organisation, parent=parent, state=ParentState.OPEN).exists():
        raise Invalid(
            "parent-requested",
            f"Somebody has requested this already. Site staff will confirm that {organisation} belongs to {parent}, "
            "or decline it.",
            field="name",
        )
    made = ParentRequest.objects.create(organisation=organisation, parent=parent, sponsor=sponsor, requested_by=by)
    entry = record("sponsors.parent_requested", by=by, target=made, edition_id=sponsor.edition_id, data=_about(made))
    staff = User.objects.filter(is_staff=True, is_active=True).exclude(pk=by.pk).order_by("id")
    post("sponsors/parent_requested", to=staff, entry=entry, context={"asked": made})
    return made


def _check_link(organisation: Organisation, parent: Organisation) -> None:
    if organisation == parent:
        raise Invalid("own-parent", f"{organisation} cannot belong to itself. Name another organisation.", field="name")
    if organisation.parent_id == parent.pk:
        raise Invalid("parent-known", f"{organisation} belongs to {parent} already.", field="name")
    if organisation.parent is not None:
        raise WrongState(
            "has-a-parent",
            f"{organisation} belongs to {organisation.parent} already, and an organisation has one parent. "
            "If that is wrong, ask site staff to remove it first.",
            field="name",
        )
    if organisation.pk in ancestors(parent):
        raise Invalid(
            "parent-cycle",
            f"{parent} belongs to {organisation} itself, so {organisation} cannot belong to it.",
            field="name",
        )


@transaction.atomic
def confirm_parent(*, by: User, request: ParentRequest) -> ParentRequest:
    """Make a requested parent count, in every edition."""
    request = _decided(by, request, ParentState.CONFIRMED)
    _check_link(request.organisation, request.parent)
    entry = _set_parent(by, request.organisation, request.parent, "sponsors.parent_confirmed")
    _notify(request, entry)
    return request


@transaction.atomic
def decline_parent(*, by: User, request: ParentRequest) -> ParentRequest:
    """Decline a requested parent; nothing changes."""
    request = _decided(by, request, ParentState.DECLINED)
    edition_id = request.sponsor.edition_id if request.sponsor else None
    data = _about(request)
    _notify(request, record("sponsors.parent_declined", by=by, target=request, edition_id=edition_id, data=data))
    return request


def _notify(request: ParentRequest, entry: Entry) -> None:
    """Who asked gets the answer."""
    if request.requested_by and request.sponsor and request.requested_by.is_active:
        context = {"asked": request, "is_confirmed": request.state == ParentState.CONFIRMED}
        post("sponsors/parent_decided", to=[request.requested_by], entry=entry, context=context)


@transaction.atomic
def remove_parent(*, by: User, organisation: Organisation) -> Organisation:
    """Take an organisation's parent away; what it made a conflict is none from now on."""
    require(by, "proposals.decide_parents")
    _lock_links(organisation)
    organisation = Organisation.objects.select_related("parent").get(pk=organisation.pk)
    parent = organisation.parent
    if parent is None:
        raise WrongState("no-parent", f"{organisation} belongs to no other organisation any more.")
    _require_no_conflict(by, organisation, parent, after=None)
    confirmed = ParentRequest.objects.filter(organisation=organisation, state=ParentState.CONFIRMED)
    confirmed.update(state=ParentState.REMOVED, decided_by=by, decided_at=clock.now())
    _set_parent(by, organisation, None, "sponsors.parent_removed")
    return organisation


def _decided(by: User, request: ParentRequest, state: ParentState) -> ParentRequest:
    """The request, locked and moved to its new state."""
    require(by, "proposals.decide_parents")
    _lock_links(request.organisation, request.parent)
    rows = ParentRequest.objects.select_for_update(of=("self",)).select_related("sponsor__edition")
    request = rows.select_related("organisation__parent", "parent", "requested_by").get(pk=request.pk)
    PARENT_STATES.check(ParentState(request.state), state)
    _require_no_conflict(by, request.organisation, request.parent, after=request.parent)
    request.state, request.decided_by, request.decided_at = state, by, clock.now()
    request.save(update_fields=["state", "decided_by", "decided_at"])
    return request


def _lock_links(*organisations: Organisation) -> None:
    """Links are made one at a time: two at once could close a circle."""
    linked = Q(parent__isnull=False) | Q(pk__in=[each.pk for each in organisations])
    list(Organisation.objects.select_for_update(no_key=True, of=("self",)).filter(linked).order_by("id"))


def _require_no_conflict(
    by: User, organisation: Organisation, parent: Organisation, after: Organisation | None
) -> None:
    """Nobody decides about sponsors with which they have a conflict, before or after."""
    names = own_conflicts_among(by, organisation, parent, after)
    if names:
        raise NotAllowed(
            "own-conflict",
            f"You have a conflict of interest with {', '.join(names)}, so another member of site staff decides. "
            "The people who run the server can name more staff.",
        )


def _set_parent(by: User, organisation: Organisation, parent: Organisation | None, fact: str) -> Entry:
    """Change the link, and record it in every edition that it concerns: there the assignments are checked again."""
    before = organisation.parent
    touched: list[Edition | None] = [*editions_touched(organisation, parent or before)]
    organisation.parent = parent
    organisation.save(update_fields=["parent"])
    forget()
    data = {"organisation": organisation.name, "parent": str(parent or before)}
    entries = [
        record(fact, by=by, target=organisation, edition_id=edition.pk if edition else None, data=data)
        for edition in touched or [None]
    ]
    return entries[0]


def _about(request: ParentRequest) -> dict[str, str]:
    return {"organisation": request.organisation.name, "parent": request.parent.name}
