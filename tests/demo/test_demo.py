"""The demo edition: every stage stands, and stands the same each time."""

import csv
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.journal.models import Entry, Reaction
from expo.notify.models import Message
from expo.program.models import Session
from expo.proposals.models import Proposal
from expo.proposals.states import PLACEABLE
from reviews.assignments.models import Assignment
from reviews.decisions.models import Decision
from reviews.decisions.queries.places import unordered_places
from reviews.demo.build import build, slug_of
from reviews.demo.plan import SESSIONS, STAGES, plan
from reviews.demo.setup import sign_in
from reviews.scoring.models import Score

pytestmark = pytest.mark.slow
SHAPE = {
    "call": Phase.CALL,
    "review": Phase.REVIEW,
    "decide": Phase.DECIDE,
    "schedule": Phase.SCHEDULE,
    "published": Phase.PUBLISHED,
}


def facts(edition: Edition) -> dict[str, Any]:
    """What must be the same each time, without ids and times."""
    of = {"edition": edition}
    review = "review__assignment"
    rows = {
        "proposals": Proposal.objects.filter(**of).values_list("code", "title", "state"),
        "assignments": Assignment.objects.filter(**of).values_list("proposal__code", "reviewer__email", "state"),
        "scores": Score.objects.filter(review__assignment__edition=edition).values_list(
            f"{review}__proposal__code", f"{review}__reviewer__email", "criterion__slug", "level__value"
        ),
        "decisions": Decision.objects.filter(proposal__edition=edition).values_list(
            "proposal__code", "verdict", "reason"
        ),
        "sessions": Session.objects.filter(**of).values_list("proposal__code", "room__name", "starts_at"),
    }
    return {name: sorted(found) for name, found in rows.items()}


#: What may be seen of a proposal beside its state, for whoever signs in as its sponsor.
ONE_REQUIRED = Q(office_answers__field__label="Person on site")
BOTH_REQUIRED = Q(office_answers__field__label="Arrival of equipment")
DETAILS = {
    "nothing left of a format": Q(state="submitted", sponsor__tier__name="Gold"),
    "draft with a kept reason": Q(state="draft") & ~Q(kept={}),
    "draft with a late link": Q(state="draft", sponsor__late_links__isnull=False),
    "changed since": Q(state="submitted", working_copy__isnull=False, change_requests=None),
    "change asked for": Q(change_requests__state="open"),
    "change refused": Q(change_requests__state="refused"),
    "to confirm": Q(state="accepted", public_text_approved_at=None),
    "offer": Q(state="accepted", accepted_instead_of__isnull=False),
    "declined": Q(withdrawn_as="declined"),
    "by criterion": Q(state="rejected") & ~Q(criteria_feedback=[]),
    "office partly": Q(state="confirmed") & ONE_REQUIRED & ~BOTH_REQUIRED,
    "presenter confirmed": Q(state__in=PLACEABLE, presenter_invitations__answer="yes"),
    "presenter declined": Q(state__in=PLACEABLE, presenter_invitations__answer="no"),
    "presenter silent": Q(state__in=PLACEABLE, presenter_invitations__answer="open"),
    "profile approved": Q(sponsor__profile_approved_at__isnull=False, sponsor__logo__isnull=False),
    "profile not approved": Q(sponsor__profile_approved_at=None, sponsor__logo__isnull=False),
}
AFTER_VERDICT = {
    "to confirm",
    "offer",
    "declined",
    "by criterion",
    "office partly",
    "presenter confirmed",
    "presenter declined",
    "presenter silent",
    "profile approved",
    "profile not approved",
}


def start_counting_ids_afresh() -> None:
    """As in a new database: ids break ties in the engines."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(sql)


@dataclass(frozen=True)
class Built:
    """What was seen of a demo edition, which is gone since."""

    edition: Edition
    open_reactions: int
    mail: set[str]
    own_proposals: set[str]
    own_details: set[str]
    free_places: int
    facts: dict[str, Any]
    again: Edition
    entries_added_again: int


def cochair() -> User:
    return User.objects.get(email=sign_in("cochair"))


def build_and_look(stage: str) -> Built:
    """Build it as in a new database, then once more, and take everything back."""
    with transaction.atomic():
        start_counting_ids_afresh()
        edition = build(stage, "s")
        entries = Entry.objects.count()
        own = Proposal.objects.filter(edition=edition, sponsor__team__user__email=sign_in("sponsor"))
        seen = Built(
            edition=edition,
            open_reactions=Reaction.objects.filter(done_at=None).count(),
            mail=set(Message.objects.values_list("state", flat=True)),
            own_proposals=set(own.values_list("state", flat=True)),
            own_details={name for name, which in DETAILS.items() if own.filter(which).exists()},
            free_places=sum(bool(each.candidates) for each in unordered_places(edition, cochair()).pools),
            facts=facts(edition),
            again=build(stage, "s"),
            entries_added_again=Entry.objects.count() - entries,
        )
        transaction.set_rollback(True)
    return seen


#: To build takes seconds, so that each stage is built once for all tests.
built = cache(build_and_look)


@pytest.mark.django_db
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_ends_in_its_phase_with_nothing_left_to_do(stage: str) -> None:
    edition = built(stage).edition
    assert (edition.phase, edition.slug, edition.is_demo) == (SHAPE[stage], slug_of(stage, "s"), True)
    assert (built(stage).open_reactions, built(stage).mail) == (0, {"sent"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stage", "states"),
    [
        ("call", {"draft", "submitted", "withdrawn"}),
        ("review", {"draft", "submitted"}),
        ("published", {"accepted", "confirmed", "rejected", "waitlisted", "withdrawn"}),
    ],
)
def test_the_sponsor_to_sign_in_as_has_a_proposal_of_each_status(stage: str, states: set[str]) -> None:
    assert built(stage).own_proposals == states


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stage", "details"),
    [
        ("call", {"nothing left of a format", "draft with a kept reason", "changed since"}),
        (
            "review",
            {
                "nothing left of a format",
                "draft with a late link",
                "changed since",
                "change asked for",
                "change refused",
            },
        ),
        ("schedule", AFTER_VERDICT),
        ("published", AFTER_VERDICT),
    ],
)
def test_the_sponsor_to_sign_in_as_has_something_in_every_state(stage: str, details: set[str]) -> None:
    assert built(stage).own_details == details


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["schedule", "published"])
def test_one_place_is_free_and_somebody_is_next(stage: str) -> None:
    assert built(stage).free_places == 1


@pytest.mark.django_db
@pytest.mark.parametrize("stage", STAGES)
def test_building_twice_changes_nothing(stage: str) -> None:
    assert (built(stage).again, built(stage).entries_added_again) == (built(stage).edition, 0)


@pytest.mark.django_db
def test_the_same_size_gives_the_same_edition() -> None:
    first, second = built("published").facts, build_and_look("published").facts
    assert first == second
    assert len(first["sessions"]) == 9  # one is declined before the release, two withdrawn after it


def test_the_middle_size_carries_every_session_on_record_with_its_source() -> None:
    with SESSIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sources = {proposal.source for proposal in plan("m").proposals}
    assert sources == {f"{row['conference']} {row['year']}, {row['source']}" for row in rows}


def test_whatever_is_invented_says_demo() -> None:
    made = plan("m")
    with SESSIONS.open(encoding="utf-8", newline="") as file:
        on_record = {row["sponsor"] for row in csv.DictReader(file)} - {""}
    assert {one.name for one in made.sponsors if not one.is_demo} == on_record
    assert all("Demo" in one.name for one in made.sponsors if one.is_demo)
    assert all("Demo" in one.name for one in made.reviewers)


@pytest.mark.parametrize(("size", "proposals", "reviewers"), [("s", 24, 12), ("m", 86, 30), ("l", 2000, 400)])
def test_sizes_are_as_promised(size: str, proposals: int, reviewers: int) -> None:
    made = plan(size)
    assert (len(made.proposals), len(made.reviewers), made) == (proposals, reviewers, plan(size))
