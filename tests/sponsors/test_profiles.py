"""A sponsor's public profile: written by its team, approved by a contact, printed only then."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from expo.sponsors.queries import profile_version
from expo.sponsors.services.profiles import approve_profile, save_profile, take_back_approval
from expo.sponsors.services.sponsors import save_sponsor
from expo.sponsors.states import TeamRole
from tests import factories as make
from tests.pages import squeezed

pytestmark = pytest.mark.django_db


def picture(mode="RGB", size=(40, 20)):
    file = io.BytesIO()
    Image.new(mode, size, "red").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def contact():
    return make.TeamMemberFactory()


@pytest.fixture
def sponsor(contact):
    return contact.sponsor


@pytest.fixture
def member(sponsor):
    return make.TeamMemberFactory(sponsor=sponsor, role=TeamRole.MEMBER)


def save(by, sponsor, **changes):
    fields = {"website": "https://labs.example", "sentence": "Tools for models of cells.", **changes}
    return save_profile(by=by.user, sponsor=sponsor, **fields)


def approve(by, sponsor):
    sponsor.refresh_from_db()
    return approve_profile(by=by.user, sponsor=sponsor, version=profile_version(sponsor))


def is_approved(sponsor):
    sponsor.refresh_from_db()
    return sponsor.profile_approved_at is not None


def test_members_write_the_profile_and_contacts_approve_it(contact, member, sponsor):
    saved = save(member, sponsor, logo=picture())
    assert (saved.website, saved.sentence, saved.logo.content_type) == (
        "https://labs.example",
        "Tools for models of cells.",
        "image/png",
    )
    with pytest.raises(NotAllowed):
        approve(member, sponsor)
    approve(contact, sponsor)
    assert is_approved(sponsor)
    assert [entry.fact for entry in Entry.objects.order_by("id")] == [
        "sponsors.profile_saved",
        "sponsors.profile_approved",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"website": "https://other.example"},
        {"sentence": "Another."},
        {"logo": picture(size=(9, 9))},
        {"remove_logo": True},
    ],
)
def test_any_change_takes_the_approval_back(contact, member, sponsor, change):
    save(member, sponsor, logo=picture())
    approve(contact, sponsor)
    save(member, sponsor)  # the same once more is no change
    assert is_approved(sponsor)
    save(member, sponsor, **change)
    assert not is_approved(sponsor)


def test_the_organisers_change_of_name_or_link_takes_it_back_and_the_team_is_told(contact, sponsor):
    organiser = make.RoleFactory(edition=sponsor.edition, kind=RoleKind.ORGANISER).user
    save(contact, sponsor)
    approve(contact, sponsor)
    same = {"name": sponsor.name, "tier": sponsor.tier, "website": sponsor.website}
    save_sponsor(by=organiser, sponsor=sponsor, **{**same, "legal_name": "Labs Ltd"})
    assert is_approved(sponsor)
    save_sponsor(by=organiser, sponsor=sponsor, **{**same, "name": "Labs Research"})
    assert not is_approved(sponsor)
    sent = Message.objects.get()
    assert (sent.recipient, sent.subject) == (contact.user, "Please approve the profile of Labs Research again")


def test_what_was_read_is_approved_and_nothing_else(contact, member, sponsor):
    save(contact, sponsor)
    read = profile_version(save(contact, sponsor))
    save(member, sponsor, sentence="Something else.")
    with pytest.raises(WrongState) as refusal:
        approve_profile(by=contact.user, sponsor=sponsor, version=read)
    assert (refusal.value.code, is_approved(sponsor)) == ("stale-profile", False)


def test_a_contact_takes_the_approval_back(contact, sponsor):
    approve(contact, sponsor)
    take_back_approval(by=contact.user, sponsor=sponsor)
    assert not is_approved(sponsor)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"website": "javascript:alert(1)"}, "bad-website"),
        ({"website": "ftp://labs.example"}, "bad-website"),
        ({"website": "https://icml.cc@labs.example"}, "bad-website"),
        ({"website": "https://labs.example/" + "x" * 200}, "bad-website"),
        ({"sentence": "x" * 241}, "sentence-too-long"),
        ({"logo": b"<svg onload=alert(1)>"}, "not-a-picture"),
    ],
)
def test_what_does_not_belong_is_refused_and_nothing_is_kept(contact, sponsor, change, code):
    with pytest.raises(Invalid) as refusal:
        save(contact, sponsor, **change)
    sponsor.refresh_from_db()
    assert (refusal.value.code, sponsor.sentence) == (code, "")


def test_a_sentence_is_one_line_without_invisible_signs(contact, sponsor):
    assert save(contact, sponsor, sentence=" Tools\u200b \n for\u202e all ").sentence == "Tools for all"


def test_a_notice_that_must_not_be_published_stops_the_approval(contact, sponsor):
    save(contact, sponsor, sentence="Confidential until launch: strictly confidential.")
    with pytest.raises(Invalid) as refusal:
        approve(contact, sponsor)
    assert (refusal.value.code, is_approved(sponsor)) == ("sentence-not-publishable", False)


def test_nobody_of_another_sponsor_touches_it_and_nothing_changes_once_the_edition_is_over(contact, sponsor):
    rival = make.TeamMemberFactory(sponsor=make.SponsorFactory(edition=sponsor.edition))
    for verb in (save, approve):
        with pytest.raises(NotAllowed):
            verb(rival, sponsor)
    type(sponsor.edition).objects.update(phase=Phase.ARCHIVED)
    for verb in (save, approve):
        with pytest.raises(WrongState):
            verb(contact, sponsor)


def test_the_page_shows_what_attendees_will_see_and_keeps_what_was_typed(client, contact, sponsor):
    client.force_login(contact.user)
    page = reverse("sponsors:profile", args=[sponsor.edition.slug, sponsor.pk])
    assert "Nothing but the name yet." in squeezed(client.get(page))
    file = SimpleUploadedFile("logo.png", picture(), "image/png")
    sent = client.post(page, {"sentence": "We are hiring.", "website": "labs.example", "picture": file}, follow=True)
    seen = squeezed(sent)
    sponsor.refresh_from_db()
    assert reverse("sponsors:picture", args=[sponsor.logo.digest]) in seen
    assert 'href="https://labs.example"' in seen
    assert "not recruiting" in seen
    approved = client.post(
        reverse("sponsors:approve-profile", args=[sponsor.edition.slug, sponsor.pk]),
        {"version": profile_version(sponsor)},
        follow=True,
    )
    assert "Approved by" in squeezed(approved)
    wrong = client.post(page, {"sentence": "x" * 241, "website": "https://kept.example"})
    assert wrong.status_code == 422
    assert "https://kept.example" in squeezed(wrong)
    assert is_approved(sponsor)


def test_an_organiser_reads_the_profile_and_changes_nothing(client, sponsor):
    organiser = make.RoleFactory(edition=sponsor.edition, kind=RoleKind.ORGANISER).user
    client.force_login(organiser)
    page = reverse("sponsors:profile", args=[sponsor.edition.slug, sponsor.pk])
    assert "Not approved" in squeezed(client.get(page))
    assert client.post(page, {"sentence": "Mine", "website": ""}).status_code == 403
    assert client.post(reverse("sponsors:approve-profile", args=[sponsor.edition.slug, sponsor.pk])).status_code == 404
