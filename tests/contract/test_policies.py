"""Every address has a policy, and lets in exactly whom this table says. A new address without a row fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import rules
from django.db.models import Model
from django.urls import reverse

from expo.editions.states import Phase
from expo.proposals.states import ProposalState
from tests.contract.addresses import Address, addresses, ours
from tests.contract.fixtures import ContractFixture

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EVERYBODY = frozenset(
    [
        "anonymous",
        "stranger",
        "contact",
        "rival",
        "reviewer",
        "cochair",
        "walled",
        "organiser",
        "foreigner",
        "superuser",
    ]
)
SIGNED_IN = EVERYBODY - {"anonymous"}
TEAM = frozenset({"contact"})
TEAMS = frozenset({"contact", "rival"})
CHAIRS = frozenset({"cochair", "walled"})
RUNNERS = CHAIRS | {"organiser"}
UNWALLED = frozenset({"cochair", "organiser"})
SITE_STAFF = frozenset({"superuser"})
NOBODY: frozenset[str] = frozenset()
COCHAIR, ORGANISER, REVIEWER = frozenset({"cochair"}), frozenset({"organiser"}), frozenset({"reviewer"})

SET_UP = [
    *(
        f"editions:{part}"
        for part in ("breaks", "calendar", "days", "formats", "roles", "rooms", "set-up-as-icml", "setup")
    ),
    *(
        f"editions:{part}"
        for part in ("topics", "tracks", "upload-roles", "roles-rest", "roles-template", "roles-uploaded")
    ),
    *(f"editions:change-{part}" for part in ("break", "day", "format", "room", "topic", "track")),
    *(f"editions:remove-{part}" for part in ("break", "day", "format", "room", "topic", "track")),
    "editions:revoke-role",
    "editions:format-fields",
    *(
        f"sponsors:{part}"
        for part in ("add", "edit", "remove-tier", "rest", "template", "tier", "tiers", "upload", "uploaded")
    ),
]
OWN_PROPOSAL = [
    *(
        f"proposals:{verb}"
        for verb in ("approve-public-text", "availability", "checks", "confirm", "detail", "edit", "public-text")
    ),
    *(f"proposals:{verb}" for verb in ("decline", "discard-changes", "revive", "submit", "withdraw")),
]
MEMBERS = ["change-role", "make-primary", "remove-member"]
RUBRIC = [
    *(f"rubrics:{verb}" for verb in ("add", "change", "discard", "edit", "remove", "set-up", "start")),
    *(
        f"scoring:{verb}"
        for verb in (
            "adopt-rubric",
            "drop-own-rubric",
            "practice-add",
            "practice-change",
            "practice-list",
            "practice-remove",
        )
    ),
]
EXPERTISE = ["away", "bids", "decline-invitation", "join", "publications", "remove-away", "remove-publication"]
PUBLIC_API = [
    *(f"api:{part}" for part in ("docs", "edition", "editions", "feed", "program", "release", "releases")),
    *(f"api:{part}" for part in ("root", "schema", "session")),
]

#: Whom each address lets in, when the proposal in it was accepted and the edition is published.
TABLE: dict[str, frozenset[str]] = {
    "design": EVERYBODY,
    "help": EVERYBODY,
    "guide": EVERYBODY,
    "ops:healthz": EVERYBODY,
    "ops:metrics": EVERYBODY,  # from this machine; from elsewhere with the token
    "ops:readyz": EVERYBODY,
    "ops:reset-second-factor": frozenset({"superuser"}),
    # One's own account
    "accounts:add-affiliation": SIGNED_IN,
    "accounts:end-affiliation": TEAM,  # whose it is
    "accounts:profile": SIGNED_IN,
    "accounts:revoke-token": SIGNED_IN,
    "accounts:tokens": SIGNED_IN,
    "accounts:save-view": SIGNED_IN,
    "accounts:forget-view": SIGNED_IN,
    # Setting up
    "editions:create": frozenset({"superuser"}),
    "editions:detail": EVERYBODY,
    "editions:home": EVERYBODY,
    "editions:move-phase": RUNNERS,
    **dict.fromkeys(SET_UP, ORGANISER),
    "sponsors:cancel-invitation": TEAM | ORGANISER,
    "sponsors:decline-invitation": frozenset({"superuser"}),  # who was invited
    "sponsors:invitation": frozenset({"superuser"}),
    "sponsors:leave-team": TEAM,
    "sponsors:list": RUNNERS,
    "sponsors:picture": TEAM | UNWALLED,  # a presenter's, not published
    **dict.fromkeys([f"sponsors:{verb}" for verb in MEMBERS], TEAM | ORGANISER),
    **dict.fromkeys(["sponsors:approve-profile", "sponsors:unapprove-profile"], TEAM),
    "sponsors:profile": TEAM | ORGANISER,
    "sponsors:resend-invitation": TEAM | ORGANISER,
    "sponsors:send-held": ORGANISER,
    "sponsors:team": TEAM | ORGANISER,
    # Proposals
    "proposals:after": RUNNERS,
    "proposals:answer-change": UNWALLED,
    "proposals:ask-for-change": TEAM,
    "proposals:change-requests": RUNNERS,
    "proposals:late-links": ORGANISER,
    "proposals:revoke-late-link": ORGANISER,
    "proposals:withdraw-change": TEAM,
    "proposals:answer-claim": SIGNED_IN,
    "proposals:autosave": TEAM,
    "proposals:autosave-new": TEAMS,
    "proposals:appoint": NOBODY,  # site staff, while no organiser is free of conflict with some proposal
    "proposals:ask-to-restore": TEAM,
    "proposals:cannot-come": UNWALLED,
    "proposals:compare": TEAM | UNWALLED,
    "proposals:confirm-presenter": UNWALLED,
    "proposals:settle-claim": UNWALLED,
    "proposals:conflicts": TEAMS | RUNNERS | REVIEWER,
    "proposals:mine": TEAMS,
    "proposals:new": TEAMS,
    "proposals:office": ORGANISER,
    "proposals:office-answers": TEAM,
    "proposals:office-fields": ORGANISER,
    "proposals:change-office-field": ORGANISER,
    "proposals:move-office-field": ORGANISER,
    "proposals:remove-office-field": ORGANISER,
    "proposals:present": frozenset({"stranger"}),  # who was named and proved the address
    "proposals:presenter-picture": TEAM | UNWALLED,
    "proposals:presenters": TEAM | UNWALLED,
    "proposals:presenting": EVERYBODY,  # who has the link
    "proposals:presenting-picture": NOBODY,  # this presenter has none
    "proposals:remind-presenters": RUNNERS,
    "proposals:resend-to-presenter": TEAM | UNWALLED,
    "proposals:unconfirmed": RUNNERS,
    "proposals:vouch-for-presenters": RUNNERS,
    "proposals:restore": UNWALLED,
    "proposals:take-back": RUNNERS,  # a conflict with a sponsor to whom nobody here belongs
    **dict.fromkeys(OWN_PROPOSAL, TEAM),
    # Judging
    "rubrics:read": TEAMS | RUNNERS | REVIEWER,
    **dict.fromkeys(RUBRIC, CHAIRS),
    **dict.fromkeys([f"assignments:{part}" for part in EXPERTISE], REVIEWER),
    "assignments:accept": REVIEWER,
    "assignments:assign": COCHAIR,
    "assignments:board": CHAIRS,
    "assignments:conflict": REVIEWER,
    "assignments:conflict-facts": ORGANISER | SITE_STAFF,
    "assignments:decline": REVIEWER,
    "assignments:discard": CHAIRS,
    "assignments:families": SITE_STAFF,
    "assignments:figures": CHAIRS,
    "assignments:import": RUNNERS,
    "assignments:invite": RUNNERS,
    "assignments:import-rest": COCHAIR,  # who sent the table of offers
    "assignments:pair": COCHAIR,
    "assignments:parent-request": SITE_STAFF,
    "assignments:profile": REVIEWER,
    "assignments:proposal": COCHAIR,
    "assignments:publish": CHAIRS,
    "assignments:queue": REVIEWER,
    "assignments:release": COCHAIR,
    "assignments:remind": CHAIRS,
    "assignments:remove-parent": SITE_STAFF,
    "assignments:repair": CHAIRS,
    "assignments:request-parent": ORGANISER | SITE_STAFF,
    "assignments:run": CHAIRS,
    "assignments:save-domains": ORGANISER | SITE_STAFF,
    "assignments:settings": CHAIRS,
    "assignments:start": CHAIRS,
    "assignments:swap": COCHAIR,
    "scoring:ask-revision": COCHAIR,
    "scoring:discussion": COCHAIR,  # and who has reviewed it
    "scoring:dossier": COCHAIR,
    "scoring:enter": COCHAIR,
    "scoring:exclude": COCHAIR,
    "scoring:include": COCHAIR,
    "scoring:keep": REVIEWER,
    "scoring:practice": REVIEWER,
    "scoring:offer-one-more": COCHAIR,
    "scoring:one-more": CHAIRS,
    "scoring:preview": TEAM,
    "scoring:remove-comment": COCHAIR,
    "scoring:review": REVIEWER,
    "scoring:standings": CHAIRS,
    "scoring:withdraw-revision": COCHAIR,
    "decisions:accept-next": COCHAIR,
    "decisions:ask-fit": CHAIRS,
    "decisions:batch": COCHAIR,  # who sees nothing in it and did not create it finds no batch
    "decisions:batches": CHAIRS,
    "decisions:create-batch": CHAIRS,
    "decisions:decide": COCHAIR,
    "decisions:delete-what-if": COCHAIR,  # each chair their own
    "decisions:edit-what-if": COCHAIR,
    "decisions:new-what-if": CHAIRS,
    "decisions:what-if": CHAIRS,
    "decisions:decide-as-suggested": COCHAIR,  # whoever sees the proposals that its chair saw
    "decisions:decide-several": CHAIRS,
    "decisions:desk": CHAIRS,
    "decisions:fit": COCHAIR,  # whoever sees the proposals that its chair saw
    "decisions:fits": CHAIRS,
    "decisions:move-waiting": COCHAIR,
    "decisions:notes": COCHAIR,
    "decisions:put": COCHAIR,
    "decisions:read": COCHAIR,
    "decisions:record": COCHAIR,
    "decisions:release": COCHAIR,
    "decisions:release-place": COCHAIR,
    "decisions:sign-off": COCHAIR,
    "decisions:sign-off-batch": COCHAIR,
    "decisions:take-back-sign-off": COCHAIR,
    "decisions:take-out": COCHAIR,
    "decisions:undo": CHAIRS,
    "insight:audit": RUNNERS,
    "insight:desk": RUNNERS,
    "insight:outbox": ORGANISER,
    "insight:resend": ORGANISER,
    "insight:slices": CHAIRS,
    # The program
    "program:accept-slot": TEAM,
    "program:adopt": RUNNERS,
    "program:constraints": TEAM,
    "program:could-swap": UNWALLED,
    "program:discard": RUNNERS,
    "program:drafts": RUNNERS,
    "program:name": RUNNERS,
    "program:links": RUNNERS,
    "program:pin": UNWALLED,
    "program:remove-link": UNWALLED,
    "program:place": UNWALLED,
    "program:repair": RUNNERS,
    "program:changes": RUNNERS,
    "program:check": UNWALLED,
    "program:close": RUNNERS,
    "program:redo": RUNNERS,
    "program:reopen": RUNNERS,
    "program:resize": UNWALLED,
    "program:run": RUNNERS,
    "program:session": UNWALLED,
    "program:slot": TEAM,
    "program:slots": RUNNERS,
    "program:start": RUNNERS,
    "program:stop": RUNNERS,
    "program:tell": RUNNERS,
    "program:timetable": RUNNERS,
    "program:turn-down": UNWALLED,
    "program:swap": UNWALLED,
    "program:undo": RUNNERS,
    "program:unplace": UNWALLED,
    "program:what-if": RUNNERS,
    "program:why-not": UNWALLED,
    # The day itself
    "onsite:check-in": UNWALLED,
    "onsite:day": RUNNERS,
    "onsite:doors": RUNNERS,
    "onsite:late": UNWALLED,
    "onsite:room": RUNNERS,
    "onsite:undo-check-in": UNWALLED,
    "releases:artefact": EVERYBODY,
    "releases:calendar": EVERYBODY,
    "releases:detail": EVERYBODY,
    "releases:list": RUNNERS,
    "releases:plan": EVERYBODY,
    "releases:preview": TEAM,
    "releases:program": EVERYBODY,
    "releases:publish": RUNNERS,
    "releases:session": EVERYBODY,
    # The API
    "api:assignments": REVIEWER,
    "api:proposal": TEAM,
    "api:proposal-submit": TEAM,
    "api:proposal-withdraw": TEAM,
    "api:proposals": TEAMS,
    **dict.fromkeys(PUBLIC_API, EVERYBODY),
}


@pytest.fixture(autouse=True)
def _no_menu_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits costs a third of a page, asks no policy, and has tests of its own."""
    monkeypatch.setattr("expo.kit.waiting._sources", lambda: ())


def status(world: ContractFixture, address: Address, role: str) -> int:
    """What GET answers; an address that only takes POST says 405 to those it would let in."""
    response = world.browsers[role].get(reverse(address.name, kwargs=world.kwargs_for(address.name, address.keywords)))
    sent_to_sign_in = response.status_code == 302 and "/accounts/login/" in response["Location"]
    return 401 if sent_to_sign_in else response.status_code


def let_in(world: ContractFixture, address: Address) -> frozenset[str]:
    answers = {role: status(world, address, role) for role in sorted(EVERYBODY)}
    assert max(answers.values()) < 500, f"{address}: {answers}"
    return frozenset(role for role, answer in answers.items() if answer not in (401, 403, 404))


def test_every_address_of_ours_names_a_registered_policy() -> None:
    without = [each.name for each in ours() if each.policy is None or not rules.perm_exists(each.policy)]
    assert without == []


def test_third_parties_are_the_known_ones() -> None:
    foreign = {each.name.partition(":")[0].partition("_")[0] for each in addresses() if each.is_third_party}
    assert foreign <= {"account", "mfa", "usersessions", "api", "schema"}


def test_the_table_knows_every_address() -> None:
    assert {each.name for each in ours()} == set(TABLE)


@pytest.mark.parametrize("address", ours(), ids=str)
def test_an_address_lets_in_whom_the_table_says(world: ContractFixture, address: Address) -> None:
    assert let_in(world, address) == TABLE[address.name]


ABOUT_A_PROPOSAL = [each for each in ours() if "proposal" in each.keywords]
LATER = [ProposalState.SUBMITTED, ProposalState.WAITLISTED, ProposalState.REJECTED, ProposalState.WITHDRAWN]


@contextmanager
def changed(row: Model, **fields: Any) -> Iterator[None]:
    """The row as it would be in another state, and then as it was."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    before = rows.values(*fields).get()
    rows.update(**fields)
    try:
        yield
    finally:
        rows.update(**before)


@pytest.mark.parametrize("address", ABOUT_A_PROPOSAL, ids=str)
def test_nobody_but_the_team_sees_a_draft(world: ContractFixture, address: Address) -> None:
    """Public pages read the release, not the proposal, so they stay as they are."""
    with changed(world.proposal, state=ProposalState.DRAFT, submitted_at=None):
        seen = let_in(world, address)
    assert seen <= TEAM or TABLE[address.name] == EVERYBODY


@pytest.mark.parametrize("state", LATER)
@pytest.mark.parametrize("address", ABOUT_A_PROPOSAL, ids=str)
def test_once_submitted_a_proposal_keeps_its_audience(
    world: ContractFixture, address: Address, state: ProposalState
) -> None:
    """Only what was accepted can be given a place."""
    placing = ("program:check", "program:place", "program:why-not")
    expected = NOBODY if address.name in placing else TABLE[address.name]
    with changed(world.proposal, state=state):
        assert let_in(world, address) == expected


def test_an_edition_in_setup_is_known_only_to_who_has_a_part_in_it(world: ContractFixture) -> None:
    detail = next(each for each in ours() if each.name == "editions:detail")
    with changed(world.edition, phase=Phase.SETUP):
        assert let_in(world, detail) == EVERYBODY - {"anonymous", "stranger", "foreigner", "superuser"}
