"""What a proposal's page offers its team is what the services do, in every state, phase and stage of the call."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.errors import Refused
from expo.proposals.models import LateLink, Proposal
from expo.proposals.queries.status import ProposalStatus, status_of
from expo.proposals.services.change_requests import ask_for_change, withdraw_change_request
from expo.proposals.services.drafts import discard_changes, edit
from expo.proposals.services.public_text import approve_public_text, change_public_text
from expo.proposals.services.submission import ask_to_restore, confirm, decline, revive, submit, withdraw
from expo.proposals.states import RESTORABLE, ProposalState
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STATES = [*(each for each in ProposalState if each != ProposalState.WITHDRAWN), *(f"withdrawn {a}" for a in RESTORABLE)]
PHASES = [each for each in Phase if each != Phase.SETUP]
Verb = Callable[[User, Proposal], Any]


def _latest(proposal: Proposal) -> int:
    return getattr(proposal, "working_copy", proposal).version


#: What the page offers, and the verb behind it.
OFFERS: dict[str, tuple[Callable[[ProposalStatus], bool], Verb]] = {
    "edit": (lambda s: s.may_edit, lambda by, it: edit(by=by, proposal=it, version=_latest(it), title="New words")),
    "submit": (lambda s: s.may_submit, lambda by, it: submit(by=by, proposal=it)),
    "discard": (
        lambda s: s.copy is not None and s.open_request is None,
        lambda by, it: discard_changes(by=by, proposal=it),
    ),
    "ask for a change": (
        lambda s: s.may_ask_for_change,
        lambda by, it: ask_for_change(by=by, proposal=it, reason="A number was wrong."),
    ),
    "withdraw the request": (
        lambda s: s.open_request is not None,
        lambda by, it: withdraw_change_request(by=by, proposal=it),
    ),
    "withdraw": (lambda s: s.may_withdraw, lambda by, it: withdraw(by=by, proposal=it)),
    "revive": (lambda s: s.may_revive, lambda by, it: revive(by=by, proposal=it)),
    "ask to restore": (lambda s: s.may_ask_to_restore, lambda by, it: ask_to_restore(by=by, proposal=it)),
    "confirm": (lambda s: s.may_confirm, lambda by, it: confirm(by=by, proposal=it)),
    "decline": (lambda s: s.may_decline, lambda by, it: decline(by=by, proposal=it)),
    "mend the public text": (
        lambda s: s.may_edit_after_decision,
        lambda by, it: change_public_text(
            by=by, proposal=it, version=it.version, public_title="New", public_text="New", approve=True
        ),
    ),
    "approve": (lambda s: s.may_approve, lambda by, it: approve_public_text(by=by, proposal=it)),
}
#: What is refused to nobody although the page does not offer it again.
NOT_REFUSED = {"approve"}


@pytest.fixture
def edition(db: None) -> Edition:
    return make.EditionFactory(call_closes_at=clock.now() - timedelta(hours=2))


def _proposal(edition: Edition, state: str, copy: str) -> tuple[Proposal, User]:
    tier, talk = make.TierFactory(edition=edition), make.FormatFactory(edition=edition)
    make.EntitlementFactory(tier=tier, format=talk, may_submit=9, may_be_accepted=9)
    sponsor = make.SponsorFactory(edition=edition, tier=tier)
    member = make.TeamMemberFactory(sponsor=sponsor).user
    now, _, before = state.partition(" ")
    proposal = make.ProposalFactory(
        edition=edition, sponsor=sponsor, format=talk, created_by=member, state=ProposalState.DRAFT
    )
    make.PresenterFactory(proposal=proposal)
    fields: dict[str, Any] = {"state": now}
    if now != ProposalState.DRAFT:
        fields["submitted_at"] = clock.now()
    if before:
        fields |= {"withdrawn_from": before, "withdrawn_at": clock.now()}
    Edition.objects.filter(pk=edition.pk).update(phase=Phase.REVIEW)
    if copy and now == ProposalState.SUBMITTED:
        Proposal.objects.filter(pk=proposal.pk).update(state=ProposalState.SUBMITTED, submitted_at=clock.now())
        edit(by=member, proposal=Proposal.objects.get(pk=proposal.pk), version=1, abstract="Changed. " * 20)
        if copy == "asked":
            ask_for_change(by=member, proposal=Proposal.objects.get(pk=proposal.pk), reason="A number was wrong.")
    Proposal.objects.filter(pk=proposal.pk).update(**fields)
    return proposal, member


def _fresh(proposal: Proposal) -> Proposal:
    return Proposal.objects.select_related("edition", "sponsor", "format", "working_copy").get(pk=proposal.pk)


def _is_refused(verb: Verb, by: User, proposal: Proposal) -> str:
    with transaction.atomic():
        try:
            verb(by, _fresh(proposal))
        except Refused as refused:
            return refused.code
        finally:
            transaction.set_rollback(True)
    return ""


@pytest.mark.parametrize("call", ["open", "grace", "late link", "closed"])
@pytest.mark.parametrize("copy", ["", "changed", "asked"])
@pytest.mark.parametrize("state", STATES)
def test_each_verb_that_is_offered_is_done_and_each_other_is_refused(
    edition: Edition, state: str, copy: str, call: str
) -> None:
    if copy and state != ProposalState.SUBMITTED:
        return
    proposal, member = _proposal(edition, state, copy)
    now = clock.now()
    dates = {"call_closes_at": now - timedelta(hours=2), "call_grace_minutes": 600 if call == "grace" else 0}
    if call == "open":
        dates["call_closes_at"] = now + timedelta(days=1)
    if call == "late link":
        LateLink.objects.create(
            sponsor=proposal.sponsor, expires_at=now + timedelta(hours=1), reason="Network", granted_by=member
        )
    wrong = []
    for phase in PHASES:
        Edition.objects.filter(pk=edition.pk).update(phase=phase, **dates)
        status = status_of(_fresh(proposal), now)
        for name, (is_offered, verb) in OFFERS.items():
            offered, refused = is_offered(status), _is_refused(verb, member, proposal)
            if (offered and refused) or (not offered and not refused and name not in NOT_REFUSED):
                wrong.append((phase.value, name, "offered" if offered else "not offered", refused))
    assert wrong == []
