"""What a run starts from: who may get something new, what stays, and what an earlier draw still rules out."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expo.editions.models import Role
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid
from reviews.assignments.matching.lottery import allowed
from reviews.assignments.matching.problem import commitment
from reviews.assignments.models import Absence, Assignment, QueueSettings, Run
from reviews.assignments.queries import problem, roster
from reviews.assignments.services import assignments, runs
from reviews.assignments.states import RunKind
from tests.factories import AffiliationFactory, AssignmentFactory, ConflictFactory

from .conftest import pairs_of

pytestmark = pytest.mark.django_db


def away(user, first, last):
    profile = user.reviewer_profiles.get()
    today = roster.today(profile.edition)
    Absence.objects.create(
        profile=profile, first_day=today + timedelta(days=first), last_day=today + timedelta(days=last)
    )


def problem_of(world, by=None, **more):
    return problem.read_snapshot(world.edition, by, 1, **more).problem


# --- People -----------------------------------------------------------------------------------------


def test_a_person_is_known_with_role_companies_of_sponsors_and_days_away(world):
    ada, proposal = world.reviewer(), world.proposal()
    Role.objects.filter(user=ada).update(is_senior=True, sector="academia")
    AffiliationFactory(user=ada, organisation=proposal.sponsor.organisation)
    AffiliationFactory(user=ada)  # sponsors nothing
    AffiliationFactory(user=ada, ended_on=clock.now().date() - timedelta(days=2))
    away(ada, 0, 3)
    (person,) = roster.people(world.edition)
    assert (person.is_senior, person.sector, person.has_answered) == (True, "academia", False)
    assert person.companies == {proposal.sponsor.organisation_id}
    assert person.is_away(roster.today(world.edition))
    assert not person.is_away(roster.today(world.edition) + timedelta(days=5))


@pytest.mark.slow
def test_who_declined_the_invitation_is_not_asked_and_who_has_yet_to_confirm_only_if_settings_say_so(world):
    said_no, said_yes, silent = (world.reviewer() for _ in range(3))
    said_no.reviewer_profiles.update(answer="declined")
    said_yes.reviewer_profiles.update(answer="confirmed")
    assert [each.user for each in roster.people(world.edition)] == [said_yes, silent]
    QueueSettings.objects.create(edition=world.edition, only_confirmed=True)
    assert [each.user for each in roster.people(world.edition)] == [said_yes]
    assert [each.user for each in roster.people(world.edition, waiting=True)] == [said_yes, silent]
    proposal = world.proposal()
    assert pairs_of(world.run()) == [(proposal.pk, said_yes.pk)]


def test_nobody_who_is_away_today_gets_anything_new_but_keeps_what_they_have(world):
    gone, soon, proposal, other = world.reviewer(name="Gone"), world.reviewer(), world.proposal(), world.proposal()
    AssignmentFactory(edition=world.edition, proposal=other, reviewer=gone, state="offered")
    away(gone, -1, 1)
    away(soon, 2, 9)
    run = world.run()
    assert pairs_of(run) == sorted([(proposal.pk, soon.pk), (other.pk, soon.pk)])
    assert run.result["withdrawn"] == []
    (gap,) = run.result["gaps"]
    assert (gap["proposal"], gap["said"]) == (proposal.pk, ["Away today: Gone."])


# --- What stays -------------------------------------------------------------------------------------


def test_a_matching_may_move_only_unanswered_offers_and_a_repair_nothing(world):
    proposal, users = world.proposal(), [world.reviewer() for _ in range(3)]
    for user, state in zip(users, ("offered", "accepted", "submitted"), strict=True):
        AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=user, state=state)
    world.edition.reviews_per_proposal = 5
    world.edition.save()
    pairs = [(proposal.pk, user.pk) for user in users]
    matching, repair = problem_of(world), problem_of(world, kind=RunKind.REPAIR)
    assert (matching.kept, matching.locked) == ({pairs[0]}, set(pairs[1:]))
    assert (repair.kept, repair.locked) == (frozenset(), set(pairs))


def test_a_review_by_somebody_who_has_left_still_counts(world):
    proposal = world.proposal()
    gone = AssignmentFactory(
        edition=world.edition, proposal=proposal, reviewer=world.reviewer(), state="submitted"
    ).reviewer
    Role.objects.filter(user=gone).delete()
    world.reviewer()
    world.reviewer()
    assert len(pairs_of(world.run())) == 1


@pytest.mark.slow
def test_a_run_that_moves_an_offer_takes_it_back_and_says_so_unless_it_was_accepted_meanwhile(world):
    world.edition.reviews_per_proposal = 1
    world.edition.save()
    both, only_first = world.reviewer(max_load=1), world.reviewer(max_load=1)
    first, second = world.proposal(), world.proposal()
    ConflictFactory(user=only_first, sponsor=second.sponsor)
    offer = AssignmentFactory(edition=world.edition, proposal=first, reviewer=both, state="offered")
    run = world.run()
    assert pairs_of(run) == [(first.pk, only_first.pk), (second.pk, both.pk)]
    assert [(row["proposal"], row["reviewer"]) for row in run.result["withdrawn"]] == [(first.pk, both.pk)]
    assert run.result["other"]["stay"] == "bonus"
    runs.discard(by=world.chair, run=run)
    late = world.run()
    assignments.accept(by=both, assignment=offer)
    published = runs.publish(by=world.chair, run=late)
    late.refresh_from_db()
    assert (published.withdrawn, late.result["withdrawn"][0]["dropped"]) == (0, "Has been accepted since.")
    assert [row["dropped"] for row in late.result["pairs"]] == [
        "The proposal has since got all its reviews.",
        "Has reached a full load since.",
    ]
    Assignment.objects.filter(pk=offer.pk).update(state="offered")
    again = world.run()
    published = runs.publish(by=world.chair, run=again)
    offer.refresh_from_db()
    assert (published.offered, published.withdrawn, offer.state) == (2, 1, "released")


# --- Draws ------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(world):
    """A published draw of one proposal among four reviewers, with one review each."""
    world.edition.reviews_per_proposal = 1
    world.edition.save()
    QueueSettings.objects.create(edition=world.edition, chance_cap=0.5, floor_share=0, repairs="publish")
    world.four = [world.reviewer() for _ in range(4)]
    world.drawn = world.proposal()
    world.first_run = world.run(seed=None)
    runs.publish(by=world.chair, run=world.first_run)
    return world


def test_a_draw_promises_its_seed_before_and_shows_it_after(world):
    QueueSettings.objects.create(edition=world.edition, chance_cap=0.5)
    world.proposal()
    for _ in range(3):
        world.reviewer()
    with pytest.raises(Invalid) as refused:
        runs.start(by=world.chair, edition=world.edition, seed=7)
    assert refused.value.code == "seed-is-secret"
    run = world.run(seed=None)
    assert (run.revealed_seed, run.commitment) == (None, commitment(run.nonce, run.seed))
    runs.discard(by=world.chair, run=run)
    assert Run.objects.get().revealed_seed == run.seed
    started, discarded = (Entry.objects.get(fact=f"assignments.run_{fact}") for fact in ("started", "discarded"))
    assert started.data == {"kind": "matching", "commitment": run.commitment}
    assert discarded.data == {"seed": run.seed, "nonce": run.nonce, "commitment": run.commitment}


def test_a_replacement_after_a_draw_comes_only_from_pairs_whose_coin_says_yes(drawn):
    result = drawn.first_run.result
    assert len(result["chances"]) >= 2
    assert all(chance <= 0.5 for *_, chance in result["chances"])
    chances = {(int(p), int(r)): chance for p, r, chance in result["chances"]}
    pairs = [(drawn.drawn.pk, user.pk) for user in drawn.four]
    yes = allowed(pairs, chances, 0.5, drawn.first_run.seed)
    held, before = problem.held_back(drawn.edition, {drawn.drawn.pk}, {user.pk for user in drawn.four}, 0.5)
    assert (held, before) == (set(pairs) - yes, {drawn.drawn.pk})
    assert problem_of(drawn, kind=RunKind.MATCHING).rules.chance == 0.5


def test_a_repair_of_what_was_drawn_does_not_draw_again_and_keeps_to_the_coins(drawn):
    given = Assignment.objects.get()
    assignments.decline(by=given.reviewer, assignment=given, reason="No.")
    snapshot = problem.read_snapshot(drawn.edition, None, 1, kind=RunKind.REPAIR)
    assert snapshot.problem.rules.chance == 1.0
    assert snapshot.held_back <= snapshot.problem.forbidden
    assert {pair[1] for pair in snapshot.held_back} <= {user.pk for user in drawn.four}


def test_a_second_draw_takes_nothing_back(drawn):
    drawn.proposal()
    run = drawn.run(seed=None)
    ((proposal, reviewer),) = Assignment.objects.values_list("proposal_id", "reviewer_id")
    assert [proposal, reviewer] in run.result["kept"]
    assert run.result["withdrawn"] == []


def test_roles_that_overlap_by_now_stop_a_draw_with_a_sentence(world):
    QueueSettings.objects.create(edition=world.edition, chance_cap=0.5, wants_senior=True, wants_sectors=True)
    world.proposal()
    world.reviewer()
    run = runs.start(by=world.chair, edition=world.edition)
    world.reviewer()
    Role.objects.filter(user=world.reviewer()).update(is_senior=True)
    Role.objects.filter(user=world.reviewer()).update(is_senior=True, sector="academia")
    Role.objects.filter(user=world.reviewer()).update(sector="academia")
    runs.execute(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error[:19]) == ("failed", "These roles overlap")
    with pytest.raises(Invalid) as refused:
        runs.start(by=world.chair, edition=world.edition)
    assert refused.value.code == "roles-and-chance"


# --- Size -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_snapshot_asks_the_same_number_of_questions_whatever_the_size(world):
    def asked():
        with CaptureQueriesContext(connection) as found:
            problem.read_snapshot(world.edition, world.chair, 1)
        return len(found)

    def grow(count):
        for _ in range(count):
            proposal = world.proposal(world.vision)
            AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=world.reviewer(world.vision))

    grow(1)
    small = asked()
    grow(5)
    assert asked() == small
