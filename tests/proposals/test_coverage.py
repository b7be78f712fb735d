"""Every submitted proposal has a chair and an organiser free of conflict; who can mend it learns of it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import NotAllowed
from expo.proposals.queries.claims import questions
from expo.proposals.queries.coverage import shortages, uncovered
from expo.proposals.services.claim_answers import answer_claim, appoint
from tests import factories as make

from .conftest import CallFixture

COCHAIR, ORGANISER = RoleKind.COCHAIR, RoleKind.ORGANISER


def holder(call: CallFixture, kind: RoleKind, *, walled: bool = False) -> User:
    user = make.RoleFactory(edition=call.edition, kind=kind).user
    if walled:
        make.ConflictFactory(user=user, sponsor=call.sponsor)
    return user


def short(user: User) -> list[tuple[Any, ...]]:
    return [(each.edition, each.missing, each.count, each.codes, each.is_for_staff) for each in shortages(user)]


def test_an_organiser_without_a_conflict_learns_that_every_chair_has_one(call: CallFixture) -> None:
    organiser, walled = holder(call, ORGANISER), holder(call, ORGANISER, walled=True)
    holder(call, COCHAIR, walled=True)
    proposal, _ = call.submitted(), call.submitted(sponsor=call.rival)
    call.draft()
    assert short(organiser) == [(call.edition, (COCHAIR,), 1, (proposal.code,), False)]
    assert short(walled) == []
    holder(call, COCHAIR)
    assert short(organiser) == []


def test_an_open_claim_leaves_a_chair_free(call: CallFixture) -> None:
    organiser, chair = holder(call, ORGANISER), holder(call, COCHAIR)
    proposal = call.submitted()
    for user in (organiser, chair):
        make.PresenterFactory(proposal=proposal, email=user.email)
    assert uncovered(call.edition) == ()
    for user in (organiser, chair):
        (asked,) = questions(user)
        answer_claim(by=user, token=asked.token, is_yes=True)
    assert [each.missing for each in uncovered(call.edition)] == [(COCHAIR, ORGANISER)]


def test_where_no_organiser_may_know_site_staff_learn_how_many_and_appoint_one(
    call: CallFixture, client: Client
) -> None:
    staff, stranger = make.UserFactory(is_staff=True), make.UserFactory()
    organiser = holder(call, ORGANISER, walled=True)
    holder(call, COCHAIR)
    proposal = call.submitted()
    assert short(staff) == [(call.edition, (ORGANISER,), 1, (), True)]
    assert short(organiser) == []
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    home = client.get(reverse("editions:home")).content.decode()
    address = reverse("proposals:appoint", args=[call.edition.slug])
    assert address in home
    assert proposal.code not in home
    for by in (organiser, stranger):
        with pytest.raises(NotAllowed):
            appoint(by=by, edition=call.edition, email="new@chairs.example", kind="organiser")
    with pytest.raises(NotAllowed) as refusal:
        appoint(by=staff, edition=call.edition, email=staff.email, kind="organiser")
    assert refusal.value.code == "appoints-oneself"
    client.post(address, {"email": "new@chairs.example", "kind": "organiser"})
    granted = Entry.objects.get(fact="editions.role_granted", actor=staff)
    assert (granted.data["kind"], granted.edition_id) == ("organiser", call.edition.pk)
    assert short(staff) == []
    assert client.get(address).status_code == 404
