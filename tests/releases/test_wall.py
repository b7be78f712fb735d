"""A chair with a conflict learns nothing on the way to a release, and hinders nobody's session."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expo.editions.states import RoleKind
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState
from expo.releases import queries
from tests import factories as make
from tests.releases.fixtures import ReleaseFixture, stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def walled() -> tuple[ReleaseFixture, Any, Proposal]:
    """A stage, a cochair who works for the second session's sponsor, and that session's proposal."""
    set_up = stage(2)
    hidden = set_up.sessions[1].proposal
    chair = make.RoleFactory(edition=set_up.edition, kind=RoleKind.COCHAIR).user
    make.AffiliationFactory(user=chair, organisation=hidden.sponsor.organisation)
    return set_up, chair, hidden


def page(set_up: ReleaseFixture, user: Any) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get(reverse("releases:list", args=[set_up.edition.slug])).content.decode()
    return "\n".join(line for line in text.splitlines() if "csrf" not in line)


def change(proposal: Proposal, **fields: Any) -> None:
    Proposal.objects.filter(pk=proposal.pk).update(**fields)


CHANGES: list[dict[str, Any]] = [
    {"state": ProposalState.ACCEPTED},
    {"state": ProposalState.WITHDRAWN},
    {"public_text_approved_at": None},
    {"public_title": "Something else"},
]


@pytest.mark.parametrize("is_published", [False, True])
@pytest.mark.parametrize("fields", CHANGES, ids=str)
def test_the_preview_is_the_same_whatever_happens_behind_the_wall(
    walled: tuple[ReleaseFixture, Any, Proposal], is_published: bool, fields: dict[str, Any]
) -> None:
    set_up, chair, hidden = walled
    if is_published:
        set_up.publish()
    before = page(set_up, chair)
    change(hidden, **fields)
    assert page(set_up, chair) == before
    assert "hidden: conflict" in before
    assert hidden.code not in before


def test_the_other_chair_sees_it(walled: tuple[ReleaseFixture, Any, Proposal]) -> None:
    set_up, _, hidden = walled
    change(hidden, state=ProposalState.ACCEPTED)
    text = page(set_up, set_up.chair)
    assert hidden.code in text
    assert "hidden: conflict" not in text


def test_a_hidden_session_that_is_ready_is_published(walled: tuple[ReleaseFixture, Any, Proposal]) -> None:
    set_up, chair, hidden = walled
    release = set_up.publish(by=chair, leave_out=[hidden.pk])
    assert hidden.code in queries.program_of(release).by_code


def test_a_hidden_session_that_is_not_ready_holds_nothing_up(walled: tuple[ReleaseFixture, Any, Proposal]) -> None:
    set_up, chair, hidden = walled
    change(hidden, state=ProposalState.ACCEPTED)
    release = set_up.publish(by=chair)
    assert set(queries.program_of(release).by_code) == {set_up.sessions[0].proposal.code}


def test_a_hidden_session_keeps_what_its_sponsor_approved_before(walled: tuple[ReleaseFixture, Any, Proposal]) -> None:
    set_up, chair, hidden = walled
    set_up.publish()
    change(hidden, public_text="Not approved", public_text_approved_at=None)
    set_up.add()
    session = queries.program_of(set_up.publish(by=chair)).by_code[hidden.code]
    assert (session.text, session.sequence) == (hidden.public_text, 0)
