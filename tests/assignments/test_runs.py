"""A run's life: started once, executed by whoever holds the lease, and the same whoever finishes it."""

from datetime import timedelta

import pytest
import time_machine

from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit import runs as run_kit
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.kit.runs import LeaseLost, RunState
from reviews.assignments.models import Assignment, Run
from reviews.assignments.queries import problem
from reviews.assignments.services import runs
from tests.concurrency import race
from tests.factories import ConflictFactory, RoleFactory, TeamMemberFactory

from .conftest import pairs_of

pytestmark = pytest.mark.django_db


def test_a_run_gives_everybody_what_they_know_and_says_why(world):
    seeing, hearing = world.reviewer(world.vision), world.reviewer(world.speech)
    both = world.reviewer(world.vision, world.speech)
    picture, sound = world.proposal(world.vision), world.proposal(world.speech)
    run = world.run()
    assert pairs_of(run) == sorted(
        [(picture.pk, seeing.pk), (picture.pk, both.pk), (sound.pk, hearing.pk), (sound.pk, both.pk)]
    )
    assert run.result["pairs"][0]["why"] == ["1 of 1 topic: Vision.", "No conflict of interest was found."]
    assert (run.objective, run.solver_status, run.progress, len(run.input_hash)) == (4.0, "optimal", 1.0, 64)
    assert not Assignment.objects.exists()
    assert list(Entry.objects.order_by("id").values_list("fact", flat=True)) == [
        "assignments.run_started",
        "assignments.run_ready",
    ]


def test_a_gap_names_who_was_barred_by_what_and_who_is_full(world):
    proposal = world.proposal(world.vision)
    employee = world.reviewer(world.vision, name="Ada")
    TeamMemberFactory(sponsor=proposal.sponsor, user=employee)
    world.reviewer(world.vision, name="Bob", max_load=0)
    world.reviewer(world.vision, name="Cy", is_paused=True)
    run = world.run()
    assert run.result["gaps"] == [
        {
            "proposal": proposal.pk,
            "missing": 2,
            "said": [
                f"Conflict of interest: Ada (Belongs to the team of {proposal.sponsor.name}).",
                "Full load: Bob.",
                "Paused: Cy.",
            ],
        }
    ]


def test_who_declined_is_not_asked_again_but_who_was_freed_by_the_system_is(world):
    proposal = world.proposal()
    no, freed = world.reviewer(), world.reviewer()
    for user, state, reason in ((no, "declined", "Too busy."), (freed, "released", "")):
        Assignment.objects.create(
            edition=world.edition, proposal=proposal, reviewer=user, state=state, decline_reason=reason
        )
    assert pairs_of(world.run()) == [(proposal.pk, freed.pk)]


@pytest.mark.slow
def test_the_same_seed_and_input_give_the_same_run(world):
    for _ in range(4):
        world.reviewer()
    for _ in range(5):
        world.proposal()
    first = world.run(seed=3)
    runs.discard(by=world.chair, run=first)
    second = world.run(seed=3)
    assert (first.result, first.input_hash) == (second.result, second.input_hash)


def test_a_chair_does_not_assign_what_their_wall_hides(world):
    world.reviewer()
    seen, hidden = world.proposal(), world.proposal()
    ConflictFactory(user=world.chair, sponsor=hidden.sponsor)
    run = world.run()
    assert run.result["proposals"] == [seen.pk]
    assert {proposal for proposal, _ in pairs_of(run)} == {seen.pk}


def test_runs_keep_to_their_edition(world):
    from tests.factories import EditionFactory

    other = EditionFactory(phase=Phase.REVIEW)
    RoleFactory(edition=other, user=world.chair, kind=RoleKind.COCHAIR)
    stranger = world.reviewer(edition=other)
    world.proposal(edition=other)
    mine, proposal = world.reviewer(), world.proposal()
    assert pairs_of(world.run()) == [(proposal.pk, mine.pk)]
    assert stranger.pk not in [row["reviewer"] for row in Run.objects.get().result["people"]]


def test_only_cochairs_start_runs(world):
    world.proposal()
    for user in (world.reviewer(), RoleFactory(edition=world.edition, kind=RoleKind.ORGANISER).user):
        with pytest.raises(NotAllowed):
            runs.start(by=user, edition=world.edition)
    assert not Run.objects.exists()


def test_a_run_that_cannot_help_is_refused_with_a_reason(world):
    with pytest.raises(WrongState) as nothing:
        runs.start(by=world.chair, edition=world.edition)
    world.proposal()
    with pytest.raises(WrongState) as nobody:
        runs.start(by=world.chair, edition=world.edition)
    world.reviewer()
    with pytest.raises(Invalid) as seed:
        runs.start(by=world.chair, edition=world.edition, seed=-1)
    world.edition.phase = Phase.PUBLISHED
    with pytest.raises(WrongState) as late:
        runs.start(by=world.chair, edition=world.edition)
    assert [each.value.code for each in (nothing, nobody, seed, late)] == [
        "nothing-to-assign",
        "no-reviewers",
        "seed-range",
        "wrong-phase",
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_chairs_who_start_at_once_one_is_told_to_wait(world):
    world.reviewer()
    world.proposal()
    second = RoleFactory(edition=world.edition, kind=RoleKind.COCHAIR).user
    answers = race(
        lambda: runs.start(by=world.chair, edition=world.edition),
        lambda: runs.start(by=second, edition=world.edition),
    )
    refusals = [answer for answer in answers if isinstance(answer, WrongState)]
    assert ([each.code for each in refusals], Run.objects.count()) == (["run-under-way"], 1)
    assert Entry.objects.filter(fact="assignments.run_started").count() == 1


def test_a_finished_run_is_not_executed_again(world):
    world.reviewer()
    world.proposal()
    run = world.run()
    assert runs.execute(run.pk) is False
    assert runs.execute(10**9) is False
    run.refresh_from_db()
    assert (run.attempts, Entry.objects.filter(fact="assignments.run_ready").count()) == (1, 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_bell_do_the_work_once(world):
    world.reviewer()
    world.proposal()
    run = runs.start(by=world.chair, edition=world.edition)
    answers = race(lambda: runs.execute(run.pk), lambda: runs.execute(run.pk))
    assert sorted(answers) == [False, True]
    assert Run.objects.get().attempts == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_after_a_kill_the_next_worker_gets_the_same_and_the_first_writes_nothing(world):
    for _ in range(3):
        world.reviewer()
    for _ in range(4):
        world.proposal()
    expected = world.run(seed=11)
    runs.discard(by=world.chair, run=expected)
    run = runs.start(by=world.chair, edition=world.edition, seed=11)
    killed = run_kit.claim(Run, run.pk)
    run_kit.report(killed, 0.4, "Placing")
    assert runs.execute(run.pk) is False  # the lease still holds
    assert runs.sweep() == 0
    with time_machine.travel(clock.now() + run_kit.LEASE + timedelta(seconds=1), tick=True):
        assert runs.sweep() == 1
        assert runs.execute(run.pk) is True
    run.refresh_from_db()
    assert (run.state, run.attempts, run.result) == (RunState.PREVIEW, 2, expected.result)
    with pytest.raises(LeaseLost):
        run_kit.report(killed, 0.9, "Back from the dead")
    snapshot = problem.read_snapshot(world.edition, world.chair, 11)
    with pytest.raises(LeaseLost):
        runs._store_preview(killed, snapshot, runs.solve(snapshot.problem))
    assert Entry.objects.filter(fact="assignments.run_ready", target_id=run.pk).count() == 1


def test_a_run_discarded_while_it_works_stops_silently(world):
    world.reviewer()
    world.proposal()
    run = runs.start(by=world.chair, edition=world.edition)
    held = run_kit.claim(Run, run.pk)
    runs.discard(by=world.chair, run=run)
    snapshot = problem.read_snapshot(world.edition, world.chair, run.seed)
    with pytest.raises(LeaseLost):
        runs._store_preview(held, snapshot, runs.solve(snapshot.problem))
    run.refresh_from_db()
    assert (run.state, run.result) == (RunState.DISCARDED, None)
    assert runs.start(by=world.chair, edition=world.edition).state == RunState.QUEUED


def test_a_run_that_lost_its_worker_too_often_fails_with_a_sentence(world):
    world.reviewer()
    world.proposal()
    run = runs.start(by=world.chair, edition=world.edition)
    Run.objects.update(attempts=runs.MOST_ATTEMPTS)
    runs.execute(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error == "The worker was lost 5 times in this run. Look at its memory, then start again."


def test_what_breaks_inside_a_run_becomes_a_sentence_and_nothing_is_assigned(world):
    world.reviewer()
    world.proposal()
    run = runs.start(by=world.chair, edition=world.edition)
    world.edition.reviews_per_proposal = 1
    Run.objects.update(seed=2**31 - 1)
    world.edition.time_zone = "Nowhere/Nothing"
    world.edition.save()
    assert runs.execute(run.pk) is True
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error.startswith("The matching failed with an error; nothing was assigned.")
    assert not Assignment.objects.exists()
