"""Declared conflicts: by oneself or by a chair outside the wall; taken back only by such a chair."""

import pytest

from expo.accounts.models import User
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed
from expo.proposals.models import Conflict
from expo.proposals.queries.known_conflicts import declared_by_others
from expo.proposals.queries.listing import for_chairs
from expo.proposals.services.conflict_facts import declare_conflict, take_back_conflict
from tests import factories as make

from .conftest import CallFixture


def role(call: CallFixture, kind: RoleKind) -> User:
    return make.RoleFactory(edition=call.edition, kind=kind).user


def test_declaring_hides_the_sponsor_at_once(call: CallFixture) -> None:
    chair = role(call, RoleKind.COCHAIR)
    call.submitted()
    declare_conflict(by=chair, user=chair, sponsor=call.sponsor, detail="Joint paper")
    assert list(for_chairs(chair, call.edition)) == []
    entry = Entry.objects.get(fact="proposals.conflict_declared")
    expected = {"user": chair.pk, "sponsor": call.sponsor.pk, "proposal": None}
    assert (entry.data, entry.edition_id, entry.actor) == (expected, call.edition.pk, chair)


def test_one_proposal_may_be_declared_alone(call: CallFixture) -> None:
    chair = role(call, RoleKind.COCHAIR)
    one, other = call.submitted(), call.submitted()
    declare_conflict(by=chair, user=chair, sponsor=call.sponsor, proposal=one)
    assert list(for_chairs(chair, call.edition)) == [other]


def test_declaring_twice_changes_nothing(call: CallFixture) -> None:
    reviewer = role(call, RoleKind.REVIEWER)
    for _ in range(2):
        declare_conflict(by=reviewer, user=reviewer, sponsor=call.sponsor)
    assert (Conflict.objects.count(), Entry.objects.count()) == (1, 1)


def test_a_proposal_of_another_sponsor_is_refused(call: CallFixture) -> None:
    reviewer = role(call, RoleKind.REVIEWER)
    with pytest.raises(Invalid):
        declare_conflict(by=reviewer, user=reviewer, sponsor=call.rival, proposal=call.submitted())


def test_nobody_is_declared_by_a_stranger_or_from_behind_the_wall(call: CallFixture, elsewhere: CallFixture) -> None:
    reviewer, walled = role(call, RoleKind.REVIEWER), role(call, RoleKind.COCHAIR)
    make.AffiliationFactory(user=walled, organisation=call.sponsor.organisation)
    for person in (walled, role(elsewhere, RoleKind.ORGANISER), call.rival_member, role(call, RoleKind.REVIEWER)):
        with pytest.raises(NotAllowed):
            declare_conflict(by=person, user=reviewer, sponsor=call.sponsor)
    stranger = make.UserFactory()
    with pytest.raises(NotAllowed):
        declare_conflict(by=stranger, user=stranger, sponsor=call.sponsor)
    declare_conflict(by=role(call, RoleKind.ORGANISER), user=reviewer, sponsor=call.sponsor)


def test_taking_back_needs_a_chair_outside_the_conflict(call: CallFixture, elsewhere: CallFixture) -> None:
    chair, walled = role(call, RoleKind.COCHAIR), role(call, RoleKind.COCHAIR)
    make.AffiliationFactory(user=walled, organisation=call.sponsor.organisation)
    conflict = make.ConflictFactory(user=role(call, RoleKind.REVIEWER), sponsor=call.sponsor)
    own = make.ConflictFactory(user=chair, sponsor=call.rival)
    for person, which in (
        (conflict.user, conflict),
        (walled, conflict),
        (role(elsewhere, RoleKind.COCHAIR), conflict),
        (chair, own),
    ):
        with pytest.raises(NotAllowed) as refused:
            take_back_conflict(by=person, conflict=which)
        assert refused.value.code == "take-back-needs-a-chair"
    take_back_conflict(by=chair, conflict=conflict)
    assert list(Conflict.objects.all()) == [own]
    assert Entry.objects.get(fact="proposals.conflict_taken_back").data["sponsor"] == call.sponsor.pk


def test_who_has_a_conflict_with_one_proposal_changes_nobody_elses_conflict_with_it(call: CallFixture) -> None:
    chair, reviewer, named = role(call, RoleKind.COCHAIR), role(call, RoleKind.REVIEWER), call.submitted()
    make.ConflictFactory(user=chair, sponsor=call.sponsor, proposal=named)
    with pytest.raises(NotAllowed):
        declare_conflict(by=chair, user=reviewer, sponsor=call.sponsor, proposal=named)
    conflict = make.ConflictFactory(user=reviewer, sponsor=call.sponsor, proposal=named)
    with pytest.raises(NotAllowed):
        take_back_conflict(by=chair, conflict=conflict)
    take_back_conflict(by=role(call, RoleKind.COCHAIR), conflict=conflict)


def test_a_chair_sees_no_declared_conflicts_from_behind_the_own_wall(call: CallFixture) -> None:
    walled = role(call, RoleKind.COCHAIR)
    make.AffiliationFactory(user=walled, organisation=call.sponsor.organisation)
    make.ConflictFactory(user=role(call, RoleKind.REVIEWER), sponsor=call.sponsor)
    seen = make.ConflictFactory(user=role(call, RoleKind.REVIEWER), sponsor=call.rival)
    assert list(declared_by_others(walled, call.edition)) == [seen]
    assert list(declared_by_others(seen.user, call.edition)) == []
