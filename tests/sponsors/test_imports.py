"""Sponsors from a table: every bad line reported, none lost, the same file twice changes nothing."""

import csv
import io
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.accounts.models import Organisation, User
from expo.editions.models import Upload
from expo.editions.services import uploads
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed
from expo.notify.models import Message
from expo.sponsors.models import Sponsor, TeamInvitation
from expo.sponsors.services.sponsors import import_sponsors
from tests.factories import EditionFactory, RoleFactory, SponsorFactory, TierFactory

pytestmark = pytest.mark.django_db

TABLE = """organisation,tier,contact_email,contact_name,name,legal_name,website,domains
Example Labs,Gold,ada@labs.example,Ada,,Example Labs GmbH,https://labs.example,labs.example labs.org
"Comma, Inc.",gold,bob@comma.example,"Bob ""Bobby"" B.",Comma,,,
Zoë & Söhne,Silver,zoe@soehne.example,Zoë,,,,
"""


@pytest.fixture
def edition():
    edition = EditionFactory()
    for slug in ("gold", "silver"):
        TierFactory(edition=edition, slug=slug)
    return edition


@pytest.fixture
def organiser(edition):
    return RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user


def upload(edition, by, table, encoding="utf-8"):
    data = table if isinstance(table, bytes) else table.encode(encoding)
    return import_sponsors(by=by, edition=edition, data=data, filename="sponsors.csv")


def counts(made):
    return (made.added, made.changed, made.unchanged, len(made.bad))


def sponsors(edition):
    return list(edition.sponsors.order_by("id").values_list("name", "tier__name", "invitations__email"))


EXPECTED = [
    ("Example Labs", "Gold", "ada@labs.example"),
    ("Comma", "Gold", "bob@comma.example"),
    ("Zoë & Söhne", "Silver", "zoe@soehne.example"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_table_is_taken_in_however_a_spreadsheet_wrote_it(edition, organiser, encoding, line_end):
    made = upload(edition, organiser, TABLE.replace("\n", line_end), encoding)
    assert counts(made) == (3, 0, 0, 0)
    assert sponsors(edition) == EXPECTED


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_do_as_well(edition, organiser, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(csv.reader(io.StringIO(TABLE)))
    assert counts(upload(edition, organiser, out.getvalue())) == (3, 0, 0, 0)
    assert sponsors(edition) == EXPECTED


def test_the_same_table_again_changes_nothing(edition, organiser):
    upload(edition, organiser, TABLE)
    before = (Entry.objects.count(), Message.objects.count(), User.objects.count())
    assert counts(upload(edition, organiser, TABLE)) == (0, 0, 3, 0)
    assert (Entry.objects.count() - 1, Message.objects.count(), User.objects.count()) == before  # only "uploaded"
    assert sponsors(edition) == EXPECTED


def test_a_changed_table_changes_only_what_it_says(edition, organiser):
    upload(edition, organiser, TABLE)
    changed = (
        "organisation,tier,contact_email\nexample labs,Silver,ada@labs.example\nZoë & Söhne,Silver,new@soehne.example\n"
    )
    assert counts(upload(edition, organiser, changed)) == (0, 2, 0, 0)
    labs = Sponsor.objects.get(name="Example Labs")
    assert (labs.tier.name, labs.legal_name, labs.website) == ("Silver", "Example Labs GmbH", "https://labs.example")
    invited = TeamInvitation.objects.filter(sponsor__name="Zoë & Söhne").order_by("id")
    contacts = invited.values_list("email", "role")
    assert list(contacts) == [("zoe@soehne.example", "contact"), ("new@soehne.example", "contact")]


BAD = """Organisation;TIER;Contact Fax;contact_email;domains
Good One;Gold;;one@good.example;
;Gold;;two@bad.example;
No Tier;;;three@bad.example;
Wrong Tier;Bronze;;four@bad.example;
Wrong Mail;Gold;;five;
Wrong Domain;Gold;;six@bad.example;not/a/domain
Too Many;Gold;;seven@bad.example;bad.example;and;more

Good One;Silver;;eight@bad.example;
Good Two;Silver;;two@good.example;good.example
"""


def test_every_bad_line_is_reported_with_number_column_and_reason(edition, organiser):
    made = upload(edition, organiser, BAD)
    assert [(one["line"], one["column"]) for one in made.bad] == [
        (3, "organisation"),
        (4, "tier"),
        (5, "tier"),
        (6, "contact_email"),
        (7, "domains"),
        (8, ""),
        (10, "tier"),
    ]
    assert made.bad[2]["reason"] == "There is no tier “Bronze”. Tiers of this edition: Gold, Silver."
    assert made.bad[6]["reason"] == "Line 2 gives this organisation the tier Gold."
    assert [name for name, *_ in sponsors(edition)] == ["Good One", "Good Two"]
    assert made.ignored_columns == ["Contact Fax"]


def test_a_bad_line_leaves_nothing_behind(edition, organiser):
    upload(edition, organiser, "organisation,tier,contact_email,website\nNew Org,Gold,new@org.example,not-a-site\n")
    assert not Organisation.objects.exists()
    assert not User.objects.filter(email="new@org.example").exists()
    assert list(Entry.objects.values_list("fact", flat=True)) == ["editions.sponsors_uploaded"]


def test_bad_lines_come_back_as_a_table_that_can_be_mended_and_uploaded(edition, organiser):
    made = upload(edition, organiser, BAD)
    table = list(csv.reader(io.StringIO(uploads.error_text(made).removeprefix("\ufeff"))))
    assert table[0] == ["Organisation", "TIER", "Contact Fax", "contact_email", "domains", "", "", "reason"]
    assert table[3][:4] == ["Wrong Tier", "Bronze", "", "four@bad.example"]
    assert table[6][:7] == ["Too Many", "Gold", "", "seven@bad.example", "bad.example", "and", "more"]
    mended = uploads.error_text(made).replace("Bronze", "Silver")
    assert counts(upload(edition, organiser, mended))[0] == 1
    assert "Wrong Tier" in [name for name, *_ in sponsors(edition)]


def test_a_table_handed_back_twice_has_one_column_of_reasons(edition, organiser):
    again = upload(edition, organiser, uploads.error_text(upload(edition, organiser, BAD)))
    assert uploads.error_text(again).splitlines()[0].count("reason") == 1
    assert counts(again) == (0, 1, 0, 6)  # alone in its file, the line that disagreed with another changes the tier


def test_trailing_delimiters_of_a_spreadsheet_are_no_cells(edition, organiser):
    made = upload(edition, organiser, "organisation,tier,contact_email,,\nLabs,Gold,a@labs.example,,,\n")
    assert counts(made) == (1, 0, 0, 0)


def test_headers_are_read_as_people_write_them_and_below_a_stated_delimiter(edition, organiser):
    head = "sep=;\r\nOrganisation;Tier;Contact E-mail;Contact Name\r\n"
    table = f"{head}North Labs;Gold;ada@north.example;Ada\r\nX;Tin;x@x.example;\r\n"
    made = upload(edition, organiser, table)
    assert (counts(made), made.bad[0]["line"]) == ((1, 0, 0, 1), 4)
    assert sponsors(edition) == [("North Labs", "Gold", "ada@north.example")]


def test_accents_composed_in_two_ways_name_one_organisation(edition, organiser):
    one, two = (unicodedata.normalize(form, "Société Nord") for form in ("NFC", "NFD"))
    table = f"organisation,tier,contact_email\n{one},Gold,ada@nord.example\n{two},Gold,bea@nord.example\n"
    assert counts(upload(edition, organiser, table)) == (1, 1, 0, 0)
    assert Organisation.objects.get().name == one


def test_a_mail_address_is_the_same_without_its_invisible_characters(edition, organiser):
    head = "organisation,tier,contact_email,contact_name\n"
    upload(edition, organiser, head + "North Labs,Gold,ada@north.example\u200b,Ada\n")
    assert sponsors(edition) == [("North Labs", "Gold", "ada@north.example")]
    assert counts(upload(edition, organiser, head + "North Labs,Gold,ada@north.example\u200b,Ada\n")) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("cells", "column", "sentence"),
    [
        ("co.uk,Ada", "domains", "Many organisations have a domain under co.uk"),
        ("gmail.com,Ada", "domains", "Anybody can have an address at gmail.com"),
        ("north.example," + "Ada Maria " * 20, "contact_name", "120 is the most"),
    ],
)
def test_what_cannot_be_kept_as_typed_comes_back_with_its_reason(edition, organiser, cells, column, sentence):
    head = "organisation,tier,contact_email,domains,contact_name\n"
    made = upload(edition, organiser, f"{head}North Labs,Gold,ada@north.co.uk,{cells}\n")
    (bad,) = made.bad
    assert (counts(made), bad["column"], sentence in bad["reason"]) == ((0, 0, 0, 1), column, True)
    assert not Sponsor.objects.exists()


def test_formulas_are_shown_by_spreadsheets_and_not_run(edition, organiser):
    made = upload(edition, organiser, "organisation,tier,contact_email\n=HYPERLINK(1),Tin,a@b.example\n")
    assert "'=HYPERLINK(1)" in uploads.error_text(made)
    again = upload(edition, organiser, uploads.error_text(made).replace("Tin", "Gold"))
    assert counts(again) == (1, 0, 0, 0)
    assert Sponsor.objects.get().name == "=HYPERLINK(1)"


REFUSED = [
    (b"", "has no lines"),
    (b"\n\n  \n", "has no lines"),
    (b"organisation,tier\nA,Gold\n", "contact_email is missing"),
    (b"a,b,c\n", "organisation, tier and contact_email are missing"),
    (b"organisation,tier,contact_email,Tier\n", "names tier twice"),
    ("organisation,tier,contact_email\nZoë,Gold,a@b.example\n".encode("latin-1"), "Line 2 is not UTF-8"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8"),
    (b"organisation,tier,contact_email\n\x00,Gold,a@b.example\n", "not a text table"),
    (
        b'organisation,tier,contact_email\n"A,Gold,a@b.example\nB,Gold,b@b.example\n',
        "line that starts at 2 cannot be read",
    ),
    (b"organisation,tier,contact_email\n" + b"A,Gold,a@b.example\n" * 2001, "2000 is the most"),
    (b"x" * 1_000_001, "1000 kB is the most"),
    (b"\xff\xfeo", "is not UTF-8"),
]


@pytest.mark.parametrize(("data", "sentence"), REFUSED)
def test_what_cannot_be_read_without_loss_is_refused_whole(edition, organiser, data, sentence):
    with pytest.raises(Invalid, match=sentence):
        upload(edition, organiser, data)
    assert not Upload.objects.exists()
    assert not Sponsor.objects.exists()


CELLS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=6))
def test_any_table_either_lands_or_comes_back(edition, organiser, rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["organisation", "tier", "contact_email", "name", "legal_name", "website", "domains"])
    writer.writerows(rows)
    lines = sum(any(cell.strip() for cell in row) for row in rows)
    try:
        made = upload(edition, organiser, out.getvalue())
    except Invalid:
        return
    assert sum(counts(made)) == lines
    back = list(csv.reader(io.StringIO(uploads.error_text(made).removeprefix("\ufeff"))))
    assert len(back) == len(made.bad) + 1


def test_cochairs_and_strangers_upload_nothing(edition):
    for user in (RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user, RoleFactory(kind=RoleKind.ORGANISER).user):
        with pytest.raises(NotAllowed):
            upload(edition, user, TABLE)


def test_another_editions_sponsors_and_tiers_are_out_of_reach(edition, organiser):
    foreign = SponsorFactory(tier__slug="diamond")
    made = upload(edition, organiser, f"organisation,tier,contact_email\n{foreign.name},Diamond,a@b.example\n")
    assert counts(made) == (0, 0, 0, 1)
    assert Sponsor.objects.get() == foreign
