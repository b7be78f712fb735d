"""What is hidden from a chair moves nothing in the scheduler's answers to them, and nobody gets another's answers."""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from expo.editions.states import Phase
from expo.kit import clock
from expo.proposals.models import Availability, Presenter, Proposal
from reviews.decisions.models import Decision
from reviews.decisions.services import execute_fit, start_fit
from tests.factories import (
    ConflictFactory,
    DecisionFactory,
    PresenterFactory,
    RoomFactory,
    SessionFactory,
    SponsorFactory,
)
from tests.scoring.house import open_house

pytestmark = pytest.mark.django_db
KINDS = ("check", "joint")


@pytest.fixture
def house():
    """Three talk places; a hidden session stands in one of them, and other hidden proposals are undecided."""
    house = open_house(Phase.DECIDE, places=3)
    hall, track, day = RoomFactory(edition=house.edition), house.edition.tracks.get(), house.edition.days.get()
    secret = SponsorFactory(edition=house.edition, tier=house.edition.tiers.get())
    ConflictFactory(user=house.chair, sponsor=secret)
    placed = house.proposal(4, 4, 4, sponsor=secret, state="accepted")
    SessionFactory(
        edition=house.edition,
        proposal=placed,
        room=hall,
        track=track,
        starts_at=datetime.combine(day.date, day.opens_at, house.edition.zone),
    )
    house.proposal(4, 4, 4, sponsor=secret)
    shared = PresenterFactory(proposal=placed).email
    for value in (4, 3, 2):
        seen = house.proposal(value, value, value, title=f"Talk of {value}")
        PresenterFactory(proposal=seen, email=shared, name="Ada")
    best = Proposal.objects.get(title="Talk of 4")
    DecisionFactory(proposal=best, decided_by=house.cochair(), merit=4)
    return house


def answers(house, client):
    """Both answers, made anew, as data and as pages for the conflicted chair."""
    client.force_login(house.chair)
    found = []
    for kind in KINDS:
        fit = start_fit(by=house.chair, edition=house.edition, kind=kind)
        execute_fit(fit.pk)
        fit.refresh_from_db()
        found.append((fit.scope, fit.input_hash, json.dumps(fit.result, sort_keys=True)))
        page = client.get(reverse("decisions:fit", args=[house.edition.slug, fit.pk]))
        found.append(
            page.content.decode()
            .split("<main", 1)[1]
            .replace(f"/fits/{fit.pk}/", "/fits/N/")
            .split("Asked by")[1][200:]
        )
    panel = client.get(reverse("decisions:fits", args=[house.edition.slug]), headers={"HX-Request": "true"})
    return [*found, re.sub(r"/fits/\d+/", "/fits/N/", panel.content.decode())]


def change_what_is_hidden(house):
    hidden = Proposal.objects.filter(sponsor__conflicts__user=house.chair)
    hidden.update(title="Secret", merit=9, expected_audience=999, equipment=["secret"], prefers="morning")
    people = Presenter.objects.filter(proposal__in=hidden)
    for person in people:
        Availability.objects.create(presenter=person, starts_at=clock.now(), ends_at=clock.now() + timedelta(days=999))
    people.update(email="secret@stage.example", name="Secret")
    for proposal in hidden.filter(state="submitted"):
        DecisionFactory(proposal=proposal, decided_by=house.cochair())
    Decision.objects.filter(proposal__in=hidden).update(merit=1)
    house.proposal(4, 4, 4, sponsor=hidden.first().sponsor)


@pytest.mark.slow
def test_answers_are_the_same_to_the_byte_when_what_is_hidden_changes(house, client):
    before = answers(house, client)

    change_what_is_hidden(house)

    assert answers(house, client) == before
    assert "Secret" not in "".join(str(each) for each in before)


@pytest.mark.slow
def test_a_free_chair_and_a_conflicted_one_do_not_get_each_others_answers(house, client):
    free = house.cochair()
    fits = {by: start_fit(by=by, edition=house.edition, kind="check") for by in (house.chair, free)}
    for fit in fits.values():
        execute_fit(fit.pk)

    def status(reader, asker):
        client.force_login(reader)
        return client.get(reverse("decisions:fit", args=[house.edition.slug, fits[asker].pk])).status_code

    assert [status(reader, asker) for reader in (house.chair, free) for asker in (house.chair, free)] == [
        *(200, 404),
        *(404, 200),
    ]
