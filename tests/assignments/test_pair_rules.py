"""A cochair's rules on single pairs: pin, forbid, clear and swap, each checked at once."""

import pytest

from expo.accounts.states import Sector
from expo.editions.models import Role
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from reviews.assignments.models import Assignment, PairRule, QueueSettings
from reviews.assignments.services import assignments, pair_rules, runs
from tests.concurrency import race
from tests.factories import AffiliationFactory, AssignmentFactory, ConflictFactory, RoleFactory, TeamMemberFactory

from .conftest import pairs_of

pytestmark = pytest.mark.django_db


def say(world, proposal, reviewer, kind, by=None, **more):
    return pair_rules.set_pair(by=by or world.chair, proposal=proposal, reviewer=reviewer, kind=kind, **more)


def refused(act, error=Invalid):
    with pytest.raises(error) as found:
        act()
    return found.value.code


# --- Pin and forbid ---------------------------------------------------------------------------------


def test_a_pinned_pair_comes_out_though_others_know_more_and_says_who_asked(world):
    expert, other, asked = world.reviewer(world.vision), world.reviewer(world.vision), world.reviewer()
    proposal = world.proposal(world.vision)
    say(world, proposal, asked, "pin")
    say(world, proposal, other, "forbid", note=" Wrong  field. ")
    run = world.run()
    assert pairs_of(run) == sorted([(proposal.pk, expert.pk), (proposal.pk, asked.pk)])
    (pinned,) = [row for row in run.result["pairs"] if row["is_pinned"]]
    assert (pinned["reviewer"], pinned["why"][-1]) == (asked.pk, "A cochair asked for this pair.")
    facts = Entry.objects.filter(fact__startswith="assignments.pair_").order_by("id")
    assert [(each.fact, each.proposal_id, each.data) for each in facts] == [
        ("assignments.pair_pinned", proposal.pk, {"reviewer": asked.pk, "note": ""}),
        ("assignments.pair_forbidden", proposal.pk, {"reviewer": other.pk, "note": "Wrong field."}),
    ]


def test_a_gap_tells_of_what_a_cochair_ruled_out(world):
    proposal, ada = world.proposal(), world.reviewer(name="Ada")
    say(world, proposal, ada, "forbid")
    assert world.run().result["gaps"] == [
        {"proposal": proposal.pk, "missing": 2, "said": ["Ruled out by a cochair: Ada."]}
    ]


def test_saying_it_twice_is_one_fact_and_clearing_takes_it_back(world):
    proposal, ada = world.proposal(), world.reviewer()
    for kind in ("pin", "pin", "forbid", "clear", "clear"):
        say(world, proposal, ada, kind)
    facts = Entry.objects.filter(fact__startswith="assignments.pair_").order_by("id").values_list("fact", flat=True)
    assert [fact.rpartition("_")[2] for fact in facts] == ["pinned", "forbidden", "cleared"]
    assert not PairRule.objects.exists()


def test_a_pin_that_cannot_be_and_a_ban_on_what_is_assigned_are_refused_with_the_reason(world):
    proposal, employee, on_it = world.proposal(), world.reviewer(), world.reviewer()
    TeamMemberFactory(sponsor=proposal.sponsor, user=employee)
    AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=on_it)
    assert [
        refused(lambda: say(world, proposal, employee, "pin")),
        refused(lambda: say(world, proposal, world.chair, "pin")),
        refused(lambda: say(world, proposal, on_it, "forbid")),
        refused(lambda: say(world, proposal, on_it, "maybe")),
        refused(lambda: say(world, proposal, on_it, "pin", note="x" * 401)),
    ] == ["conflict", "not-a-reviewer", "assigned-already", "unknown-choice", "too-long"]
    assert not PairRule.objects.exists()


def test_what_is_ruled_out_is_not_assigned_by_hand_either_nor_published(world):
    proposal, ada = world.proposal(), world.reviewer()
    run = world.run()
    say(world, proposal, ada, "forbid")
    assert refused(lambda: assignments.assign(by=world.chair, proposal=proposal, reviewer=ada)) == "ruled-out"
    assert runs.publish(by=world.chair, run=run).dropped == 1
    run.refresh_from_db()
    assert run.result["pairs"][0]["dropped"] == "A cochair has ruled this pair out."


def test_nobody_rules_over_pairs_behind_their_wall_or_without_the_role(world):
    proposal, ada = world.proposal(), world.reviewer()
    ConflictFactory(user=world.chair, sponsor=proposal.sponsor)
    stranger = RoleFactory(kind=RoleKind.COCHAIR).user
    for by in (world.chair, ada, stranger):
        assert refused(lambda by=by: say(world, proposal, ada, "pin", by=by), NotAllowed) == "not-allowed"


# --- Swap -------------------------------------------------------------------------------------------


@pytest.fixture
def two(world):
    """Ada has the first proposal, Bob the second."""
    world.ada, world.bob = world.reviewer(), world.reviewer()
    world.first, world.second = world.proposal(), world.proposal()
    world.one = AssignmentFactory(edition=world.edition, proposal=world.first, reviewer=world.ada)
    world.other = AssignmentFactory(edition=world.edition, proposal=world.second, reviewer=world.bob, state="offered")
    return world


def swap(world):
    return pair_rules.swap(by=world.chair, one=world.one, other=world.other)


def test_two_reviewers_change_places_and_are_both_told(two):
    swap(two)
    assert {each for each in two.live() if each[2] == "offered"} == {
        (two.first.pk, two.bob.pk, "offered"),
        (two.second.pk, two.ada.pk, "offered"),
    }
    assert sorted(Message.objects.values_list("recipient_id", "kind")) == sorted(
        (user.pk, f"assignments/{kind}") for user in (two.ada, two.bob) for kind in ("released", "offered")
    )
    assert Assignment.objects.filter(decline_reason="Swapped with another reviewer by a cochair.").count() == 2
    assert Entry.objects.filter(fact="assignments.offered", actor=two.chair).count() == 2


def test_a_swap_into_a_conflict_is_refused_and_leaves_both_where_they_are(two):
    ConflictFactory(user=two.bob, sponsor=two.first.sponsor)
    before = two.live()
    assert refused(lambda: swap(two)) == "conflict"
    assert (two.live(), Message.objects.count()) == (before, 0)


def test_a_swap_that_closes_a_circle_of_companies_is_refused(two):
    third = two.proposal()
    AffiliationFactory(user=two.ada, organisation=third.sponsor.organisation)
    employee = two.reviewer()
    AffiliationFactory(user=employee, organisation=two.second.sponsor.organisation)
    AssignmentFactory(edition=two.edition, proposal=third, reviewer=employee)
    assert refused(lambda: swap(two)) == "does-not-fit"
    QueueSettings.objects.create(edition=two.edition, forbids_cycles=False)
    swap(two)


def test_a_swap_that_leaves_no_place_for_a_role_is_refused(two):
    QueueSettings.objects.create(edition=two.edition, wants_sectors=True)
    Role.objects.filter(user=two.ada).update(sector=Sector.ACADEMIA)
    AssignmentFactory(edition=two.edition, proposal=two.first, reviewer=two.reviewer())
    assert refused(lambda: swap(two)) == "role-missing"


def test_what_is_in_what_is_the_same_and_what_is_hidden_cannot_be_swapped(two):
    same = AssignmentFactory(edition=two.edition, proposal=two.first, reviewer=two.reviewer())
    assert refused(lambda: pair_rules.swap(by=two.chair, one=two.one, other=same)) == "nothing-to-swap"
    Assignment.objects.filter(pk=two.other.pk).update(state="submitted")
    assert refused(lambda: swap(two), WrongState) == "not-open"
    ConflictFactory(user=two.chair, sponsor=two.second.sponsor)
    assert refused(lambda: swap(two), NotAllowed) == "not-allowed"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_chairs_who_swap_at_once_swap_once(two):
    answers = race(lambda: swap(two), lambda: swap(two))
    assert [answer.code for answer in answers if isinstance(answer, WrongState)] == ["not-open"]
    assert Assignment.objects.filter(state="offered").count() == 2


def test_by_hand_too_no_circle_of_companies_comes_about(two):
    employee = two.reviewer()
    AffiliationFactory(user=employee, organisation=two.second.sponsor.organisation)
    AffiliationFactory(user=two.ada, organisation=two.first.sponsor.organisation)
    assignments.assign(by=two.chair, proposal=two.first, reviewer=employee)
    assert refused(lambda: assignments.assign(by=two.chair, proposal=two.second, reviewer=two.ada)) == "company-circle"


@pytest.mark.slow
def test_a_pin_that_can_no_longer_be_is_told_with_its_reason(world):
    proposal, employee, paused, gone = world.proposal(), world.reviewer(), world.reviewer(), world.reviewer()
    for user in (employee, paused, gone):
        say(world, proposal, user, "pin")
    TeamMemberFactory(sponsor=proposal.sponsor, user=employee)
    paused.reviewer_profiles.update(is_paused=True)
    Role.objects.filter(user=gone).delete()
    assert world.run().result["unpinned"] == [
        {
            "proposal": proposal.pk,
            "reviewer": employee.pk,
            "said": f"Belongs to the team of {proposal.sponsor.name}.",
        },
        {"proposal": proposal.pk, "reviewer": paused.pk, "said": "Paused."},
        {"proposal": proposal.pk, "reviewer": gone.pk, "said": "No longer a reviewer of this edition."},
    ]
