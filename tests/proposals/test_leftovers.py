"""What the old rules left behind: teams that nobody agreed to, and reviews that a conflict took out."""

from importlib import import_module

import pytest
from django.apps import apps

from expo.journal.models import Entry
from expo.proposals.models import Claim, Conflict
from expo.proposals.queries.claims import questions
from expo.proposals.queries.conflict_wall import conflicts_between
from expo.proposals.services.claim_answers import answer_claim
from expo.proposals.states import ConflictSource
from tests import factories as make

from .conftest import CallFixture
from .test_claims import chair_of, sees

remembered = import_module("expo.proposals.migrations.0009_remembered_teams_are_claims")
come_back = import_module("reviews.scoring.migrations.0003_reviews_come_back")


def test_a_remembered_team_of_somebody_with_a_role_becomes_a_question(call: CallFixture) -> None:
    chair, member, proposal = chair_of(call), make.UserFactory(), call.submitted()
    for user in (chair, member):
        make.ConflictFactory(user=user, sponsor=call.sponsor, source=ConflictSource.OWN_TEAM, declared_by=user)
    by_chair = make.ConflictFactory(user=chair, sponsor=call.rival, source=ConflictSource.OWN_TEAM, declared_by=member)
    remembered.ask_again(apps, None)
    assert [each.user for each in Conflict.objects.exclude(pk=by_chair.pk)] == [member]
    (asked,) = questions(chair)
    assert (asked.kind, asked.sponsor) == ("team", call.sponsor.name)
    assert [each.sponsor for each in conflicts_between([chair], call.edition)] == [call.rival.pk]
    assert not sees(chair, proposal)
    answer_claim(by=chair, token=asked.token, is_yes=False)
    assert sees(chair, proposal)


def test_a_remembered_team_that_is_right_stays_a_conflict(call: CallFixture) -> None:
    chair = chair_of(call)
    make.ConflictFactory(user=chair, sponsor=call.sponsor, source=ConflictSource.OWN_TEAM, declared_by=chair)
    remembered.ask_again(apps, None)
    (asked,) = questions(chair)
    answer_claim(by=chair, token=asked.token, is_yes=True)
    (found,) = conflicts_between([chair], call.edition)
    assert (found.sponsor, found.proposal, found.source) == (call.sponsor.pk, None, ConflictSource.OWN_TEAM)
    assert Claim.objects.get().answer == "yes"


@pytest.mark.slow
def test_reviews_that_a_conflict_took_out_come_back_while_no_verdict_is_out(call: CallFixture) -> None:
    def released(state: str = "submitted", **of: object) -> object:
        proposal = call.submitted(state=state)
        given = make.AssignmentFactory(edition=call.edition, proposal=proposal, state="released", **of)
        make.ReviewFactory(assignment=given)
        return given

    taken_out, decided, by_chair = released(), released("accepted"), released(decline_reason="Too close.")
    come_back.take_back_in(apps, None)
    for each in (taken_out, decided, by_chair):
        each.refresh_from_db()
    assert [each.state for each in (taken_out, decided, by_chair)] == ["submitted", "released", "released"]
    assert Entry.objects.get(fact="assignments.review_restored").target_id == taken_out.pk
