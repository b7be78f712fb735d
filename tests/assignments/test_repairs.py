"""Repairs of reviews that lost their reviewer: minimal, automatic or for the chairs to check, and never two at once."""

import pytest
from django.urls import reverse

from expo.editions.states import RoleKind
from expo.journal.models import Entry, Reaction
from expo.journal.services import perform, record
from expo.kit import clock
from expo.kit import runs as run_kit
from expo.kit.errors import NotAllowed, WrongState
from expo.kit.runs import RunState
from expo.notify.models import Message
from expo.proposals.services.submission import withdraw
from reviews.assignments import tasks
from reviews.assignments.models import Assignment, QueueSettings, Run
from reviews.assignments.queries import lookups
from reviews.assignments.services import assignments, automation, profiles, runs
from reviews.assignments.states import RunKind
from tests.concurrency import race
from tests.factories import AssignmentFactory, ConflictFactory, RoleFactory, TeamMemberFactory

from .conftest import pairs_of, revoke

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreed(world):
    """Two proposals with both reviews agreed, one offer unanswered, and two reviewers to spare."""
    world.ada, world.bob, world.cy, world.dan = (world.reviewer() for _ in range(4))
    world.first, world.second = world.proposal(), world.proposal()
    for proposal in (world.first, world.second):
        for user, state in ((world.ada, "accepted"), (world.bob, "offered")):
            AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=user, state=state)
    return world


def mode(world, **values):
    QueueSettings.objects.update_or_create(edition=world.edition, defaults=values)


def decline(world, user, proposal, reason="Too busy."):
    assignment = Assignment.objects.get(reviewer=user, proposal=proposal, state__in=["offered", "accepted"])
    assignments.decline(by=user, assignment=assignment, reason=reason)


def work():
    """What beat and a worker do in a minute: tick, then execute what was started. The runs that were."""
    automation.tick()
    waiting = list(Run.objects.claimable().values_list("pk", flat=True))
    for run in waiting:
        runs.execute(run)
    return list(Run.objects.filter(pk__in=waiting))


def live(world):
    return {(p, r) for p, r, state in world.live() if state in ("offered", "accepted", "submitted")}


def wanted(world):
    return lookups.settings_of(world.edition).wanted_at is not None


# --- Modes ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_decline_is_mended_at_once_and_no_other_pair_is_touched(agreed):
    mode(agreed, repairs="publish")
    before = live(agreed)
    decline(agreed, agreed.bob, agreed.first)
    assert wanted(agreed)
    (run,) = work()
    assert (run.state, run.kind, run.started_by, wanted(agreed)) == ("published", "repair", None, False)
    lost, ((proposal, reviewer),) = before - live(agreed), live(agreed) - before
    assert lost == {(agreed.first.pk, agreed.bob.pk)}
    assert (proposal, reviewer in (agreed.cy.pk, agreed.dan.pk)) == (agreed.first.pk, True)
    assert run.result["proposals"] == [agreed.first.pk]
    assert work() == []


def test_a_chair_who_wants_to_be_asked_finds_a_preview_and_a_mail_that_names_no_proposal(agreed):
    decline(agreed, agreed.bob, agreed.first)
    (run,) = work()
    assert (run.state, len(pairs_of(run)), len(live(agreed))) == ("preview", 1, 3)
    mail = Message.objects.get(kind="assignments/repair_ready")
    assert mail.recipient == agreed.chair
    assert "finds reviewers for 1 review." in mail.body
    assert agreed.first.title not in mail.body
    runs.publish(by=agreed.chair, run=run)
    assert len(live(agreed)) == 4


def test_with_repairs_off_nothing_is_started(agreed):
    mode(agreed, repairs="off")
    decline(agreed, agreed.bob, agreed.first)
    assert (work(), wanted(agreed)) == ([], False)


def test_a_repair_leaves_alone_what_nobody_has_assigned_yet(agreed):
    mode(agreed, repairs="publish")
    untouched = agreed.proposal()
    decline(agreed, agreed.bob, agreed.first)
    work()
    assert not Assignment.objects.filter(proposal=untouched).exists()


def test_rolling_gives_reviewers_to_what_arrives(agreed):
    mode(agreed, is_rolling=True, repairs="off")
    arrived = agreed.proposal()
    entry = record("proposals.submitted", by=None, target=arrived, proposal_id=arrived.pk)
    perform(Reaction.objects.get(entry=entry, task="assignments.take_up").pk, tasks.take_up)
    (run,) = work()
    assert (run.state, run.result["proposals"]) == ("published", [arrived.pk])
    assert Assignment.objects.filter(proposal=arrived, state="offered").count() == 2


def test_without_rolling_an_arrival_changes_nothing(agreed):
    entry = record("proposals.submitted", by=None, target=agreed.first, proposal_id=agreed.first.pk)
    perform(Reaction.objects.get(entry=entry, task="assignments.take_up").pk, tasks.take_up)
    assert (wanted(agreed), work()) == (False, [])


# --- What makes a repair necessary -------------------------------------------------------------------


def react(world, fact, **about):
    entry = record(fact, by=None, edition_id=world.edition.pk, **about)
    for reaction in Reaction.objects.filter(entry=entry, task__startswith="assignments."):
        perform(reaction.pk, getattr(tasks, reaction.task.partition(".")[2]))


def test_conflicts_departures_withdrawals_and_releases_ask_for_a_repair(agreed):
    def since(act):
        QueueSettings.objects.update(wanted_at=None)
        act()
        return wanted(agreed)

    def conflict():
        ConflictFactory(user=agreed.ada, sponsor=agreed.first.sponsor)
        react(agreed, "proposals.conflict_declared")

    def departure():
        revoke(agreed.bob, agreed.edition)
        react(agreed, "editions.role_revoked")

    def withdrawal():
        member = TeamMemberFactory(sponsor=agreed.second.sponsor).user
        withdraw(by=member, proposal=agreed.second)
        react(agreed, "proposals.withdrawn", proposal_id=agreed.second.pk)

    def release():
        made = AssignmentFactory(edition=agreed.edition, proposal=agreed.first, reviewer=agreed.cy)
        assignments.release(by=agreed.chair, assignment=made, reason="Wrong field.")

    assert [since(act) for act in (conflict, departure, withdrawal, release)] == [True] * 4
    assert not since(lambda: react(agreed, "proposals.conflict_declared"))


@pytest.mark.slow
def test_a_gap_that_nobody_can_fill_is_told_and_not_tried_for_ever(agreed):
    mode(agreed, repairs="publish")
    for user in (agreed.cy, agreed.dan):
        user.reviewer_profiles.update(is_paused=True)
    decline(agreed, agreed.bob, agreed.first)
    (run,) = work()
    names = sorted(str(user) for user in (agreed.cy, agreed.dan))
    assert run.result["gaps"] == [
        {
            "proposal": agreed.first.pk,
            "missing": 1,
            "said": [f"No longer asked: {agreed.bob} (Declined it before).", f"Paused: {' and '.join(names)}."],
        }
    ]
    assert (work(), wanted(agreed)) == ([], False)


# --- Who comes first --------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_comes_apart_during_a_run_is_taken_up_afterwards(agreed):
    mode(agreed, repairs="publish")
    mine = runs.start(by=agreed.chair, edition=agreed.edition)
    decline(agreed, agreed.bob, agreed.first)
    automation.tick()
    assert ([run.pk for run in Run.objects.all()], wanted(agreed)) == ([mine.pk], True)
    runs.execute(mine.pk)
    runs.discard(by=agreed.chair, run=mine)
    (run,) = work()
    assert (run.state, wanted(agreed)) == ("published", False)


@pytest.mark.slow
def test_the_queues_own_run_gives_way_to_a_chairs_and_comes_back(agreed):
    mode(agreed, repairs="publish")
    decline(agreed, agreed.bob, agreed.first)
    automation.tick()
    own = Run.objects.get()
    held = run_kit.claim(Run, own.pk)
    mine = runs.start(by=agreed.chair, edition=agreed.edition)
    own.refresh_from_db()
    assert (own.state, mine.state, wanted(agreed)) == ("discarded", "queued", True)
    with pytest.raises(run_kit.LeaseLost):
        run_kit.report(held, 0.5, "Late")
    runs.execute(mine.pk)
    assert [run.state for run in work()] == ["published"]


@pytest.mark.slow
def test_a_newer_repair_replaces_an_undecided_one_but_not_a_chairs_own(agreed):
    decline(agreed, agreed.bob, agreed.first)
    (older,) = work()
    decline(agreed, agreed.bob, agreed.second)
    (newer,) = work()
    mine = runs.start_repair(by=agreed.chair, edition=agreed.edition)
    runs.execute(mine.pk)
    older.refresh_from_db()
    newer.refresh_from_db()
    mine.refresh_from_db()
    assert (older.state, newer.state, mine.state) == ("discarded", "preview", "preview")
    assert {proposal for proposal, _ in pairs_of(newer)} == {agreed.first.pk, agreed.second.pk}
    assert Entry.objects.get(fact="assignments.run_discarded").data == {"replaced_by": newer.pk}


def test_only_cochairs_start_repairs_and_only_where_something_came_apart(agreed):
    with pytest.raises(NotAllowed):
        runs.start_repair(by=agreed.ada, edition=agreed.edition)
    with pytest.raises(WrongState) as refused:
        runs.start_repair(by=agreed.chair, edition=agreed.edition)
    assert refused.value.code == "nothing-to-repair"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_start_and_execute_one_repair(agreed):
    mode(agreed, repairs="publish")
    decline(agreed, agreed.bob, agreed.first)
    race(automation.tick, automation.tick, automation.tick)
    run = Run.objects.get()
    assert sorted(race(*[lambda: runs.execute(run.pk)] * 2)) == [False, True]
    assert Assignment.objects.filter(proposal=agreed.first, run=run).count() == 1
    assert Entry.objects.filter(fact="assignments.run_published").count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_decline_is_forgotten_however_it_falls_together_with_the_clock(agreed):
    mode(agreed, repairs="publish", answer_days=90)
    for proposal in (agreed.first, agreed.second):
        race(lambda proposal=proposal: decline(agreed, agreed.bob, proposal), work)
    work()
    work()
    assert [Assignment.objects.filter(proposal=p, state__in=["offered", "accepted"]).count() for p in
            (agreed.first, agreed.second)] == [2, 2]  # fmt: skip


# --- A chair's word on pairs in repairs, and walls -----------------------------------------------------


def test_a_mail_about_a_repair_counts_only_what_its_chair_may_see(agreed):
    walled = RoleFactory(edition=agreed.edition, kind=RoleKind.COCHAIR).user
    ConflictFactory(user=walled, sponsor=agreed.first.sponsor)
    decline(agreed, agreed.bob, agreed.first)
    work()
    assert [mail.recipient for mail in Message.objects.filter(kind="assignments/repair_ready")] == [agreed.chair]


def test_a_chairs_repair_does_not_touch_what_their_wall_hides(agreed):
    ConflictFactory(user=agreed.chair, sponsor=agreed.first.sponsor)
    for proposal in (agreed.first, agreed.second):
        decline(agreed, agreed.bob, proposal)
    run = runs.start_repair(by=agreed.chair, edition=agreed.edition)
    runs.execute(run.pk)
    run.refresh_from_db()
    assert (run.state, run.kind, run.result["proposals"]) == (RunState.PREVIEW, RunKind.REPAIR, [agreed.second.pk])


@pytest.mark.slow
def test_a_repair_over_hidden_proposals_alone_is_as_absent_as_they_are(agreed, client):
    walled = RoleFactory(edition=agreed.edition, kind=RoleKind.COCHAIR).user
    ConflictFactory(user=walled, sponsor=agreed.first.sponsor)
    decline(agreed, agreed.bob, agreed.first)
    (run,) = work()
    address = reverse("assignments:run", args=[agreed.edition.slug, run.pk])
    seen = []
    for chair in (agreed.chair, walled):
        client.force_login(chair, backend="django.contrib.auth.backends.ModelBackend")
        seen.append((client.get(address).status_code, lookups.runs_of(agreed.edition, chair)))
    assert seen == [(200, [run]), (404, [])]
    facts = Entry.objects.filter(fact__startswith="assignments.run_")
    assert {entry.proposal_id for entry in facts} == {agreed.first.pk}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_chair_who_starts_as_the_clock_does_goes_first_and_nothing_is_forgotten(agreed):
    mode(agreed, repairs="publish")
    decline(agreed, agreed.bob, agreed.first)
    _, mine = race(automation.tick, lambda: runs.start(by=agreed.chair, edition=agreed.edition))
    assert isinstance(mine, Run), mine
    assert Run.objects.filter(started_by=None, state__in=run_kit.UNDER_WAY).count() == 0
    runs.execute(mine.pk)
    runs.discard(by=agreed.chair, run=mine)
    assert [run.state for run in work()] == ["published"]


@pytest.mark.slow
def test_in_rolling_mode_a_reviewer_with_room_fills_what_was_missing(agreed):
    agreed.edition.reviews_per_proposal = 5
    agreed.edition.save()
    mode(agreed, is_rolling=True, repairs="publish", wanted_at=clock.now())
    work()
    assert len(live(agreed)) == 8
    new = agreed.reviewer()
    profiles.save_profile(by=new, edition=agreed.edition, topics=[], max_load=None, is_paused=False)
    reaction = Reaction.objects.get(task="assignments.take_up")
    perform(reaction.pk, tasks.take_up)
    work()
    assert {pair for pair in live(agreed) if pair[1] == new.pk} == {
        (agreed.first.pk, new.pk),
        (agreed.second.pk, new.pk),
    }
