"""What waits for the people of a sponsor: it appears, leads to a page that opens, and is gone once done."""

from datetime import timedelta

import pytest

from expo.editions.states import Phase
from expo.kit import clock
from expo.program.models import Slot
from expo.proposals.models import Proposal
from tests import factories as make
from tests.waiting.reading import opens, waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return make.EditionFactory()


@pytest.fixture
def sponsor(edition):
    return make.SponsorFactory(edition=edition)


@pytest.fixture
def member(sponsor):
    return make.TeamMemberFactory(sponsor=sponsor).user


def test_a_draft_waits_to_be_submitted_until_the_call_closes(client, edition, sponsor, member):
    make.ProposalFactory(edition=edition, sponsor=sponsor, title="Fast inference")
    draft = waits(member, edition)["submit"]
    assert (draft.text, draft.about, draft.due) == ("1 draft to submit", "Fast inference", edition.call_closes_at)
    assert opens(client, member, draft)
    make.ProposalFactory(edition=edition, sponsor=sponsor)
    drafts = waits(member, edition)["submit"]
    assert (drafts.text, drafts.about) == ("2 drafts to submit", "")
    assert opens(client, member, drafts)
    Proposal.objects.update(state="submitted", submitted_at=clock.now())
    assert waits(member, edition) == {}


def test_a_draft_of_a_closed_call_does_not_wait(edition, sponsor, member):
    make.ProposalFactory(edition=edition, sponsor=sponsor)
    edition.phase = Phase.REVIEW
    edition.save()
    assert waits(member, edition) == {}


def test_an_accepted_session_waits_for_confirmation_and_public_text(client, edition, sponsor, member):
    edition.phase, edition.confirm_by_at = Phase.SCHEDULE, clock.now() - timedelta(days=1)
    edition.save()
    verdict_at = clock.now() - timedelta(days=5)  # there are three days to confirm from then on, at the least
    accepted = make.AcceptedFactory(
        edition=edition, sponsor=sponsor, public_text_approved_at=None, verdict_at=verdict_at
    )
    mine = waits(member, edition)
    assert list(mine) == ["confirm", "public-text"]
    assert (mine["confirm"].due, mine["confirm"].late) == (edition.confirm_by_at, 1)
    assert all(opens(client, member, each) for each in mine.values())
    accepted.state, accepted.public_text_approved_at = "confirmed", clock.now()
    accepted.save()
    assert waits(member, edition) == {}


def test_a_slot_waits_to_be_accepted(client, edition, sponsor, member):
    edition.phase = Phase.SCHEDULE
    edition.save()
    session = make.SessionFactory(
        edition=edition, proposal=make.AcceptedFactory(edition=edition, sponsor=sponsor, state="confirmed")
    )
    place = {name: getattr(session, name) for name in ("room", "starts_at", "ends_at")}
    slot = Slot.objects.create(proposal=session.proposal, number=1, told_by=member, **place)
    mine = waits(member, edition)
    assert list(mine) == ["slot"]
    assert opens(client, member, mine["slot"])
    slot.state, slot.answered_at, slot.answered_by = "accepted", clock.now(), member
    slot.save()
    assert waits(member, edition) == {}


def test_an_invitation_waits_for_who_was_invited(client, edition, sponsor):
    user = make.UserFactory()
    invitation = make.TeamInvitationFactory(sponsor=sponsor, email=user.email)
    mine = waits(user, edition)
    assert (mine["invitations"].text, mine["invitations"].about) == ("1 invitation to a team to answer", sponsor.name)
    assert opens(client, user, mine["invitations"])
    invitation.declined_at = clock.now()
    invitation.save()
    assert waits(user, edition) == {}


def test_a_question_waits_for_somebody_with_a_role_whom_a_sponsor_named(client, edition):
    user = make.RoleFactory(edition=edition, kind="cochair").user
    presenter = make.PresenterFactory(proposal=make.SubmittedFactory(edition=edition), email=user.email, name=user.name)
    make.PresenterInvitationFactory(proposal=presenter.proposal, address=user.email)
    assert waits(user, edition)["questions"].text == "1 question about you to answer"
    assert "presenting" not in waits(user, edition)
    assert opens(client, user, waits(user, edition)["questions"])


def test_a_session_waits_for_whom_it_names_and_who_has_not_answered(client, edition):
    user = make.UserFactory()
    presenter = make.PresenterFactory(proposal=make.SubmittedFactory(edition=edition), email=user.email)
    invitation = make.PresenterInvitationFactory(proposal=presenter.proposal, address=user.email)
    assert waits(user, edition)["presenting"].text == "1 session that names you as a presenter"
    assert opens(client, user, waits(user, edition)["presenting"])
    invitation.answer, invitation.answered_at = "yes", clock.now()
    invitation.save()
    assert waits(user, edition) == {}


def test_another_teams_proposals_do_not_wait(edition, member):
    make.ProposalFactory(edition=edition)
    assert waits(member, edition) == {}
