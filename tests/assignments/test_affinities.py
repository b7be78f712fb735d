"""Affinities of an edition: the same for a pair on every page, whatever else there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.assignments.models import Bid, Publication, QueueSettings, ReviewerProfile
from reviews.assignments.queries import problem, roster
from reviews.assignments.services import profiles
from tests import factories as make

pytestmark = pytest.mark.django_db


def write(user, *titles, about=""):
    profile = ReviewerProfile.objects.get(user=user)
    ReviewerProfile.objects.filter(pk=profile.pk).update(about=about)
    Publication.objects.bulk_create([Publication(profile=profile, title=title) for title in titles])


def ask(world, *proposals, edition=None):
    edition = edition or world.edition
    return problem.affinities(edition, proposals, roster.people(edition))


def names(world):
    return {topic.pk: topic.name for topic in world.edition.topics.all()}


@pytest.mark.slow
def test_one_pair_says_all_its_parts(world):
    QueueSettings.objects.create(edition=world.edition, takes_bids=True)
    ada = world.reviewer(world.vision)
    write(ada, "Demand forecasts drift", about="Energy demand, mostly.")
    proposal = world.proposal(world.vision, world.speech, title="Forecasts of energy demand", abstract="They drift.")
    profiles.bid(by=ada, edition=world.edition, values={proposal.pk: "want"})
    found = ask(world, proposal)
    affinity = found.of(proposal.pk, ada.pk)
    sentences = affinity.sentences(names(world))
    assert sentences[0] == "1 of 2 topics: Vision."
    assert sentences[1].startswith("Shares many words with the reviewer's own texts (1.00 of 1)")
    assert sentences[1].endswith("; strongest terms: energy demand, drift, forecasts.")
    assert sentences[2:] == ["Wants to review it."]
    assert found.value(proposal.pk, ada.pk) == affinity.value


@pytest.mark.slow
def test_in_bulk_it_is_the_same_as_one_by_one_without_the_zeros(world):
    QueueSettings.objects.create(edition=world.edition, takes_bids=True)
    people = [world.reviewer(world.vision), world.reviewer(world.speech), world.reviewer(), world.reviewer()]
    write(
        people[1], "Speech recognition", "Robust speech", "Tea", "Coffee", "Cocoa", "Speech of birds", about="Speech."
    )
    write(people[3], about="the of and")
    proposals = [
        world.proposal(world.vision, world.speech, title="Speech that sees"),
        world.proposal(title="Nothing alike", abstract=""),
        world.proposal(world.vision, title="the", abstract="and"),
    ]
    for proposal, said in zip(proposals, ("want", "can", "no"), strict=True):
        Bid.objects.create(proposal=proposal, reviewer=people[0], value=said)
    found = ask(world, *proposals)
    one_by_one = {
        (proposal.pk, user.pk): found.of(proposal.pk, user.pk).value for proposal in proposals for user in people
    }
    assert found.values() == {pair: value for pair, value in one_by_one.items() if value}
    assert one_by_one[proposals[1].pk, people[3].pk] == 0
    assert found.of(proposals[2].pk, people[1].pk).text is None


def test_a_pair_is_the_same_whatever_else_is_asked(world):
    ada, _ = world.reviewer(world.vision), world.reviewer(world.speech)
    write(ada, "Demand forecasts drift")
    proposal, hidden = world.proposal(world.vision, title="Forecasts of demand"), world.proposal(title="Drift, drift")
    alone, among = ask(world, proposal), ask(world, hidden, proposal, world.proposal())
    assert alone.of(proposal.pk, ada.pk) == among.of(proposal.pk, ada.pk)
    assert alone.value(proposal.pk, ada.pk) == among.value(proposal.pk, ada.pk)


def test_bids_count_only_where_the_edition_takes_them(world):
    ada = world.reviewer()
    proposal = world.proposal()
    Bid.objects.create(proposal=proposal, reviewer=ada, value="want")
    assert ask(world, proposal).of(proposal.pk, ada.pk).bid == ""


def test_what_somebody_wrote_for_another_edition_says_nothing_here(world):
    elsewhere = make.EditionFactory()
    ada = world.reviewer(world.vision)
    make.RoleFactory(edition=elsewhere, user=ada)
    other = make.ReviewerProfileFactory(edition=elsewhere, user=ada, about="Forecasts.")
    Publication.objects.create(profile=other, title="Forecasts")
    proposal = world.proposal(title="Forecasts")
    assert ask(world, proposal).of(proposal.pk, ada.pk).text is None


def test_nobody_or_nothing_is_no_trouble(world):
    assert ask(world).values() == {}
    assert ask(world, world.proposal(world.vision)).values() == {}
    world.reviewer(world.vision)
    assert ask(world).values() == {}


@pytest.mark.slow
def test_twenty_cost_as_many_queries_as_two(world):
    QueueSettings.objects.create(edition=world.edition, takes_bids=True)

    def cost():
        people = roster.people(world.edition)
        proposals = list(world.edition.proposals.all())
        with CaptureQueriesContext(connection) as captured:
            found = problem.affinities(world.edition, proposals, people)
            found.values()
            [found.of(proposal.pk, person.id).sentences({}) for proposal in proposals for person in people]
        return len(captured)

    def grow(n):
        for k in range(n):
            user = world.reviewer()
            write(user, f"Title {k}", about="Forecasts")
            Bid.objects.create(proposal=world.proposal(), reviewer=user, value="want")

    grow(2)
    two = cost()
    grow(18)
    assert cost() == two == 4
