"""The reviewer's queue over the API: own rows only, sponsor hidden like on the page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from expo.editions.models import Edition
from reviews.assignments.models import Assignment
from tests.factories import AssignmentFactory, ConflictFactory, EditionFactory, RoleFactory

pytestmark = pytest.mark.django_db


def ask(user, edition):
    client = APIClient()
    client.force_authenticate(user)
    return client.get(f"/api/v1/editions/{edition.slug}/assignments/")


def test_a_reviewer_reads_their_own_queue(world):
    ada, proposal = world.reviewer(), world.proposal(world.vision)
    made = AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=ada, state="offered", why=["Because."])
    AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=world.reviewer())
    made.refresh_from_db()
    assert ask(ada, world.edition).json()["results"] == [
        {
            "id": made.pk,
            "code": proposal.code,
            "title": proposal.title,
            "format": "talk",
            "topics": [world.vision.slug],
            "state": "offered",
            "due_at": made.due_at.isoformat().replace("+00:00", "Z"),
            "is_late": False,
            "why": ["Because."],
            "sponsor": None,
        }
    ]


def test_the_sponsor_shows_once_the_own_score_is_in(world):
    ada, proposal = world.reviewer(), world.proposal()
    AssignmentFactory(edition=world.edition, proposal=proposal, reviewer=ada)

    def sponsors():
        return [row["sponsor"] for row in ask(ada, world.edition).json()["results"]]

    assert sponsors() == [None]
    Assignment.objects.update(state="submitted")
    assert sponsors() == [proposal.sponsor.name]
    Assignment.objects.update(state="accepted")
    Edition.objects.update(hide_sponsor_until_scored=False)
    assert sponsors() == [proposal.sponsor.name]


def test_others_find_nothing(world):
    made = AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=world.reviewer())
    assert APIClient().get(f"/api/v1/editions/{world.edition.slug}/assignments/").status_code == 401
    assert ask(world.chair, world.edition).status_code == 404
    assert ask(made.reviewer, EditionFactory()).status_code == 404
    missing = APIClient()
    missing.force_authenticate(made.reviewer)
    assert missing.get("/api/v1/editions/nowhere/assignments/").status_code == 404


def test_what_a_conflict_hides_is_not_in_the_queue(world):
    ada = RoleFactory(edition=world.edition).user
    made = AssignmentFactory(edition=world.edition, proposal=world.proposal(), reviewer=ada)
    ConflictFactory(user=ada, sponsor=made.proposal.sponsor)
    assert ask(ada, world.edition).json()["results"] == []


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow(world):
    ada = world.reviewer()

    def count(n):
        for _ in range(n):
            AssignmentFactory(edition=world.edition, proposal=world.proposal(world.vision), reviewer=ada)
        with CaptureQueriesContext(connection) as captured:
            ask(ada, world.edition)
        return len(captured)

    assert count(2) == count(18)
