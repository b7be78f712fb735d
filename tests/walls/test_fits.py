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
from reviews.decisions.services.fits import execute_fit, start_fit
from tests.factories import (
    ConflictFactory,
    DecisionFactory,
    PresenterFactory,
    RoomFactory,
    SessionFactory,
    SponsorFactory,
)
from tests.scoring.fixtures import open_review

pytestmark = pytest.mark.django_db
KINDS = ("check", "joint")


@pytest.fixture
def panel():
    """Three talk places; a hidden session stands in one of them, and other hidden proposals are undecided."""
    panel = open_review(Phase.DECIDE, places=3)
    hall, track, day = RoomFactory(edition=panel.edition), panel.edition.tracks.get(), panel.edition.days.get()
    secret = SponsorFactory(edition=panel.edition, tier=panel.edition.tiers.get())
    ConflictFactory(user=panel.chair, sponsor=secret)
    placed = panel.proposal(4, 4, 4, sponsor=secret, state="accepted")
    SessionFactory(
        edition=panel.edition,
        proposal=placed,
        room=hall,
        track=track,
        starts_at=datetime.combine(day.date, day.opens_at, panel.edition.zone),
    )
    panel.proposal(4, 4, 4, sponsor=secret)
    shared = PresenterFactory(proposal=placed).email
    for value in (4, 3, 2):
        seen = panel.proposal(value, value, value, title=f"Talk of {value}")
        PresenterFactory(proposal=seen, email=shared, name="Ada")
    best = Proposal.objects.get(title="Talk of 4")
    DecisionFactory(proposal=best, decided_by=panel.cochair(), merit=4)
    return panel


def answers(panel, client):
    """Both answers, made anew, as data and as pages for the conflicted chair."""
    client.force_login(panel.chair)
    found = []
    for kind in KINDS:
        fit = start_fit(by=panel.chair, edition=panel.edition, kind=kind)
        execute_fit(fit.pk)
        fit.refresh_from_db()
        found.append((fit.scope, fit.input_hash, json.dumps(fit.result, sort_keys=True)))
        page = client.get(reverse("decisions:fit", args=[panel.edition.slug, fit.pk]))
        found.append(
            re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page.content.decode())
            .split("<main", 1)[1]
            .replace(f"/fits/{fit.pk}/", "/fits/N/")
            .split("Asked by")[1][200:]
        )
    panel = client.get(reverse("decisions:fits", args=[panel.edition.slug]), headers={"HX-Request": "true"})
    return [*found, re.sub(r"/fits/\d+/", "/fits/N/", panel.content.decode())]


def change_what_is_hidden(panel):
    hidden = Proposal.objects.filter(sponsor__conflicts__user=panel.chair)
    hidden.update(title="Secret", merit=9, expected_audience=999, equipment=["secret"], prefers="morning")
    people = Presenter.objects.filter(proposal__in=hidden)
    for person in people:
        Availability.objects.create(presenter=person, starts_at=clock.now(), ends_at=clock.now() + timedelta(days=999))
    people.update(email="secret@stage.example", name="Secret")
    for proposal in hidden.filter(state="submitted"):
        DecisionFactory(proposal=proposal, decided_by=panel.cochair())
    Decision.objects.filter(proposal__in=hidden).update(merit=1)
    panel.proposal(4, 4, 4, sponsor=hidden.first().sponsor)


@pytest.mark.slow
def test_answers_are_the_same_to_the_byte_when_what_is_hidden_changes(panel, client):
    before = answers(panel, client)

    change_what_is_hidden(panel)

    assert answers(panel, client) == before
    assert "Secret" not in "".join(str(each) for each in before)


@pytest.mark.slow
def test_a_free_chair_and_a_conflicted_one_do_not_get_each_others_answers(panel, client):
    free = panel.cochair()
    fits = {by: start_fit(by=by, edition=panel.edition, kind="check") for by in (panel.chair, free)}
    for fit in fits.values():
        execute_fit(fit.pk)

    def status(reader, asker):
        client.force_login(reader)
        return client.get(reverse("decisions:fit", args=[panel.edition.slug, fits[asker].pk])).status_code

    assert [status(reader, asker) for reader in (panel.chair, free) for asker in (panel.chair, free)] == [
        *(200, 404),
        *(404, 200),
    ]
