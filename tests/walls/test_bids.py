"""What a reviewer reads about proposals, and what anybody reads about affinities, tells nothing of what is hidden."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expo.editions.states import RoleKind
from expo.proposals.models import Presenter, Proposal
from reviews.assignments.models import Bid, Publication, QueueSettings
from reviews.assignments.queries import problem, roster
from reviews.assignments.services import profiles
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> dict[str, Any]:
    """Alpha's and Beta's proposals; a reviewer and a chair who have a conflict with Alpha."""
    edition = make.EditionFactory()
    QueueSettings.objects.create(edition=edition, takes_bids=True)
    talk, topic = make.FormatFactory(edition=edition), make.TopicFactory(edition=edition)
    alpha, beta = (make.SponsorFactory(edition=edition) for _ in range(2))
    hidden = [make.SubmittedFactory(edition=edition, sponsor=alpha, format=talk, title=f"Hidden {n}") for n in range(3)]
    seen = [make.SubmittedFactory(edition=edition, sponsor=beta, format=talk, title=f"Seen {n}") for n in range(3)]
    reviewer = make.RoleFactory(edition=edition).user
    chair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    for person in (reviewer, chair):
        make.ConflictFactory(user=person, sponsor=alpha)
    profile = make.ReviewerProfileFactory(edition=edition, user=reviewer)
    Publication.objects.create(profile=profile, title="Scaling laws seen and hidden")
    for proposal in (*hidden, *seen):
        proposal.topics.set([topic])
    return {"edition": edition, "hidden": hidden, "seen": seen, "reviewer": reviewer, "chair": chair, "topic": topic}


def page(scene: dict[str, Any], name: str, query: str = "") -> str:
    client = Client()
    client.force_login(scene["reviewer"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse(f"assignments:{name}", args=[scene["edition"].slug]) + query)
    assert answer.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"|csrf[^ ]*"[^"]*"', "", answer.content.decode())


def change_everything_hidden(scene: dict[str, Any]) -> None:
    """Other words, topics, presenters, bids, and one fewer; one more."""
    first, second, third = scene["hidden"]
    Proposal.objects.filter(pk=first.pk).update(title="Scaling laws", abstract="seen " * 50)
    first.topics.set([])
    Bid.objects.create(proposal=second, reviewer=scene["reviewer"], value="want")
    make.PresenterFactory(proposal=second, name="Ann Lee")
    third.delete()
    make.SubmittedFactory(edition=scene["edition"], sponsor=first.sponsor, format=first.format)


@pytest.mark.parametrize("query", ["", "?show=open", "?show=want", "?page=2"])
def test_the_page_of_bids_shows_nothing_of_what_is_hidden(scene: dict[str, Any], query: str) -> None:
    before = page(scene, "bids", query)
    assert "Hidden" not in before
    change_everything_hidden(scene)
    assert page(scene, "bids", query) == before


def test_the_invitation_shows_nothing_of_what_is_hidden(scene: dict[str, Any]) -> None:
    before = page(scene, "join")
    change_everything_hidden(scene)
    assert page(scene, "join") == before


@pytest.mark.slow
def test_affinities_say_the_same_whatever_is_hidden(scene: dict[str, Any]) -> None:
    def pages() -> list[Any]:
        edition = scene["edition"]
        found = problem.affinities(edition, scene["seen"], roster.people(edition))
        names = {scene["topic"].pk: "Topic"}
        return [(found.values(), found.of(each.pk, scene["reviewer"].pk).sentences(names)) for each in scene["seen"]]

    before = pages()
    assert "with the reviewer's own texts" in before[0][1][1]
    change_everything_hidden(scene)
    assert pages() == before


@pytest.mark.slow
def test_a_chairs_run_weighs_the_same_whatever_is_hidden_from_them(scene: dict[str, Any]) -> None:
    def weighed() -> Any:
        return problem.read_snapshot(scene["edition"], scene["chair"], 1).problem.affinities

    before = dict(weighed())
    assert {proposal for proposal, _ in before} == {each.pk for each in scene["seen"]}
    change_everything_hidden(scene)
    assert dict(weighed()) == before


def test_a_bid_on_what_is_hidden_is_not_kept(scene: dict[str, Any]) -> None:
    values = {each.pk: "want" for each in scene["hidden"]}
    assert profiles.bid(by=scene["reviewer"], edition=scene["edition"], values=values) == 0
    assert not Bid.objects.exists()


def test_a_new_presenter_behind_the_wall_changes_no_list_of_conflicts(scene: dict[str, Any]) -> None:
    """The whole sponsor is hidden, so that its people are not named one by one."""
    before = page(scene, "join")
    Presenter.objects.create(proposal=scene["hidden"][0], name="Somebody")
    assert page(scene, "join") == before
