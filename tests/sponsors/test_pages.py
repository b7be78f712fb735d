"""Pages about sponsors, by form."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.models import Upload
from expo.editions.states import RoleKind
from expo.sponsors.models import Entitlement, Sponsor, TeamMember, Tier
from expo.sponsors.states import TeamRole
from tests.factories import (
    EditionFactory,
    EntitlementFactory,
    FormatFactory,
    RoleFactory,
    SponsorFactory,
    TeamMemberFactory,
    TierFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionFactory()


@pytest.fixture
def organiser(edition, client):
    user = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    client.force_login(user)
    return user


def at(name, edition, *ids):
    return reverse(f"sponsors:{name}", args=[edition.slug, *ids])


def text(response):
    return " ".join(response.content.decode().split())


def test_a_sponsor_is_added_and_changed_by_form(client, edition, organiser):
    tier = TierFactory(edition=edition)
    typed = {
        "organisation_name": "Example Labs",
        "tier": tier.pk,
        "contact_email": "ada@labs.example",
        "domains": "labs.example",
    }
    assert client.post(at("add", edition), typed).headers["Location"] == at("list", edition)
    sponsor = Sponsor.objects.get()
    client.post(at("edit", edition, sponsor.pk), {"name": "Labs", "tier": tier.pk, "website": "labs.example"})
    sponsor.refresh_from_db()
    assert (sponsor.name, sponsor.website, sponsor.domains) == (
        "Labs",
        "https://labs.example",
        ["labs.example"],
    )
    assert "Labs" in text(client.get(at("list", edition)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"organisation_name": ""}, "This field is required."),
        ({"organisation_name": "x" * 161}, "at most 160 characters"),
        ({"tier": ""}, "This field is required."),
        ({"tier": "999999"}, "That choice is not one of the available choices."),
        ({"contact_email": "nobody"}, "Enter a valid email address."),
        ({"website": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"domains": "a b c"}, "is not a mail domain"),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_a_bad_sponsor_gets_a_sentence_and_keeps_what_was_typed(client, edition, organiser, changes, sentence):
    tier = TierFactory(edition=edition)
    typed = {
        "organisation_name": "Example Labs",
        "tier": tier.pk,
        "contact_email": "ada@labs.example",
        "contact_name": "Typed with care",
        **changes,
    }
    seen = text(client.post(at("add", edition), typed))
    assert sentence in seen
    assert "Typed with care" in seen
    assert not Sponsor.objects.exists()


def test_a_tier_of_another_edition_is_no_choice(client, edition, organiser):
    typed = {"organisation_name": "Labs", "tier": TierFactory().pk, "contact_email": "ada@labs.example"}
    assert "That choice is not one of the available choices." in text(client.post(at("add", edition), typed))


def test_a_tier_is_set_for_every_format(client, edition, organiser):
    talk, demo = FormatFactory(edition=edition), FormatFactory(edition=edition, slug="demo")
    numbers = {f"submit_{talk.pk}": 3, f"accept_{talk.pk}": 2, f"submit_{demo.pk}": 0, f"accept_{demo.pk}": 0}
    client.post(at("tiers", edition), {"name": "Gold", "rank": 1, **numbers})
    assert list(Entitlement.objects.values_list("format", "may_submit", "may_be_accepted")) == [(talk.pk, 3, 2)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 41}, "at most 40 characters"),
        ({"rank": "0"}, "greater than or equal to 1"),
        ({"submit": "-1"}, "greater than or equal to 0"),
        ({"submit": ""}, "This field is required."),
        ({"submit": "a few"}, "Enter a whole number."),
        ({"accept": "4"}, "a tier cannot have more accepted (4) than it may submit (3)"),
    ],
)
def test_a_bad_tier_gets_a_sentence(client, edition, organiser, changes, sentence):
    talk = FormatFactory(edition=edition)
    typed = {"name": "Gold", "rank": "1", "submit": "3", "accept": "2", **changes}
    renamed = {f"{name}_{talk.pk}" if name in ("submit", "accept") else name: value for name, value in typed.items()}
    assert sentence in text(client.post(at("tiers", edition), renamed))
    assert not Tier.objects.exists()


def test_a_contact_manages_the_team_by_form_and_leaves_it(client, edition):
    contact = TeamMemberFactory(sponsor__edition=edition)
    client.force_login(contact.user)
    client.post(
        at("team", edition, contact.sponsor.pk), {"email": "bob@labs.example", "name": "Bob", "role": "contact"}
    )
    assert list(contact.sponsor.invitations.values_list("email", "name", "role")) == [
        ("bob@labs.example", "Bob", "contact")
    ]
    TeamMemberFactory(sponsor=contact.sponsor)
    response = client.post(at("leave-team", edition, contact.sponsor.pk))
    assert response.headers["Location"] == "/"
    assert client.get(at("team", edition, contact.sponsor.pk)).status_code == 404


def test_a_member_sees_the_team_but_changes_nothing(client, edition):
    member = TeamMemberFactory(sponsor__edition=edition, role=TeamRole.MEMBER)
    client.force_login(member.user)
    url = at("team", edition, member.sponsor.pk)
    assert "Invite" not in text(client.get(url))
    assert client.post(url, {"email": "bob@labs.example", "role": "member"}).status_code == 403
    assert client.post(at("remove-member", edition, member.sponsor.pk, member.pk)).status_code == 404
    assert TeamMember.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "sentence"), [("", "This field is required."), ("x", "Enter a valid email address.")]
)
def test_a_bad_member_gets_a_sentence(client, edition, organiser, email, sentence):
    sponsor = SponsorFactory(edition=edition)
    assert sentence in text(client.post(at("team", edition, sponsor.pk), {"email": email, "role": "member"}))


def test_things_of_another_edition_or_sponsor_are_absent(client, edition, organiser):
    foreign = TeamMemberFactory()
    own = TeamMemberFactory(sponsor__edition=edition)
    for url in (
        at("edit", edition, foreign.sponsor.pk),
        at("team", edition, foreign.sponsor.pk),
        at("tier", edition, foreign.sponsor.tier.pk),
        at("remove-tier", edition, foreign.sponsor.tier.pk),
        at("remove-member", edition, own.sponsor.pk, foreign.pk),
        at("remove-member", edition, foreign.sponsor.pk, foreign.pk),
        at("uploaded", edition, 0),
    ):
        assert client.post(url).status_code == 404


def test_a_table_is_uploaded_and_its_report_stays(client, edition, organiser):
    TierFactory(edition=edition)
    table = b"organisation;tier;contact_email\nLabs;Gold;a@labs.example\nOther;Tin;b@other.example\n"
    response = client.post(at("upload", edition), {"file": SimpleUploadedFile("my sponsors.csv", table)}, follow=True)
    upload = Upload.objects.get()
    assert response.redirect_chain == [(at("uploaded", edition, upload.pk), 302)]
    assert "There is no tier “Tin”. Tiers of this edition: Gold." in text(response)
    assert "my sponsors.csv: 1 good, 1 bad" in text(client.get(at("upload", edition)))
    download = client.get(at("rest", edition, upload.pk))
    assert download.headers["Content-Disposition"] == f'attachment; filename="sponsors-with-errors-{upload.pk}.csv"'
    assert "Other,Tin,b@other.example," in download.content.decode()


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (None, "This field is required."),
        (SimpleUploadedFile("empty.csv", b""), "This file has no lines."),
        (
            SimpleUploadedFile("latin.csv", "organisation,tier,contact_email\nZoë".encode("latin-1")),
            "is not UTF-8 text",
        ),
        (SimpleUploadedFile("big.csv", b"x" * 1_000_001), "1000 kB is the most"),
    ],
)
def test_a_bad_file_gets_a_sentence(client, edition, organiser, file, sentence):
    if file:
        file.seek(0)
    response = client.post(at("upload", edition), {"file": file} if file else {})
    assert (response.status_code, sentence in text(response)) == (200, True)


def test_looking_at_the_upload_page_is_no_mistake(client, edition, organiser):
    assert "This field is required." not in text(client.get(at("upload", edition)))


def test_the_template_is_a_table_that_can_be_uploaded(client, edition, organiser):
    TierFactory(edition=edition)
    template = client.get(at("template", edition)).content
    client.post(at("upload", edition), {"file": SimpleUploadedFile("sponsors.csv", template)})
    assert (Upload.objects.get().added, Upload.objects.get().bad) == (1, [])


def test_an_upload_of_another_edition_or_kind_is_absent(client, edition, organiser):
    for fields in ({"edition": EditionFactory(), "kind": "sponsors"}, {"edition": edition, "kind": "roles"}):
        upload = Upload.objects.create(made_by=organiser, **fields)
        assert client.get(at("uploaded", edition, upload.pk)).status_code == 404
        assert client.get(at("rest", edition, upload.pk)).status_code == 404


def test_the_list_is_filtered_by_words_and_tier(client, edition, organiser):
    gold, tin = TierFactory(edition=edition), TierFactory(edition=edition, slug="tin")
    SponsorFactory(edition=edition, tier=gold, name="Alpha Labs")
    SponsorFactory(edition=edition, tier=tin, name="Beta Labs")
    for query, found in (("q=alpha", ["Alpha"]), ("tier=tin", ["Beta"]), ("q=labs", ["Alpha", "Beta"])):
        seen = text(client.get(at("list", edition) + f"?{query}"))
        assert [name for name in ("Alpha", "Beta") if f"{name} Labs" in seen] == found


def test_a_cochair_reads_the_list_and_nothing_else(client, edition):
    sponsor = SponsorFactory(edition=edition)
    client.force_login(RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user)
    statuses = [
        client.get(at(name, edition, *ids)).status_code
        for name, *ids in [("list",), ("add",), ("tiers",), ("edit", sponsor.pk)]
    ]
    assert statuses == [200, 404, 404, 404]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["list", "tiers", "team", "upload"])
def test_pages_ask_a_constant_number_of_queries(client, edition, organiser, name):
    first = SponsorFactory(edition=edition)
    counts = []
    for batch in (2, 18):
        for n in range(batch):
            talk = FormatFactory(edition=edition, slug=f"talk-{batch}-{n}")
            tier = TierFactory(edition=edition, slug=f"tier-{batch}-{n}")
            EntitlementFactory(tier=tier, format=talk)
            TeamMemberFactory(sponsor=SponsorFactory(edition=edition, tier=tier))
            TeamMemberFactory(sponsor=first)
            Upload.objects.create(edition=edition, kind="sponsors", made_by=organiser)
        with CaptureQueriesContext(connection) as asked:
            client.get(at(name, edition, *([first.pk] if name == "team" else [])))
        counts.append(len(asked))
    assert counts[0] == counts[1]
