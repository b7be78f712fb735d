"""Publishing: once, all or nothing, and checked against everything that happened since the preview."""

import pytest

from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import NotAllowed, WrongState
from expo.kit.runs import RunState
from expo.notify.models import Message
from expo.proposals.models import Proposal
from reviews.assignments.models import Assignment
from reviews.assignments.services import assignments, runs
from tests.concurrency import race
from tests.factories import ConflictFactory, RoleFactory, TeamMemberFactory

from .conftest import revoke

pytestmark = pytest.mark.django_db


def dropped(run):
    run.refresh_from_db()
    return {(pair["proposal"], pair["reviewer"]): pair["dropped"] for pair in run.result["pairs"] if pair["dropped"]}


def test_publishing_offers_every_pair_and_invites_each_reviewer_once(world):
    ada, bob = world.reviewer(world.vision), world.reviewer(world.vision)
    first, second = world.proposal(world.vision), world.proposal(world.speech)
    run = world.run()
    published = runs.publish(by=world.chair, run=run)
    assert (published.offered, published.dropped) == (4, 0)
    assert world.live() == [(p.pk, r.pk, "offered") for p in (first, second) for r in (ada, bob)]
    offer = Assignment.objects.get(proposal=first, reviewer=ada)
    assert offer.why == ["1 of 1 topic: Vision.", "No conflict of interest was found."]
    assert (offer.due_at, offer.affinity, offer.run_id) == (world.edition.reviews_due_at, 1.0, run.pk)
    mails = Message.objects.order_by("recipient_id")
    assert [(mail.recipient, mail.subject) for mail in mails] == [
        (ada, f"{world.edition.name}: 2 proposals to review"),
        (bob, f"{world.edition.name}: 2 proposals to review"),
    ]
    assert f"http://testserver/e/{world.edition.slug}/review/" in mails[0].body
    due = world.edition.reviews_due_at.astimezone(world.edition.zone)
    assert f"due on {due:%A} {due.day} {due:%B %Y, %H:%M} (America/New_York)." in mails[0].body


def test_an_invitation_names_no_proposal_because_the_outbox_has_other_readers(world):
    world.reviewer()
    proposal = world.proposal(title="A title nobody may read")
    runs.publish(by=world.chair, run=world.run())
    body = Message.objects.get().body
    assert proposal.title not in body
    assert proposal.code not in body
    assert proposal.sponsor.name not in body


@pytest.mark.slow
def test_the_reading_order_differs_between_reviewers_and_repeats_with_the_seed(world):
    world.edition.max_load = 20
    world.edition.save()
    people = [world.reviewer() for _ in range(2)]
    for _ in range(12):
        world.proposal()
    runs.publish(by=world.chair, run=world.run(seed=5))
    orders = [
        list(Assignment.objects.filter(reviewer=user).order_by("position").values_list("proposal_id", flat=True))
        for user in people
    ]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert orders[0] != sorted(orders[0])


def test_publishing_twice_says_so_and_changes_nothing(world):
    world.reviewer()
    world.proposal()
    run = world.run()
    runs.publish(by=world.chair, run=run)
    before = world.live()
    with pytest.raises(WrongState) as refused:
        runs.publish(by=world.chair, run=run)
    assert refused.value.code == "already-published"
    assert (world.live(), Message.objects.count()) == (before, 1)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_chairs_who_publish_at_once_publish_once(world):
    for _ in range(3):
        world.reviewer()
        world.proposal()
    run = world.run()
    second = RoleFactory(edition=world.edition, kind=RoleKind.COCHAIR).user
    answers = race(lambda: runs.publish(by=world.chair, run=run), lambda: runs.publish(by=second, run=run))
    assert [each.code for each in answers if isinstance(each, WrongState)] == ["already-published"]
    assert (len(world.live()), Message.objects.count()) == (6, 3)
    assert Entry.objects.filter(fact="assignments.run_published").count() == 1


def test_what_was_withdrawn_since_the_preview_is_left_out(world):
    ada = world.reviewer()
    gone, stays = world.proposal(), world.proposal()
    run = world.run()
    Proposal.objects.filter(pk=gone.pk).update(state="withdrawn")
    published = runs.publish(by=world.chair, run=run)
    assert (published.offered, published.dropped) == (1, 1)
    assert world.live() == [(stays.pk, ada.pk, "offered")]
    assert dropped(run) == {(gone.pk, ada.pk): "The proposal no longer awaits review."}


def test_conflicts_declines_pauses_and_revoked_roles_since_the_preview_are_left_out(world):
    proposal = world.proposal()
    world.edition.reviews_per_proposal = 6
    world.edition.save()
    employee, busy, paused, gone, fine = (world.reviewer() for _ in range(5))
    run = world.run()
    TeamMemberFactory(sponsor=proposal.sponsor, user=employee)
    Assignment.objects.create(
        edition=world.edition, proposal=proposal, reviewer=busy, state="declined", decline_reason="Busy."
    )
    paused.reviewer_profiles.update(is_paused=True)
    revoke(gone, world.edition)
    runs.publish(by=world.chair, run=run)
    assert Assignment.objects.get(state="offered").reviewer == fine
    assert dropped(run) == {
        (proposal.pk, employee.pk): f"Belongs to the team of {proposal.sponsor.name}.",
        (proposal.pk, busy.pk): "Declined it before.",
        (proposal.pk, paused.pk): "Has paused since.",
        (proposal.pk, gone.pk): "No longer a reviewer of this edition.",
    }


@pytest.mark.slow
def test_what_a_chair_assigned_by_hand_since_the_preview_counts(world):
    ada, bob = world.reviewer(max_load=1), world.reviewer()
    first, second = world.proposal(), world.proposal()
    world.edition.reviews_per_proposal = 1
    world.edition.save()
    run = world.run()
    (mine,) = [pair["proposal"] for pair in run.result["pairs"] if pair["reviewer"] == ada.pk] or [first.pk]
    other = first if mine == second.pk else second
    assignments.assign(by=world.chair, proposal=other, reviewer=ada)
    runs.publish(by=world.chair, run=run)
    assert Assignment.objects.filter(reviewer=ada).count() == 1
    for proposal in (first, second):
        assert Assignment.objects.filter(proposal=proposal).count() <= 1
    assert set(dropped(run).values()) <= {
        "Has reached a full load since.",
        "The proposal has since got all its reviews.",
    }
    assert dropped(run)
    assert bob.pk in {reviewer for _, reviewer, _ in world.live()} or len(dropped(run)) == 2


def test_a_run_that_is_partly_behind_the_publishers_wall_is_refused(world):
    world.reviewer()
    hidden = world.proposal()
    run = world.run()
    second = RoleFactory(edition=world.edition, kind=RoleKind.COCHAIR).user
    ConflictFactory(user=second, sponsor=hidden.sponsor)
    with pytest.raises(NotAllowed) as refused:
        runs.publish(by=second, run=run)
    assert refused.value.code == "run-behind-wall"
    assert world.live() == []
    ConflictFactory(user=world.chair, sponsor=hidden.sponsor)  # found between start and publication
    with pytest.raises(NotAllowed):
        runs.publish(by=world.chair, run=run)
    assert world.live() == []


def test_only_a_cochair_of_the_same_edition_publishes_or_discards(world):
    reviewer = world.reviewer()
    world.proposal()
    run = world.run()
    stranger = RoleFactory(kind=RoleKind.COCHAIR).user
    for user in (reviewer, stranger):
        for verb in (runs.publish, runs.discard):
            with pytest.raises(NotAllowed):
                verb(by=user, run=run)
    run.refresh_from_db()
    assert run.state == RunState.PREVIEW


@pytest.mark.slow
def test_a_discarded_run_cannot_be_published_and_a_published_one_not_discarded(world):
    world.reviewer()
    world.proposal()
    run = world.run()
    runs.discard(by=world.chair, run=run)
    runs.discard(by=world.chair, run=run)
    with pytest.raises(WrongState) as refused:
        runs.publish(by=world.chair, run=run)
    assert refused.value.code == "no-preview"
    second = world.run()
    runs.publish(by=world.chair, run=second)
    with pytest.raises(WrongState) as refused:
        runs.discard(by=world.chair, run=second)
    assert refused.value.code == "already-published"
    assert Entry.objects.filter(fact="assignments.run_discarded").count() == 1


@pytest.mark.slow
def test_a_second_run_fills_only_what_is_missing(world):
    ada, bob, cy = (world.reviewer() for _ in range(3))
    proposal = world.proposal()
    runs.publish(by=world.chair, run=world.run())
    (asked, *_), (kept, *_) = Assignment.objects.values_list("reviewer_id").order_by("id")
    assignments.decline(
        by=next(u for u in (ada, bob, cy) if u.pk == asked),
        assignment=Assignment.objects.get(reviewer_id=asked),
        reason="Away.",
    )
    runs.publish(by=world.chair, run=world.run())
    free = ({ada.pk, bob.pk, cy.pk} - {asked, kept}).pop()
    assert world.live() == sorted(
        [(proposal.pk, asked, "declined"), (proposal.pk, kept, "offered"), (proposal.pk, free, "offered")]
    )
