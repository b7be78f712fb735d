"""A proposal as its reviewers will see it, shown to its team: the same parts, and nobody's review."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.accounts.models import User
from expo.editions.models import FormatField
from expo.editions.states import FieldUse, Phase, RoleKind
from expo.kit import clock
from expo.proposals.models import Proposal, WorkingCopy
from tests import factories as make
from tests.releases.test_pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted() -> Proposal:
    edition = make.EditionFactory(phase=Phase.CALL, call_closes_at=clock.now() + timedelta(days=9))
    made: Proposal = make.SubmittedFactory(
        edition=edition,
        sponsor=make.SponsorFactory(edition=edition, name="BioMind"),
        title="How cells think",
        abstract="We **measured** it.",
        takeaways="One thing",
        evidence="Open data.",
        outline=[{"minutes": 60, "title": "Set-up", "text": "Bring it.", "presenters": ["ada@engines.example"]}],
    )
    for name in ("outline", "evidence"):
        FormatField.objects.create(format=made.format, name=name, use=FieldUse.OPTIONAL, limit=20)
    make.PresenterFactory(proposal=made, name="Ada Lovelace", affiliation="Engines")
    criterion = make.CriterionFactory(rubric=make.RubricFactory(edition=edition), name="Novelty")
    criterion.levels.update(anchor="Clearly new.")
    return made


def member_of(proposal: Proposal) -> User:
    made: User = make.TeamMemberFactory(sponsor=proposal.sponsor).user
    return made


def browser(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def ask(proposal: Proposal, user: User | None) -> Any:
    return browser(user).get(reverse("scoring:preview", args=[proposal.edition.slug, proposal.code]))


def article(page: str) -> str:
    """What stands in the article, in words."""
    found = re.search(r'<article class="review-text".*?</article>', page, re.DOTALL)
    assert found is not None
    return words(found.group())


def test_its_team_reads_what_a_reviewer_reads(submitted: Proposal) -> None:
    """Word for word: the article of the reviewer's own page, but for what is about the reviewer."""
    assignment = make.AssignmentFactory(edition=submitted.edition, proposal=submitted)
    page = browser(assignment.reviewer).get(reverse("scoring:review", args=[submitted.edition.slug, assignment.pk]))
    theirs = article(page.content.decode()).partition("I have a conflict of interest")[0].strip()
    mine = article(ask(submitted, member_of(submitted)).content.decode())
    assert mine == theirs
    for said in (
        "We measured it.",
        "What attendees learn One thing",
        "Open data.",
        "Outline Set-up 60 minutes Bring it.",
    ):
        assert said in mine


def test_the_form_is_shown_and_cannot_be_filled_in(submitted: Proposal) -> None:
    page = ask(submitted, member_of(submitted)).content.decode()
    assert "Clearly new." in page
    assert re.search(r'<fieldset class="bare" disabled>', page)
    frame = page[page.index("preview-frame") :]
    assert "<form" not in frame[: frame.index("</section>")]


@pytest.mark.parametrize("hides", [True, False])
def test_the_name_is_hidden_as_the_edition_hides_it(submitted: Proposal, hides: bool) -> None:
    submitted.edition.hide_sponsor_until_scored = hides
    submitted.edition.save()
    said = article(ask(submitted, member_of(submitted)).content.decode())
    hidden = "Shown once your review is submitted" in said
    assert (hidden, "BioMind" in said, "Ada Lovelace" in said) == (hides, not hides, not hides)
    assert "ada@engines.example" not in said


def test_it_tells_nothing_of_reviews(submitted: Proposal) -> None:
    """The page is the same, byte for byte, once somebody was assigned and has reviewed."""
    member = member_of(submitted)
    before = ask(submitted, member)
    assignment = make.AssignmentFactory(edition=submitted.edition, proposal=submitted)
    make.ReviewFactory(assignment=assignment, state="submitted")
    after = ask(submitted, member)
    assert [comparable(each) for each in (before, after)] == [comparable(before)] * 2
    assert (before["Cache-Control"], before["X-Robots-Tag"]) == ("no-store, private", "noindex, nofollow")


def comparable(answer: Any) -> str:
    page = answer.content.decode()
    frame = page[page.index("preview-frame") :]
    return frame[: frame.index("</section>")]


def test_it_is_absent_for_everybody_but_its_team(submitted: Proposal) -> None:
    rival = make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=submitted.edition)).user
    holders = [make.RoleFactory(edition=submitted.edition, kind=kind).user for kind in RoleKind]
    elsewhere = make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=make.EditionFactory())).user
    assert [ask(submitted, user).status_code for user in (rival, *holders, elsewhere)] == [404] * (len(holders) + 2)


def test_the_form_waits_for_the_call_to_be_announced(submitted: Proposal) -> None:
    submitted.edition.phase = Phase.SETUP
    submitted.edition.call_opens_at = clock.now() + timedelta(days=5)
    submitted.edition.save()
    page = ask(submitted, member_of(submitted)).content.decode()
    assert "Clearly new." not in page
    assert "You read the rubric once the call is announced." in words(page)


def test_changes_that_are_not_submitted_are_previewed_and_said_to_be(submitted: Proposal) -> None:
    WorkingCopy.objects.create(
        proposal=submitted, format=submitted.format, title="Changed", people=[], changed_by=make.UserFactory()
    )
    text = words(ask(submitted, member_of(submitted)).content.decode())
    assert "Reviewers read the version you submitted until you submit them." in text
    assert "Changed" in text
    assert "We measured it." not in text


def test_more_criteria_and_topics_cost_no_more_queries(submitted: Proposal) -> None:
    member, counts = member_of(submitted), []
    for size in (2, 20):
        for number in range(size):
            make.CriterionFactory(rubric=submitted.edition.rubrics.get(), name=f"{size} {number}")
            submitted.topics.add(make.TopicFactory(edition=submitted.edition))
        ask(submitted, member)
        with CaptureQueriesContext(connection) as captured:
            assert ask(submitted, member).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 45
