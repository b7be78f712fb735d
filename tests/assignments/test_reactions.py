"""Facts from other apps reach the queue: withdrawals, conflicts, teams, roles."""

import pytest
from django.db import transaction
from django.urls import reverse

from expo.accounts.models import Organisation
from expo.journal.models import Entry, Reaction
from expo.journal.services import perform, record
from expo.notify.models import Message
from expo.proposals.models import Proposal
from reviews.assignments import tasks
from reviews.assignments.models import Assignment
from reviews.assignments.services import runs
from tests.concurrency import race
from tests.factories import (
    AffiliationFactory,
    AssignmentFactory,
    ConflictFactory,
    EditionFactory,
    RoleFactory,
    TeamMemberFactory,
)

from .conftest import revoke

pytestmark = pytest.mark.django_db


def react(fact, **about):
    """Record a fact and let the queue react to it, as a worker would."""
    record(fact, by=None, **about)
    for reaction in Reaction.objects.filter(done_at=None, task__startswith="assignments."):
        perform(reaction.pk, getattr(tasks, reaction.task.partition(".")[2]))


def states():
    return list(Assignment.objects.order_by("id").values_list("state", flat=True))


def test_a_withdrawal_empties_the_queues_and_keeps_submitted_reviews(world):
    proposal = world.proposal()
    for state in ("offered", "accepted", "submitted", "declined"):
        AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=world.reviewer(), state=state)
    AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=world.reviewer())
    Proposal.objects.filter(pk=proposal.pk).update(state="withdrawn")
    react("proposals.withdrawn", target=proposal, proposal_id=proposal.pk)
    assert states() == ["released", "released", "submitted", "declined", "accepted"]
    assert Message.objects.count() == 2
    assert {each.proposal_id for each in Entry.objects.filter(fact="assignments.released")} == {proposal.pk}


def test_a_withdrawal_that_was_taken_back_since_changes_nothing(world):
    proposal = world.proposal()
    AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=world.reviewer())
    react("proposals.withdrawn", target=proposal, proposal_id=proposal.pk)
    assert states() == ["accepted"]


def test_a_declared_conflict_releases_only_what_it_touches(world):
    ada, bob, proposal = world.reviewer(), world.reviewer(), world.proposal()
    for user in (ada, bob):
        AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=user)
    AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=ada)
    found = ConflictFactory(user=ada, sponsor=proposal.sponsor, proposal=proposal)
    react("proposals.conflict_declared", target=found, edition_id=world.edition.pk)
    assert states() == ["released", "accepted", "accepted"]


def test_a_released_verdict_takes_the_proposal_out_of_open_queues_and_tells_them(world):
    ada, bob, proposal = world.reviewer(), world.reviewer(), world.proposal()
    for user, state in ((ada, "accepted"), (bob, "submitted")):
        AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=user, state=state)
    AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=ada)
    Proposal.objects.filter(pk=proposal.pk).update(state="rejected")
    react("proposals.verdict_released", target=proposal, edition_id=world.edition.pk, proposal_id=proposal.pk)
    assert states() == ["released", "submitted", "accepted"]
    assert [mail.recipient for mail in Message.objects.all()] == [ada]


def test_a_new_employer_reaches_every_edition_and_its_subsidiaries(world):
    other = EditionFactory()
    ada = world.reviewer()
    RoleFactory(edition=other, user=ada)
    here, there = world.proposal(), world.proposal(edition=other)
    parent = Organisation.objects.create(name="Holding")
    for proposal in (here, there):
        proposal.sponsor.organisation.parent = parent
        proposal.sponsor.organisation.save()
        AssignmentFactory(edition=proposal.edition, proposal=proposal, reviewer=ada)
    AffiliationFactory(user=ada, organisation=parent)
    react("accounts.affiliations_changed", target=ada)
    assert states() == ["released", "released"]


def test_a_conflict_that_comes_up_ends_what_is_open_and_leaves_submitted_reviews_in(world):
    ada, first = world.reviewer(), world.proposal()
    second = world.proposal(sponsor=first.sponsor)
    third = world.proposal(sponsor=first.sponsor, state="accepted")
    for proposal, state in ((first, "submitted"), (second, "accepted"), (third, "submitted")):
        AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=ada, state=state)
    TeamMemberFactory(sponsor=first.sponsor, user=ada)
    react("sponsors.team_changed", target=first.sponsor)
    assert states() == ["submitted", "released", "submitted"]


def test_a_reviewer_without_the_role_has_no_queue(world):
    ada = world.reviewer()
    for state in ("offered", "submitted"):
        AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=ada, state=state)
    revoke(ada, world.edition)
    react("editions.role_revoked", edition_id=world.edition.pk)
    assert states() == ["released", "submitted"]


def test_a_revoked_role_ends_several_reviews_with_one_mail(world):
    ada, bob = world.reviewer(), world.reviewer()
    for user in (ada, ada, ada, bob):
        AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=user)
    revoke(ada, world.edition)
    react("editions.role_revoked", edition_id=world.edition.pk)
    mail = Message.objects.get()
    assert states() == ["released", "released", "released", "accepted"]
    assert (mail.recipient, mail.subject) == (ada, f"{world.edition}: proposals removed from your queue")
    assert "Several proposals were removed from your review queue" in mail.body


def test_a_released_batch_empties_a_queue_with_one_mail(world):
    ada = world.reviewer()
    decided = [world.proposal(state=state) for state in ("accepted", "rejected")]
    for proposal in (*decided, world.proposal()):
        AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=ada)
    for proposal in decided:
        react("proposals.verdict_released", target=proposal, proposal_id=proposal.pk)
    assert states() == ["released", "released", "accepted"]
    assert Message.objects.get().recipient == ada


def test_a_mail_about_a_conflict_tells_the_reviewer_nothing_about_the_proposal(world):
    ada, proposal = world.reviewer(), world.proposal(title="Hidden title")
    AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=ada)
    ConflictFactory(user=ada, sponsor=proposal.sponsor)
    react("proposals.conflict_declared", edition_id=world.edition.pk)
    mail = Message.objects.get()
    for secret in (proposal.title, proposal.code, proposal.sponsor.name):
        assert secret not in mail.subject + mail.body


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_conflict_that_commits_during_a_publish_is_never_missed(world):
    for _ in range(5):
        ada, proposal = world.reviewer(), world.proposal()
        run = world.run()

        def declare(ada=ada, proposal=proposal):
            with transaction.atomic():
                ConflictFactory(user=ada, sponsor=proposal.sponsor)
                entry = record("proposals.conflict_declared", by=None, edition_id=world.edition.pk)
            reaction = Reaction.objects.get(entry=entry, task="assignments.release_conflicted")
            perform(reaction.pk, tasks.release_conflicted)

        race(lambda run=run: runs.publish(by=world.chair, run=run), declare)
        live = Assignment.objects.filter(proposal=proposal, reviewer=ada).exclude(state="released")
        assert not live.exists()


def test_a_proposal_that_is_a_draft_again_is_hidden_from_its_reviewers(client, world):
    assignment = AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=world.reviewer())
    client.force_login(assignment.reviewer, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("scoring:review", args=[world.edition.slug, assignment.pk])
    seen = [client.get(address).status_code]
    Proposal.objects.filter(pk=assignment.proposal_id).update(state="draft", submitted_at=None)
    seen.append(client.get(address).status_code)
    assert seen == [200, 404]
