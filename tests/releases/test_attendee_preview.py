"""A session's page as attendees will see it, shown to its team before there is anything public."""

from datetime import UTC, datetime, timedelta
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
from expo.program.models import Slot
from expo.proposals.models import ConfirmedPresenter, Proposal, WorkingCopy
from expo.releases.attendee_preview import attendee_preview
from expo.releases.snapshot import Person, PublishedPart
from expo.sponsors.models import Sponsor
from tests import factories as make
from tests.releases.test_pages import words

pytestmark = pytest.mark.django_db

ADA = "ada@engines.example"
NOT_APPROVED = "Title, text, links and outline are published once your team has approved the public text."
NO_SLOT = "Room and time are examples: you get an e-mail with the real ones once the session is scheduled."
NO_TRACK = "The chairs choose the track."


@pytest.fixture
def draft() -> Proposal:
    """A draft with an outline that its format publishes, a presenter, and a profile that nobody approved."""
    edition = make.EditionFactory(phase=Phase.CALL, call_closes_at=clock.now() + timedelta(days=9))
    make.DayFactory(edition=edition)
    kind = make.FormatFactory(edition=edition, name="Workshop", slug="workshop", minutes=240, publishes_outline=True)
    for name in ("outline", "links", "biography"):
        FormatField.objects.create(format=kind, name=name, use=FieldUse.OPTIONAL, limit=20)
    sponsor = make.SponsorFactory(edition=edition, name="BioMind", sentence="Minds for biology.")
    proposal = make.ProposalFactory(
        edition=edition,
        sponsor=sponsor,
        format=kind,
        public_title="In public",
        public_text="What **everybody** learns.",
        outline=[
            {"minutes": 40, "title": "Set-up", "text": "Bring it.", "presenters": [ADA]},
            {"minutes": None, "title": "Open", "text": "", "presenters": []},
        ],
        links=[{"label": "Paper", "url": "https://arxiv.example/1"}, {"label": "Later", "url": ""}],
    )
    make.PresenterFactory(proposal=proposal, name="Ada Lovelace", email=ADA, biography="First.")
    return proposal


def member_of(proposal: Proposal) -> User:
    made: User = make.TeamMemberFactory(sponsor=proposal.sponsor).user
    return made


def ask(proposal: Proposal, user: User | None) -> Any:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("releases:preview", args=[proposal.edition.slug, proposal.code]))


def test_its_team_reads_the_page_as_attendees_will_and_what_is_not_certain(draft: Proposal) -> None:
    answer = ask(draft, member_of(draft))
    text = words(answer.content.decode())
    for said in (
        "In public",
        "What everybody learns.",
        "09:00–09:40 Set-up Ada Lovelace Bring it.",
        "Links Paper",
        "Ada Lovelace First.",
        "Minds for biology.",
        "Room to be announced",
        NOT_APPROVED,
        "Ada Lovelace has not confirmed yet, and may be left out of the public program until then.",
        "What is said of BioMind beside its name is published once your team has approved it.",
        NO_SLOT,
        NO_TRACK,
    ):
        assert said in text
    assert "Workshop · Workshop" not in text
    assert "Later" not in text
    assert "Add to calendar" not in text


def test_nobody_keeps_or_finds_a_preview(draft: Proposal) -> None:
    answer = ask(draft, member_of(draft))
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store, private", "noindex, nofollow")
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()


def test_it_is_absent_for_everybody_but_its_team(draft: Proposal) -> None:
    rival = make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=draft.edition)).user
    holders = [make.RoleFactory(edition=draft.edition, kind=kind).user for kind in RoleKind]
    elsewhere = make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=make.EditionFactory())).user
    assert [ask(draft, user).status_code for user in (rival, *holders, elsewhere)] == [404] * (len(holders) + 2)
    assert ask(draft, None).status_code in (302, 404)


def test_nothing_that_only_reviewers_or_the_office_read_is_in_it(draft: Proposal) -> None:
    secrets = {"title": "CANARY", "abstract": "CANARY", "takeaways": "CANARY", "needs": "CANARY", "wishes": "CANARY"}
    Proposal.objects.filter(pk=draft.pk).update(**secrets)
    page = ask(draft, member_of(draft)).content.decode()
    frame = page[page.index("preview-frame") :]
    assert "CANARY" not in frame
    assert ADA not in frame


def test_what_is_settled_is_not_remarked_upon(draft: Proposal) -> None:
    Proposal.objects.filter(pk=draft.pk).update(
        public_text_approved_at=clock.now(), track=make.TrackFactory(edition=draft.edition)
    )
    Sponsor.objects.filter(pk=draft.sponsor_id).update(profile_approved_at=clock.now())
    ConfirmedPresenter.objects.create(proposal=draft, address=ADA, confirmed_by=make.UserFactory())
    draft = Proposal.objects.get(pk=draft.pk)
    assert attendee_preview(draft).remarks == (NO_SLOT,)


def test_a_slot_that_the_team_was_notified_of_is_shown_and_one_it_was_not_is_not(draft: Proposal) -> None:
    Proposal.objects.filter(pk=draft.pk).update(state="confirmed", submitted_at=clock.now(), verdict_at=clock.now())
    draft = Proposal.objects.get(pk=draft.pk)
    room = make.RoomFactory(edition=draft.edition, name="Hall A")
    starts = datetime(2027, 7, 18, 17, tzinfo=UTC)
    make.SessionFactory(edition=draft.edition, proposal=draft, room=room, starts_at=starts)
    hidden = attendee_preview(Proposal.objects.get(pk=draft.pk))
    assert (hidden.session.room.name, NO_SLOT in hidden.remarks) == ("Room to be announced", True)
    given = {"starts_at": starts, "ends_at": starts + timedelta(hours=4), "told_by": make.UserFactory()}
    Slot.objects.create(proposal=draft, room=room, **given)
    shown = attendee_preview(Proposal.objects.get(pk=draft.pk))
    assert (shown.session.room.name, shown.session.starts, NO_SLOT in shown.remarks) == ("Hall A", starts, False)


def test_changes_that_are_not_submitted_are_previewed_and_said_to_be(draft: Proposal) -> None:
    Proposal.objects.filter(pk=draft.pk).update(state="submitted", submitted_at=clock.now())
    people = [{"name": "Grace Hopper", "email": "grace@engines.example", "affiliation": "Navy", "away": []}]
    nameless = {**people[0], "name": ""}
    copy = WorkingCopy.objects.create(
        proposal=draft,
        format=draft.format,
        public_title="Changed",
        people=[*people, nameless],
        outline=[{"minutes": 240, "title": "All", "text": "", "presenters": ["grace@engines.example"]}],
        changed_by=make.UserFactory(),
    )
    made = attendee_preview(Proposal.objects.select_related("working_copy").get(pk=draft.pk))
    assert made.remarks[0].startswith("These are your changes, which are not submitted")
    assert made.session.title == copy.public_title
    assert made.session.presenters == (Person("Grace Hopper", "Navy"),)
    assert made.session.parts == (PublishedPart(0, 240, "All", "", ("Grace Hopper",)),)


def test_an_empty_draft_in_an_edition_without_days_has_a_preview_too() -> None:
    edition = make.EditionFactory(phase=Phase.CALL)
    empty = make.ProposalFactory(edition=edition, public_title="", public_text="", abstract="")
    answer = ask(empty, member_of(empty))
    assert (answer.status_code, "No public title yet" in words(answer.content.decode())) == (200, True)


def test_twenty_presenters_cost_as_many_queries_as_two(draft: Proposal) -> None:
    member, counts = member_of(draft), []
    for size in (2, 20):
        for number in range(draft.presenters.count(), size):
            make.PresenterFactory(proposal=draft, email=f"p{number}@x.example")
        ask(draft, member)
        with CaptureQueriesContext(connection) as captured:
            assert ask(draft, member).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 45
