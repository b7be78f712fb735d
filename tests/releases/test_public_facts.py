"""What of a proposal reaches a release beside its text: outline, links, presenters, the sponsor's profile."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.models import FormatField
from expo.editions.states import FieldUse
from expo.kit import clock
from expo.program.models import Session
from expo.proposals.services.presenter_answers import confirm_presenter
from expo.releases import queries
from expo.releases.models import Release, ReleasedPicture
from expo.releases.snapshot import (
    Person,
    PublishedLink,
    PublishedPart,
    PublishedPicture,
    PublishedProfile,
)
from expo.releases.snapshot import Session as PublishedSession
from expo.sponsors.models import Picture
from tests import factories as make
from tests.releases.fixtures import ReleaseFixture, stage
from tests.releases.test_pages import words

pytestmark = pytest.mark.django_db

ASKED = ("outline", "links", "biography", "presenter_link", "picture")
ADA = "ada@engines.example"


def picture(name: str) -> Picture:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Picture.objects.create(digest=digest, data=b"x", content_type="image/png", width=40, height=30)


def ask(session: Session, fields: Iterable[str] = ASKED, *, publishes_outline: bool = True) -> None:
    """Let the session's format ask for these, and publish the outline."""
    given = session.proposal.format
    given.publishes_outline = publishes_outline
    given.save()
    for name in fields:
        FormatField.objects.create(format=given, name=name, use=FieldUse.OPTIONAL, limit=20)


def write(session: Session, **profile: Any) -> None:
    """Everything a sponsor can say of it; its profile is approved unless `profile` says otherwise."""
    proposal = session.proposal
    proposal.outline = [
        {"minutes": 20, "title": "Set-up", "text": "Bring it.", "presenters": [ADA.upper(), "else@engines.example"]},
        {"minutes": 40, "title": "Hands on", "text": "", "presenters": []},
    ]
    proposal.links = [{"label": "Paper", "url": "https://arxiv.example/1"}]
    proposal.save()
    proposal.presenters.all().delete()
    make.PresenterFactory(
        proposal=proposal,
        name="Ada Lovelace",
        email=ADA,
        biography="Wrote the first program.",
        link="https://ada.example/",
        picture=picture("ada"),
        confirmed=True,
    )
    by = make.UserFactory()
    approved = {"profile_approved_at": clock.now(), "profile_approved_by": by}
    given = {"sentence": "Makes engines.", "website": "https://engines.example/", "logo": picture("logo")}
    type(proposal.sponsor).objects.filter(pk=proposal.sponsor_id).update(**{**given, **approved, **profile})


def first(release: Release) -> PublishedSession:
    return queries.program_of(release).sessions[0]


@pytest.fixture
def written() -> ReleaseFixture:
    set_up = stage(1)
    write(set_up.sessions[0])
    return set_up


def test_a_release_carries_all_that_its_sponsor_approved(written: ReleaseFixture) -> None:
    ask(written.sessions[0])
    said = first(written.publish())
    portrait, logo = (PublishedPicture(hashlib.sha256(name).hexdigest(), 40, 30) for name in (b"ada", b"logo"))
    assert said.presenters == (
        Person("Ada Lovelace", "", "Wrote the first program.", "https://ada.example/", portrait),
    )
    assert said.parts == (
        PublishedPart(0, 20, "Set-up", "Bring it.", ("Ada Lovelace",)),
        PublishedPart(20, 40, "Hands on"),
    )
    assert said.links == (PublishedLink("Paper", "https://arxiv.example/1"),)
    assert said.profile == PublishedProfile("Makes engines.", "https://engines.example/", logo)


def test_no_address_of_anybody_leaves(written: ReleaseFixture) -> None:
    ask(written.sessions[0])
    release = written.publish()
    kept = [json.dumps(release.snapshot), *(bytes(each.body).decode() for each in release.artefacts.all())]
    assert not [text for text in kept if "@engines.example" in text.lower()]


def test_what_the_form_does_not_ask_for_is_not_published_though_it_was_written(written: ReleaseFixture) -> None:
    said = first(written.publish())
    assert (said.presenters, said.parts, said.links) == ((Person("Ada Lovelace"),), (), ())


@pytest.mark.parametrize("name", ASKED)
def test_each_field_is_published_only_where_it_is_asked(written: ReleaseFixture, name: str) -> None:
    ask(written.sessions[0], [each for each in ASKED if each != name])
    said = first(written.publish())
    (ada,) = said.presenters
    held = {
        "outline": said.parts,
        "links": said.links,
        "biography": ada.biography,
        "presenter_link": ada.link,
        "picture": ada.picture,
    }
    assert [key for key, value in held.items() if not value] == [name]


def test_an_outline_is_published_only_where_the_format_says_so(written: ReleaseFixture) -> None:
    ask(written.sessions[0], publishes_outline=False)
    assert first(written.publish()).parts == ()


def test_a_profile_that_the_sponsor_has_not_approved_stays_out() -> None:
    set_up = stage(1)
    write(set_up.sessions[0], profile_approved_at=None, profile_approved_by=None)
    release = set_up.publish()
    assert first(release).profile is None
    kept = [json.dumps(release.snapshot), *(bytes(each.body).decode() for each in release.artefacts.all())]
    assert not [text for text in kept if "Makes engines" in text or "engines.example" in text]
    assert not ReleasedPicture.objects.exists()


def test_who_is_not_printed_yet_is_not_named_by_the_outline_either() -> None:
    """Their biography and picture stay out with them, until a chair knows them."""
    set_up = stage(1)
    session = set_up.sessions[0]
    write(session)
    ask(session)
    session.proposal.presenter_invitations.all().delete()
    before = set_up.publish()
    assert (first(before).presenters, first(before).parts[0].presenters) == ((), ())
    assert "Lovelace" not in json.dumps(before.snapshot)
    assert "first program" not in json.dumps(before.snapshot)
    confirm_presenter(by=set_up.chair, presenter=session.proposal.presenters.get(), reason="Known.")
    after = first(set_up.publish())
    assert (after.presenters[0].name, after.parts[0].presenters) == ("Ada Lovelace", ("Ada Lovelace",))


def test_a_release_keeps_its_pictures_and_opens_them_to_everybody(written: ReleaseFixture) -> None:
    ask(written.sessions[0])
    unused = picture("unused")
    release = written.publish()
    shown = [each.picture for each in release.pictures.select_related("picture")]
    assert {each.digest for each in shown} == first(release).pictures
    assert [queries.shows_picture(each) for each in (*shown, unused)] == [True, True, False]
    with pytest.raises(ProtectedError):
        shown[0].delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReleasedPicture.objects.update(picture=unused)


def test_a_neighbouring_editions_form_and_profiles_decide_nothing_here(written: ReleaseFixture) -> None:
    other = stage(1)
    write_other = other.sessions[0]
    ask(write_other)
    assert first(written.publish()).parts == ()
    release = other.publish()
    assert (first(release).profile, "Makes engines" in json.dumps(release.snapshot)) == (None, False)


def publishing_costs(count: int) -> int:
    set_up = stage(count)
    ask(set_up.sessions[0])
    for number, session in enumerate(set_up.sessions):
        proposal = session.proposal
        proposal.outline = [{"minutes": 60, "title": "All of it", "text": "", "presenters": []}]
        proposal.save()
        proposal.presenters.update(picture=picture(f"{count} {number}"), biography="Somebody.")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        queries.preview(set_up.edition, set_up.chair)
    return len(captured)


def test_twenty_sessions_with_pictures_cost_as_many_queries_as_two() -> None:
    assert publishing_costs(20) == publishing_costs(2)


def test_everybody_may_load_a_released_picture_and_nobody_else_one_that_is_not(written: ReleaseFixture) -> None:
    ask(written.sessions[0])
    portrait = written.sessions[0].proposal.presenters.get().picture
    assert portrait is not None
    address = reverse("sponsors:picture", args=[portrait.digest])
    assert Client().get(address).status_code == 404
    written.publish()
    assert Client().get(address).status_code == 200


def page_of(set_up: ReleaseFixture) -> str:
    proposal = set_up.sessions[0].proposal
    response = Client().get(reverse("releases:session", args=[set_up.edition.slug, proposal.code]))
    assert response.status_code == 200
    return response.content.decode()


def test_the_session_page_shows_all_of_it(written: ReleaseFixture) -> None:
    ask(written.sessions[0])
    release = written.publish()
    shown = page_of(written)
    text = words(shown)
    said = (
        "Outline 09:00–09:20 Set-up Ada Lovelace Bring it. 09:20–10:00 Hands on Links Paper Presenters Ada Lovelace "
        "Page of Ada Lovelace Wrote the first program."
    )
    assert said in text
    assert f"{written.sessions[0].proposal.sponsor.name} Makes engines. https://engines.example/" in text
    pictures = re.findall(r"<img\s([^>]*)>", shown)
    for digest, alt in (
        (first(release).presenters[0].picture, "Picture of Ada Lovelace"),
        (first(release).profile, f"Logo of {written.sessions[0].proposal.sponsor.name}"),
    ):
        held = digest.logo if isinstance(digest, PublishedProfile) else digest
        assert held is not None
        (attributes,) = [each for each in pictures if held.digest in each]
        assert f'alt="{alt}"' in attributes
        assert 'width="40"' in attributes
        assert 'height="30"' in attributes
        assert 'loading="lazy"' in attributes


def test_hostile_words_stay_words_on_the_page() -> None:
    set_up = stage(1)
    session = set_up.sessions[0]
    ask(session)
    evil = '"><script>alert(1)</script>'
    write(session, sentence=evil, website=f"https://x.example/{evil}")
    session.proposal.outline = [{"minutes": 60, "title": evil, "text": evil, "presenters": [ADA]}]
    session.proposal.links = [
        {"label": evil, "url": f"https://x.example/{evil}"},
        {"label": "x", "url": "javascript:1"},
    ]
    session.proposal.save()
    session.proposal.presenters.update(biography=evil, name=evil, affiliation=evil, link="javascript:alert(1)")
    set_up.publish()
    shown = page_of(set_up)
    assert "<script>alert" not in shown
    assert 'href="javascript' not in shown
    assert "&lt;script&gt;alert(1)" in shown
