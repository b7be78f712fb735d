"""Nobody is sent in a circle: whom a refusal names can do what it says, in that very state; and nobody is stuck."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.kit import clock
from expo.kit.errors import WHO, Refused
from expo.program.services import slots
from expo.proposals.models import Proposal
from expo.proposals.services.constraints import set_constraints
from expo.proposals.services.drafts import discard_changes, edit, set_presenters
from expo.proposals.services.presenters import change_presenters, enter_availability, set_availability
from expo.proposals.services.public_text import approve_public_text, change_public_text
from expo.proposals.services.submission import (
    ask_to_restore,
    confirm,
    decline,
    lapse,
    restore,
    revive,
    submit,
    withdraw,
)
from expo.proposals.states import RESTORABLE, ProposalState
from reviews.decisions.models import Batch, Decision, Released
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.services import decisions
from reviews.decisions.states import Verdict
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ROLES = tuple(WHO)
STATES = [*(each for each in ProposalState if each != ProposalState.WITHDRAWN), *(f"withdrawn {a}" for a in RESTORABLE)]
STATES.append("withdrawn draft")
PHASES = [each for each in Phase if each != Phase.SETUP]
#: The verdict that a proposal in this state was given.
GIVEN = {"accepted": Verdict.ACCEPT, "confirmed": Verdict.ACCEPT, "waitlisted": Verdict.WAITLIST, "rejected": "reject"}
STAND_IN = [{"name": "Stand In", "email": "stand.in@vendor.example"}]
Verb = Callable[[User, Proposal], Any]


@dataclass
class Place:
    """A proposal in one state of one phase, and a person for each role."""

    proposal: Proposal
    people: dict[str, User]

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Whatever is done inside did not happen."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


def _decide(verdict: str) -> Verb:
    def verb(by: User, proposal: Proposal) -> Any:
        found = Decision.objects.filter(proposal=proposal).first()
        version = found.version if found else 0
        return decisions.decide(
            by=by,
            proposal=proposal,
            verdict=verdict,
            reason="chairs_call",
            feedback="New.",
            version=version,
            confirmed=ASKS,
        )

    return verb


def _text(by: User, proposal: Proposal) -> Any:
    return change_public_text(
        by=by, proposal=proposal, version=proposal.version, public_title="New", public_text="New", approve=True
    )


VERBS: dict[str, Verb] = {
    "edit": lambda by, it: edit(by=by, proposal=it, version=it.version, title="New"),
    "submit": lambda by, it: submit(by=by, proposal=it),
    "discard": lambda by, it: discard_changes(by=by, proposal=it),
    "withdraw": lambda by, it: withdraw(by=by, proposal=it),
    "revive": lambda by, it: revive(by=by, proposal=it),
    "ask to restore": lambda by, it: ask_to_restore(by=by, proposal=it),
    "restore": lambda by, it: restore(by=by, proposal=it),
    "confirm": lambda by, it: confirm(by=by, proposal=it),
    "decline": lambda by, it: decline(by=by, proposal=it),
    "lapse": lambda by, it: lapse(by=by, proposal=it),
    "set presenters": lambda by, it: set_presenters(by=by, proposal=it, presenters=STAND_IN),
    "change presenters": lambda by, it: change_presenters(by=by, proposal=it, presenters=STAND_IN),
    "mend the text": _text,
    "approve the text": lambda by, it: approve_public_text(by=by, proposal=it),
    "say what it needs": lambda by, it: set_constraints(by=by, proposal=it, version=it.version),
    "say who is away": lambda by, it: set_availability(by=by, proposal=it, away={}),
    "enter who is away": lambda by, it: enter_availability(by=by, proposal=it, away={}),
    "ask for another slot": lambda by, it: slots.ask_for_change(by=by, proposal=it, number=1, note="Later."),
    **{f"decide {verdict}": _decide(verdict) for verdict in Verdict},
}
#: Which verb a refusal means by its words.
MEANT = {
    "enter it": "change presenters",
    "withdraw it": "withdraw",
    "restore it": "restore",
    "restore it, if it was withdrawn by mistake": "restore",
}
#: Words that name somebody who is to do it, other than the sentence made from `who_can`.
NAMES = re.compile(
    r"\b(ask|tell)\b[^.]*\b(organis|chair|cochair|team|sponsor)|\b(organisers?|(co)?chairs?|team|sponsor) (can|may)\b",
    re.IGNORECASE,
)


@pytest.fixture
def edition(db: None) -> Edition:
    edition = make.EditionFactory()
    make.DayFactory(edition=edition)
    return edition


def _put(edition: Edition, state: str, phase: Phase, *, has_begun: bool = False) -> Place:
    edition.phase = phase
    edition.save()
    if phase != Phase.CALL:
        Edition.objects.filter(pk=edition.pk).update(call_closes_at=clock.now())
    if has_begun:
        edition.days.update(date=clock.now().date().replace(year=2020))
    tier, talk = make.TierFactory(edition=edition), make.FormatFactory(edition=edition)
    make.EntitlementFactory(tier=tier, format=talk, may_submit=9, may_be_accepted=9)
    sponsor = make.SponsorFactory(edition=edition, tier=tier)
    people = {
        "team": make.TeamMemberFactory(sponsor=sponsor).user,
        "organiser": make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user,
        "cochair": make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user,
    }
    now, _, before = state.partition(" ")
    submitted_at = None if "draft" in state else clock.now()
    withdrawn = {"withdrawn_from": before.replace("draft", ""), "withdrawn_at": clock.now()} if before else {}
    fields = {"sponsor": sponsor, "format": talk, "created_by": people["team"], "submitted_at": submitted_at}
    proposal = make.ProposalFactory(edition=edition, state=now, **fields, **withdrawn)
    make.PresenterFactory(proposal=proposal)
    if verdict := GIVEN.get(before or now):
        _give(proposal, verdict, people["cochair"])
    fresh = Proposal.objects.select_related("edition", "sponsor", "format").get(pk=proposal.pk)
    return Place(fresh, people)


def _give(proposal: Proposal, verdict: str, by: User) -> None:
    at = {"state": "released", "released_by": by, "released_at": clock.now()}
    batch: Batch = make.BatchFactory(edition=proposal.edition, created_by=by, **at)
    decision = make.DecisionFactory(proposal=proposal, verdict=verdict, batch=batch, decided_by=by)
    fields = {name: getattr(decision, name) for name in ("proposal", "batch", "verdict", "reason", "digest")}
    Released.objects.create(snapshot={"decision": {"note": "", "by": by.pk, "at": clock.now().isoformat()}}, **fields)
    Proposal.objects.filter(pk=proposal.pk).update(verdict_at=clock.now())


def _refusal(place: Place, role: str, verb: str) -> Refused | None:
    with place.trying():
        try:
            VERBS[verb](place.people[role], Proposal.objects.select_related("edition").get(pk=place.proposal.pk))
        except Refused as refused:
            return refused
    return None


def _wrong(place: Place, role: str, verb: str) -> Iterator[str]:
    """What a refusal promises and does not keep."""
    refused = _refusal(place, role, verb)
    if refused is None:
        return
    sentence = f"{verb} by the {role}: {refused.message}"
    made = refused.message.rpartition(". ")[0] if refused.who_can else refused.message
    if NAMES.search(made):
        yield f"{sentence} (names somebody in free words)"
    for named in refused.who_can:
        other = _refusal(place, named, MEANT[refused.can])
        if other is not None:
            yield f"{sentence} But then: {other.message}"


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("state", STATES)
def test_whom_a_refusal_names_is_not_refused(edition: Edition, state: str, phase: Phase) -> None:
    place = _put(edition, state, phase)
    assert [line for verb in VERBS for role in ROLES for line in _wrong(place, role, verb)] == []


@pytest.mark.parametrize("state", ["accepted", "confirmed", "waitlisted"])
def test_once_the_event_has_begun_too(edition: Edition, state: str) -> None:
    place = _put(edition, state, Phase.PUBLISHED, has_begun=True)
    assert _refusal(place, "team", "change presenters").code == "event-began"
    assert [line for verb in VERBS for role in ROLES for line in _wrong(place, role, verb)] == []


#: What puts an honest mistake right in each state: the role and its verb.
MENDED_BY = {
    "submitted": ("cochair", "decide accept"),
    "accepted": ("team", "change presenters"),
    "confirmed": ("team", "mend the text"),
    "waitlisted": ("cochair", "decide accept"),
    "rejected": ("cochair", "decide accept"),
    **{f"withdrawn {state}": ("organiser", "restore") for state in RESTORABLE},
}


@pytest.mark.parametrize("phase", [Phase.DECIDE, Phase.SCHEDULE, Phase.PUBLISHED])
@pytest.mark.parametrize("state", MENDED_BY)
def test_nobody_is_stuck(edition: Edition, state: str, phase: Phase) -> None:
    assert _refusal(_put(edition, state, phase), *MENDED_BY[state]) is None
