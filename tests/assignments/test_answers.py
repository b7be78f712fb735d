"""Accept, decline, submit, profile; and what a cochair does by hand."""

import pytest

from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.models import Proposal
from reviews.assignments.models import Assignment, ReviewerProfile
from reviews.assignments.services import assignments, profiles
from tests.concurrency import race
from tests.factories import AssignmentFactory, ConflictFactory, RoleFactory, TeamMemberFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(world):
    return AssignmentFactory(
        edition=world.edition, proposal=world.proposal(), reviewer=world.reviewer(), state="offered"
    )


def state(assignment):
    assignment.refresh_from_db()
    return assignment.state


def test_a_reviewer_accepts_and_saying_so_twice_is_one_fact(offer):
    for _ in range(2):
        assignments.accept(by=offer.reviewer, assignment=offer)
    assert state(offer) == "accepted"
    assert offer.answered_at is not None
    assert Entry.objects.filter(fact="assignments.accepted", proposal_id=offer.proposal_id).count() == 1


def test_a_decline_frees_the_place_and_keeps_the_reason(offer):
    assignments.decline(by=offer.reviewer, assignment=offer, reason="  On \n leave. ")
    assert (state(offer), offer.decline_reason) == ("declined", "On leave.")
    assert Entry.objects.get(fact="assignments.declined").data == {
        "reason": "On leave.",
        "reviewer": offer.reviewer_id,
    }
    AssignmentFactory(edition=offer.edition, proposal=offer.proposal, reviewer=offer.reviewer, state="offered")


@pytest.mark.parametrize(("reason", "code"), [("  ", "reason-missing"), ("x" * 401, "reason-long")])
def test_a_decline_needs_a_reason_of_sensible_length(offer, reason, code):
    with pytest.raises(Invalid) as refused:
        assignments.decline(by=offer.reviewer, assignment=offer, reason=reason)
    assert (refused.value.code, state(offer)) == (code, "offered")


def test_what_is_over_stays_over(offer):
    assignments.decline(by=offer.reviewer, assignment=offer, reason="No.")
    with pytest.raises(WrongState):
        assignments.accept(by=offer.reviewer, assignment=offer)
    with pytest.raises(WrongState):
        assignments.decline(by=offer.reviewer, assignment=offer, reason="No.")
    with pytest.raises(WrongState):
        assignments.mark_submitted(offer, by=offer.reviewer)
    assert state(offer) == "declined"


def test_nobody_answers_for_somebody_else(world, offer):
    for user in (world.chair, world.reviewer()):
        with pytest.raises(NotAllowed):
            assignments.accept(by=user, assignment=offer)
        with pytest.raises(NotAllowed):
            assignments.decline(by=user, assignment=offer, reason="Theirs.")
    assert state(offer) == "offered"


def test_a_conflict_that_came_up_closes_the_assignment_for_its_reviewer(offer):
    TeamMemberFactory(sponsor=offer.proposal.sponsor, user=offer.reviewer)
    with pytest.raises(NotAllowed):
        assignments.accept(by=offer.reviewer, assignment=offer)


@pytest.mark.parametrize("before", ["offered", "accepted", "submitted"])
def test_a_review_that_is_in_marks_its_assignment_once(offer, before):
    Assignment.objects.update(state=before)
    for _ in range(2):
        assignments.mark_submitted(offer, by=offer.reviewer)
    assert state(offer) == "submitted"
    assert Entry.objects.filter(fact="assignments.submitted").count() == (0 if before == "submitted" else 1)


def test_a_profile_says_topics_load_and_pause(world):
    ada = RoleFactory(edition=world.edition).user
    for load in (4, None):
        profiles.save_profile(by=ada, edition=world.edition, topics=[world.vision], max_load=load, is_paused=True)
    profile = ReviewerProfile.objects.get(user=ada)
    assert (list(profile.topics.all()), profile.max_load, profile.is_paused) == ([world.vision], None, True)


def test_a_profile_refuses_foreign_topics_and_odd_loads(world):
    ada = RoleFactory(edition=world.edition).user
    for wrong in ({"topics": [TopicFactory()]}, {"max_load": -1}, {"max_load": 201}):
        with pytest.raises(Invalid):
            profiles.save_profile(
                by=ada, edition=world.edition, **{"topics": [], "max_load": 1, "is_paused": False, **wrong}
            )
    with pytest.raises(NotAllowed):
        profiles.save_profile(by=world.chair, edition=world.edition, topics=[], max_load=1, is_paused=False)
    assert not ReviewerProfile.objects.filter(user=ada).exists()


def test_a_cochair_assigns_by_hand_and_the_reviewer_is_invited(world):
    ada, proposal = world.reviewer(world.vision), world.proposal(world.vision, world.speech)
    made = assignments.assign(by=world.chair, proposal=proposal, reviewer=ada)
    assert (made.state, made.affinity, made.why) == ("offered", 0.5, ["1 of 2 topics: Vision.", "Chosen by a cochair."])
    assert Message.objects.get().recipient == ada
    assert Entry.objects.get(fact="assignments.offered").proposal_id == proposal.pk


@pytest.mark.slow
def test_every_obstacle_to_an_assignment_has_its_own_sentence(world):
    proposal, other = world.proposal(), world.proposal()
    employee, paused, full, on_it = (
        world.reviewer(),
        world.reviewer(is_paused=True),
        world.reviewer(max_load=1),
        world.reviewer(),
    )
    TeamMemberFactory(sponsor=proposal.sponsor, user=employee)
    assignments.assign(by=world.chair, proposal=other, reviewer=full)
    assignments.assign(by=world.chair, proposal=proposal, reviewer=on_it)
    found = {}
    for user in (employee, paused, full, on_it, world.chair):
        with pytest.raises(Invalid) as refused:
            assignments.assign(by=world.chair, proposal=proposal, reviewer=user)
        found[refused.value.code] = refused.value.message
    assert list(found) == ["conflict", "paused", "load-full", "assigned-already", "not-a-reviewer"]
    assert found["conflict"] == (
        f"{employee} has a conflict with this proposal: Belongs to the team of {proposal.sponsor.name}. "
        "Choose somebody else."
    )
    Proposal.objects.filter(pk=proposal.pk).update(state="withdrawn")
    with pytest.raises(WrongState):
        assignments.assign(by=world.chair, proposal=proposal, reviewer=world.reviewer())


def test_a_cochair_neither_assigns_nor_releases_behind_their_wall(world, offer):
    ConflictFactory(user=world.chair, sponsor=offer.proposal.sponsor)
    with pytest.raises(NotAllowed):
        assignments.assign(by=world.chair, proposal=offer.proposal, reviewer=world.reviewer())
    with pytest.raises(NotAllowed):
        assignments.release(by=world.chair, assignment=offer, reason="Mine.")
    assert state(offer) == "offered"


def test_a_cochair_of_another_edition_may_nothing(world, offer):
    stranger = RoleFactory(kind=RoleKind.COCHAIR).user
    with pytest.raises(NotAllowed):
        assignments.assign(by=stranger, proposal=offer.proposal, reviewer=world.reviewer())
    with pytest.raises(NotAllowed):
        assignments.release(by=stranger, assignment=offer, reason="No.")


def test_a_release_needs_a_reason_and_tells_the_reviewer_no_more_than_needed(world, offer):
    with pytest.raises(Invalid):
        assignments.release(by=world.chair, assignment=offer, reason="")
    assignments.release(by=world.chair, assignment=offer, reason="Wrong field.")
    assert (state(offer), offer.decline_reason) == ("released", "Wrong field.")
    mail = Message.objects.get()
    assert (mail.recipient, mail.proposal_id) == (offer.reviewer, offer.proposal_id)
    assert offer.proposal.title not in mail.body
    assert "Wrong field." not in mail.body


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_chairs_who_assign_at_once_do_not_overload_a_reviewer(world):
    ada = world.reviewer(max_load=1)
    first, second = world.proposal(), world.proposal()
    answers = race(
        lambda: assignments.assign(by=world.chair, proposal=first, reviewer=ada),
        lambda: assignments.assign(by=world.chair, proposal=second, reviewer=ada),
    )
    assert [each.code for each in answers if isinstance(each, Invalid)] == ["load-full"]
    assert Assignment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepting_and_declining_at_once_leave_one_consistent_end(offer):
    race(
        lambda: assignments.accept(by=offer.reviewer, assignment=offer),
        lambda: assignments.decline(by=offer.reviewer, assignment=offer, reason="No."),
    )
    assert state(offer) == "declined"
