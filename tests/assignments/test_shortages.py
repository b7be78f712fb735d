"""When reviews are missing the run says which few proposals explain it, why, and what could be done."""

import pytest

from expo.editions.models import Role
from reviews.assignments.models import QueueSettings
from tests.factories import ConflictFactory

pytestmark = pytest.mark.django_db


def test_a_run_without_gaps_says_nothing_of_shortage(world):
    for _ in range(2):
        world.reviewer()
    world.proposal()
    assert world.run().result["shortage"] is None


def test_a_shortage_names_the_few_proposals_it_is_about_and_ways_out(world):
    ada, bob = world.reviewer(world.vision, name="Ada", max_load=1), world.reviewer(name="Bob", max_load=2)
    fine, first, second = world.proposal(), world.proposal(world.vision), world.proposal(world.vision)
    world.edition.reviews_per_proposal = 1
    world.edition.save()
    for proposal in (first, second):
        ConflictFactory(user=bob, sponsor=proposal.sponsor)
    shortage = world.run().result["shortage"]
    assert shortage["prechecks"] == []
    assert shortage["deficient"] == {
        "proposals": [first.pk, second.pk],
        "reviewers": [ada.pk],
        "missing": 1,
        "said": "2 proposals share 1 eligible reviewer with a remaining capacity of 1 review, but need 2: "
        "1 review missing.",
    }
    assert {way["kind"]: (way["said"], way["missing"]) for way in shortage["ways"]} == {
        "loads": ("Ask for 1 more review than agreed, at most two of anybody: Ada (+1).", 0),
        "reviewers": ("Invite 1 more reviewer: 1 who knows Vision.", 0),
    }
    assert fine.pk not in shortage["deficient"]["proposals"]


def test_a_proposal_with_too_few_reviewers_says_what_took_each_of_them(world):
    proposal = world.proposal()
    conflicted, paused, full = world.reviewer(), world.reviewer(is_paused=True), world.reviewer(max_load=0)
    ConflictFactory(user=conflicted, sponsor=proposal.sponsor)
    (precheck,) = world.run().result["shortage"]["prechecks"]
    assert precheck == {
        "proposal": proposal.pk,
        "eligible": 0,
        "needs": 2,
        "removed": {"conflict": [conflicted.pk], "paused": [paused.pk], "full": [full.pk]},
    }


def test_a_role_that_nobody_has_is_named(world):
    QueueSettings.objects.create(edition=world.edition, wants_senior=True)
    for _ in range(3):
        world.reviewer()
    Role.objects.update(is_senior=False)
    proposal = world.proposal()
    shortage = world.run().result["shortage"]
    assert shortage["deficient"]["said"].endswith("What is short is a senior reviewer on 1 of these.")
    assert f"Do without a senior reviewer on 1 proposal: {proposal.code}." in [way["said"] for way in shortage["ways"]]
