"""The pages of the set-up, by form."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.models import Break, Day, Edition, Format, Role, Room, Topic, Track
from expo.editions.states import Phase, RoleKind
from expo.journal.models import Entry
from expo.kit import clock
from tests.factories import (
    DayFactory,
    EditionFactory,
    EntitlementFactory,
    FormatFactory,
    ProposalFactory,
    RoleFactory,
    RoomFactory,
    SponsorFactory,
    TeamInvitationFactory,
    TeamMemberFactory,
    TierFactory,
    TopicFactory,
    TrackFactory,
    UserFactory,
)
from tests.pages import squeezed

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionFactory(phase=Phase.SETUP, time_zone="America/New_York")


@pytest.fixture
def organiser(edition, client):
    user = RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    client.force_login(user)
    return user


def at(name, edition, *ids):
    return reverse(f"editions:{name}", args=[edition.slug, *ids])


def text(response):
    return " ".join(response.content.decode().split())


GET_PAGES = [
    "setup",
    "calendar",
    "formats",
    "tracks",
    "rooms",
    "topics",
    "days",
    "breaks",
    "roles",
    "upload-roles",
    "detail",
]


@pytest.mark.parametrize("name", GET_PAGES)
def test_organiser_opens_every_page_of_the_setup(client, edition, organiser, name):
    assert client.get(at(name, edition)).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("name", GET_PAGES)
def test_an_edition_in_setup_does_not_exist_for_others(client, edition, name):
    client.force_login(RoleFactory(kind=RoleKind.ORGANISER).user)
    assert client.get(at(name, edition)).status_code == 404


@pytest.mark.parametrize("name", ["setup", "formats", "roles"])
def test_cochairs_do_not_set_up(client, edition, name):
    client.force_login(RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user)
    assert client.get(at(name, edition)).status_code == 404


def test_strangers_are_asked_to_sign_in(client, edition):
    url = at("setup", edition)
    assert client.get(url).headers["Location"] == f"/accounts/login/?next={url}"


# --- Calendar --------------------------------------------------------------------------------------


def calendar(**changes):
    return {
        "name": "ICML 2027 Expo",
        "conference": "ICML",
        "place": "Seoul",
        "contact_email": "expo@icml.example",
        "call_text": "Bring *research*.",
        "time_zone": "Asia/Seoul",
        "call_opens_at": "2027-01-10T09:00",
        "call_closes_at": "2027-03-01T23:59",
        "reviews_due_at": "2027-04-01T12:00",
        "verdicts_at": "2027-04-20T12:00",
        "reviews_per_proposal": "3",
        "max_load": "6",
        "conflict_years": "3",
        "rest_minutes": "0",
        "walk_minutes": "0",
        "hide_sponsor_until_scored": "on",
        "grid_minutes": "30",
        **changes,
    }


def test_times_are_meant_in_the_zone_chosen_on_the_same_form(client, edition, organiser):
    response = client.post(at("calendar", edition), calendar())
    edition.refresh_from_db()
    assert response.headers["Location"] == at("setup", edition)
    assert edition.call_closes_at == datetime(2027, 3, 1, 14, 59, tzinfo=UTC)
    assert 'value="2027-03-01T23:59"' in text(client.get(at("calendar", edition)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"call_text": "x" * 20_001}, "at most 20000 characters"),
        ({"time_zone": "Mars/Olympus"}, "is not one of the available choices"),
        ({"call_closes_at": "soon"}, "Enter a valid date/time"),
        ({"call_closes_at": "2027-01-10T09:00"}, "The call must close after it opens."),
        ({"call_closes_at": "2027-01-10T08:00"}, "The call must close after it opens."),
        ({"reviews_due_at": "2027-02-01T12:00"}, "Reviews must be due after the call closes."),
        ({"verdicts_at": "2027-03-20T12:00"}, "The date of the verdicts must be after the reviews are due."),
        ({"confirm_by_at": "2027-04-20T12:00"}, "The date for confirmations must be after the date of the verdicts."),
        ({"grid_minutes": "7"}, "is not one of the available choices"),
        ({"reviews_per_proposal": "0"}, "greater than or equal to 1"),
        ({"max_load": "-1"}, "greater than or equal to 1"),
        ({"max_load": "many"}, "Enter a whole number."),
        (
            {
                "time_zone": "America/New_York",
                "call_opens_at": "2027-03-14T02:30",
                "call_closes_at": "2027-03-20T02:30",
            },
            "does not exist in America/New_York",
        ),
    ],
)
def test_a_bad_calendar_gets_a_sentence_and_keeps_what_was_typed(client, edition, organiser, changes, sentence):
    response = client.post(at("calendar", edition), calendar(place="Typed with care", **changes))
    assert response.status_code == 200
    assert sentence in text(response)
    assert "Typed with care" in text(response)
    edition.refresh_from_db()
    assert edition.place == ""


@pytest.mark.slow
def test_an_empty_calendar_is_refused_without_losing_the_edition(client, edition, organiser):
    assert client.post(at("calendar", edition), {}).status_code == 200
    assert Edition.objects.get().name == edition.name


# --- Parts -----------------------------------------------------------------------------------------

GOOD = {
    "formats": {"name": "Tutorial", "minutes": "120"},
    "rooms": {"name": "Hall A", "capacity": "400", "equipment": "sound, projector, sound"},
    "topics": {"name": "Systems"},
    "days": {"date": "2027-07-18", "opens_at": "09:00", "closes_at": "18:00"},
}
MODELS = {"formats": Format, "rooms": Room, "topics": Topic, "days": Day, "tracks": Track, "breaks": Break}


@pytest.mark.parametrize("name", GOOD)
def test_a_part_is_added_changed_and_removed_by_form(client, edition, organiser, name):
    noun = name.removesuffix("s")
    client.post(at(name, edition), GOOD[name])
    made = MODELS[name].objects.get(edition=edition)
    changed = {**GOOD[name], **({"closes_at": "17:00"} if name == "days" else {"name": "Renamed"})}
    client.post(at(f"change-{noun}", edition, made.pk), changed)
    made.refresh_from_db()
    assert (str(made.closes_at) if name == "days" else made.name) == ("17:00:00" if name == "days" else "Renamed")
    client.post(at(f"remove-{noun}", edition, made.pk))
    assert not MODELS[name].objects.filter(pk=made.pk).exists()
    facts = Entry.objects.order_by("id").values_list("fact", flat=True)
    assert list(facts) == [f"editions.{noun}_saved", f"editions.{noun}_saved", f"editions.{noun}_removed"]


@pytest.mark.parametrize("name", GOOD)
def test_a_double_submit_makes_one_part(client, edition, organiser, name):
    client.post(at(name, edition), GOOD[name])
    again = client.post(at(name, edition), GOOD[name])
    assert again.status_code == 200
    assert "already" in text(again)
    assert MODELS[name].objects.count() == 1


BAD_PARTS = [
    ("formats", {}, "This field is required."),
    ("formats", {"name": "Talk", "minutes": "0"}, "greater than or equal to 5"),
    ("formats", {"name": "Talk", "minutes": "99999999999999999999"}, "less than or equal to 600"),
    ("formats", {"name": "x" * 41, "minutes": "60"}, "at most 40 characters"),
    ("formats", {"name": "Talk", "minutes": "60", "position": "-1"}, "greater than or equal to 0"),
    ("formats", {"name": "\x00", "minutes": "60"}, "Null characters are not allowed."),
    ("rooms", {"name": "  "}, "This field is required."),
    ("rooms", {"name": "Hall", "capacity": "0"}, "greater than or equal to 1"),
    ("rooms", {"name": "Hall", "equipment": "x" * 41}, "at most 40 characters"),
    ("topics", {"name": "x" * 61}, "at most 60 characters"),
    ("days", {"date": "2027-02-30", "opens_at": "09:00", "closes_at": "18:00"}, "Enter a valid date."),
    ("days", {"date": "2027-07-18", "opens_at": "18:00", "closes_at": "09:00"}, "The day must close after it opens."),
    ("days", {"date": "2027-07-18", "opens_at": "09:00", "closes_at": "09:00"}, "The day must close after it opens."),
    ("tracks", {"name": "Talks"}, "This field is required."),
    ("tracks", {"name": "Talks", "formats": ["0"]}, "0 is not one of the available choices."),
    ("tracks", {"name": "Talks", "formats": ["all"]}, "is not a valid value."),
    (
        "breaks",
        {"name": "Lunch", "starts_at": "2027-07-18T13:00", "ends_at": "2027-07-18T13:00"},
        "must end after it starts",
    ),
    (
        "breaks",
        {"name": "Lunch", "starts_at": "2027-07-19T13:00", "ends_at": "2027-07-19T14:00"},
        "within the hours of one",
    ),
    (
        "breaks",
        {"name": "Lunch", "starts_at": "2027-07-18T17:30", "ends_at": "2027-07-18T18:30"},
        "within the hours of one",
    ),
]


@pytest.mark.parametrize(("name", "typed", "sentence"), BAD_PARTS)
def test_a_bad_part_gets_a_sentence(client, edition, organiser, name, typed, sentence):
    if name == "breaks":
        DayFactory(edition=edition)
    response = client.post(at(name, edition), typed)
    assert response.status_code == 200
    assert sentence in text(response)
    assert MODELS[name].objects.count() == 0


def test_a_break_is_meant_on_the_editions_clock(client, edition, organiser):
    DayFactory(edition=edition)
    client.post(
        at("breaks", edition), {"name": "Lunch", "starts_at": "2027-07-18T13:00", "ends_at": "2027-07-18T14:00"}
    )
    assert Break.objects.get().starts_at == datetime(2027, 7, 18, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("noun", "factory"),
    [("format", FormatFactory), ("room", RoomFactory), ("topic", TopicFactory), ("day", DayFactory)],
)
@pytest.mark.parametrize("verb", ["change", "remove"])
def test_a_part_of_another_edition_is_absent(client, edition, organiser, noun, factory, verb):
    foreign = factory()
    assert client.post(at(f"{verb}-{noun}", edition, foreign.pk), {"name": "Mine"}).status_code == 404
    assert type(foreign).objects.filter(pk=foreign.pk).exists()


def test_a_track_takes_no_format_of_another_edition(client, edition, organiser):
    foreign = FormatFactory()
    response = client.post(at("tracks", edition), {"name": "Talks", "formats": [foreign.pk]})
    assert f"{foreign.pk} is not one of the available choices." in text(response)


def test_a_format_with_proposals_stays_and_says_why(client, edition, organiser):
    talk = FormatFactory(edition=edition)
    ProposalFactory(edition=edition, format=talk)
    response = client.post(at("remove-format", edition, talk.pk), follow=True)
    assert "The format “Talk” is used by 1 proposals. Move them, then remove it." in text(response)
    assert Format.objects.filter(pk=talk.pk).exists()


def test_a_format_that_is_a_tracks_only_one_stays(client, edition, organiser):
    talk = FormatFactory(edition=edition)
    TrackFactory(edition=edition, name="Talks", formats=[talk])
    response = client.post(at("remove-format", edition, talk.pk), follow=True)
    assert "The track “Talks” takes only this format." in text(response)


# --- What a form asks for ----------------------------------------------------------------------------


def sent_fields(page):
    """What the page's form would send as it stands."""
    form = page.context["form"]
    return {field.html_name: field.value() for field in form if field.value() not in (None, False)}


def test_an_organiser_says_what_the_form_of_a_format_asks_for(client, edition, organiser):
    talk = FormatFactory(edition=edition)
    page = client.get(at("format-fields", edition, talk.pk))
    assert "A text that is already longer than its new limit stays" in text(page)
    assert 'name="use_title"' not in text(page)
    sent = {**sent_fields(page), "use_evidence": "required", "limit_evidence": "700"}
    answer = client.post(at("format-fields", edition, talk.pk), sent, follow=True)
    assert "The form for Talk is saved. What was written before has not changed." in text(answer)
    assert list(talk.fields.values_list("name", "use", "limit")) == [("evidence", "required", 700)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"limit_evidence": "0"}, "greater than or equal to 1"),
        ({"limit_evidence": "9" * 5000}, "Enter a whole number"),
        ({"limit_evidence": ""}, "This field is required."),
        ({"use_evidence": "perhaps"}, "perhaps is not one of the available choices"),
        ({"publishes_outline": "on"}, "The program cannot print an outline that the form does not ask for."),
    ],
)
def test_what_cannot_be_asked_for_is_refused_and_the_rest_stays_typed(client, edition, organiser, change, sentence):
    talk = FormatFactory(edition=edition)
    sent = {**sent_fields(client.get(at("format-fields", edition, talk.pk))), "limit_abstract": "4321", **change}
    answer = client.post(at("format-fields", edition, talk.pk), sent)
    assert (answer.status_code, sentence in text(answer), 'value="4321"' in text(answer)) == (422, True, True)
    assert not talk.fields.exists()


# --- Phases ----------------------------------------------------------------------------------------


def test_the_set_up_as_at_icml_takes_one_click_and_a_second_changes_nothing(client, edition, organiser):
    for _ in range(2):
        client.post(at("set-up-as-icml", edition))
    assert [(f.name, f.minutes) for f in edition.formats.all()] == [("Talk", 60), ("Demo", 60), ("Workshop", 240)]
    taking = [(track.name, [one.name for one in track.formats.all()]) for track in edition.tracks.all()]
    assert taking == [
        ("Talks and demos", ["Talk", "Demo"]),
        ("Workshops A", ["Workshop"]),
        ("Workshops B", ["Workshop"]),
    ]
    assert (edition.rooms.count(), edition.days.count(), edition.breaks.count()) == (3, 1, 1)


def test_opening_too_early_names_everything_that_is_missing(client, organiser):
    edition = EditionFactory(phase=Phase.SETUP, call_closes_at=None)
    RoleFactory(edition=edition, user=organiser, kind=RoleKind.ORGANISER)
    response = client.post(at("move-phase", edition), {"to": "call"}, follow=True)
    assert (
        "The call cannot open yet. Say when the call closes. Add at least one format. Add at least one track. "
        "Add a tier that may submit proposals. Appoint at least one cochair."
    ) in text(response)
    edition.refresh_from_db()
    assert edition.phase == Phase.SETUP


@pytest.mark.parametrize("to", ["", "nonsense", "published"])
def test_a_nonsense_phase_gets_a_sentence(client, edition, organiser, to):
    response = client.post(at("move-phase", edition), {"to": to}, follow=True)
    assert response.status_code == 200
    assert "There is no such phase" in text(response) or "cannot become" in text(response)


def test_a_phase_moves_only_by_post(client, edition, organiser):
    assert client.get(at("move-phase", edition)).status_code == 405


# --- Create ----------------------------------------------------------------------------------------

NEW = {"name": "ICML 2027 Expo", "slug": "icml-2027", "conference": "ICML", "place": "Seoul", "time_zone": "Asia/Seoul"}


def test_site_staff_begin_an_edition_and_become_its_organiser(client):
    staff = UserFactory(is_staff=True)
    client.force_login(staff)
    response = client.post("/editions/new/", NEW, follow=True)
    edition = Edition.objects.get()
    assert "you are its organiser" in text(response)
    assert (edition.slug, edition.phase, str(edition.zone)) == ("icml-2027", Phase.SETUP, "Asia/Seoul")
    assert list(Role.objects.values_list("user", "kind")) == [(staff.pk, "organiser")]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "Two words"}, "letters, numbers, underscores or hyphens"),
        ({"slug": "taken"}, "There is already an edition at “taken”."),
        ({"slug": "new"}, "taken by the site itself"),
        ({"slug": ""}, "This field is required."),
        ({"slug": "x" * 41}, "at most 40 characters"),
        ({"time_zone": "EST5EDT"}, "is not one of the available choices"),
    ],
)
def test_a_bad_edition_is_not_begun(client, changes, sentence):
    EditionFactory(slug="taken")
    client.force_login(UserFactory(is_staff=True))
    response = client.post("/editions/new/", {**NEW, **changes})
    assert sentence in text(response)
    assert "ICML 2027 Expo" in text(response)
    assert Edition.objects.count() == 1


def test_only_site_staff_begin_editions(client, organiser):
    assert client.post("/editions/new/", NEW).status_code == 404


# --- Home and edition page -------------------------------------------------------------------------


def test_a_stranger_sees_open_calls_and_published_programs_but_no_setup(client):
    EditionFactory(name="Open Expo")
    EditionFactory(name="Past Expo", phase=Phase.PUBLISHED)
    EditionFactory(name="Secret Expo", phase=Phase.SETUP)
    EditionFactory(name="Late Expo", call_closes_at=clock.now() - timedelta(minutes=1))
    seen = text(client.get("/"))
    assert [name in seen for name in ("Open Expo", "Past Expo", "Secret Expo", "Late Expo")] == [
        True,
        True,
        False,
        False,
    ]


def test_home_says_what_is_next_for_each_part_somebody_has(client):
    edition = EditionFactory()
    user = TeamMemberFactory(sponsor__edition=edition).user
    for kind in RoleKind:
        RoleFactory(edition=edition, user=user, kind=kind)
    client.force_login(user)
    seen = text(client.get("/"))
    for label in ("My proposals", "My reviews", "Overview", "Setup"):
        assert label in seen


def test_home_never_says_that_nothing_waits_below_what_waits(client):
    user = TeamMemberFactory(sponsor__edition__phase=Phase.REVIEW).user
    edition = user.teams.get().sponsor.edition
    client.force_login(user)
    assert "Nothing waits for you." in text(client.get("/"))
    TeamInvitationFactory(sponsor=SponsorFactory(edition=edition), email=user.email)
    seen = text(client.get("/"))
    assert "You have an invitation to answer" in seen
    assert "Nothing waits for you." not in seen
    assert "Nothing else waits for you." in seen


def test_home_asks_as_many_queries_for_twenty_editions_as_for_two(client):
    user = UserFactory()
    client.force_login(user)
    client.get("/")
    counts = []
    for batch in (2, 18):
        for _ in range(batch):
            RoleFactory(user=user, kind=RoleKind.ORGANISER)
            EditionFactory()
            sponsor = TeamMemberFactory(user=user).sponsor
            ProposalFactory(sponsor=sponsor, edition=sponsor.edition)
        with CaptureQueriesContext(connection) as asked:
            client.get("/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["detail", "setup", "formats", "tracks", "rooms", "topics", "roles", "breaks"])
def test_pages_ask_a_constant_number_of_queries(client, edition, organiser, name):
    counts = []
    for batch in (2, 18):
        for n in range(batch):
            room = RoomFactory(edition=edition)
            talk = FormatFactory(edition=edition, slug=f"format-{batch}-{n}")
            TrackFactory(edition=edition, formats=[talk], room=room)
            TopicFactory(edition=edition)
            RoleFactory(edition=edition)
            tier = TierFactory(edition=edition, slug=f"tier-{batch}-{n}")
            EntitlementFactory(tier=tier, format=talk)
            starts = datetime(2027, 7, 18, 15, tzinfo=UTC)
            Break.objects.create(
                edition=edition, name="Tea", starts_at=starts, ends_at=starts + timedelta(hours=1), room=room
            )
        with CaptureQueriesContext(connection) as asked:
            assert client.get(at(name, edition)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_call_names_the_address_to_write_to(client):
    page = text(client.get(at("detail", EditionFactory(contact_email="expo@icml.example"))))
    assert '<a href="mailto:expo@icml.example">expo@icml.example</a>' in page


def test_the_call_text_cannot_smuggle_script(client):
    edition = EditionFactory(call_text="Hello <script>alert(1)</script> [x](javascript:alert(1)) **bold**")
    seen = client.get(at("detail", edition)).content.decode()
    assert "<strong>bold</strong>" in seen
    assert "<script>alert" not in seen
    assert 'href="javascript' not in seen


def test_the_edition_page_shows_what_each_tier_brings(client):
    edition = EditionFactory()
    EntitlementFactory(
        tier=TierFactory(edition=edition, slug="gold"),
        format=FormatFactory(edition=edition),
        may_submit=3,
        may_be_accepted=2,
    )
    seen = text(client.get(at("detail", edition)))
    assert '3<span class="faint">(up to 2 accepted)</span>' in squeezed(seen)


# --- Roles -----------------------------------------------------------------------------------------


def test_an_unknown_person_is_invited_as_reviewer(client, edition, organiser):
    typed = {
        "email": "New@Reviewers.example",
        "name": "Ada",
        "kind": "reviewer",
        "sector": "academia",
        "is_senior": "on",
    }
    client.post(at("roles", edition), typed)
    role = Role.objects.get(kind=RoleKind.REVIEWER)
    assert (role.user.email, role.user.name, role.sector, role.is_senior) == (
        "new@reviewers.example",
        "Ada",
        "academia",
        True,
    )
    granted = Entry.objects.get(fact="editions.role_granted")
    assert [reaction.task for reaction in granted.reactions.all()] == ["assignments.invite", "proposals.ask_claims"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": ""}, "This field is required."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"email": "x" * 250 + "@example.org"}, "at most 254 characters"),
        ({"kind": "king"}, "king is not one of the available choices."),
        ({"sector": "space"}, "space is not one of the available choices."),
    ],
)
def test_a_bad_role_gets_a_sentence(client, edition, organiser, changes, sentence):
    response = client.post(
        at("roles", edition), {"email": "a@b.example", "kind": "reviewer", "sector": "industry", **changes}
    )
    assert sentence in text(response)
    assert Role.objects.count() == 1


def test_the_last_organiser_stays(client, edition, organiser):
    response = client.post(at("revoke-role", edition, Role.objects.get().pk), follow=True)
    assert "This is the only organiser." in text(response)
    assert Role.objects.count() == 1


def test_a_role_of_another_edition_cannot_be_revoked(client, edition, organiser):
    foreign = RoleFactory()
    assert client.post(at("revoke-role", edition, foreign.pk)).status_code == 404
    assert Role.objects.filter(pk=foreign.pk).exists()


def test_a_table_of_roles_is_taken_in_and_its_bad_lines_come_back(client, edition, organiser):
    table = (
        "email;role;name;sector;senior\n"
        "ada@a.example;reviewer;Ada;academia;yes\n"
        "bob@b.example;wizard;Bob;;\n"
        "not-an-address;cochair;;;\n"
        "cy@c.example;cochair;Cy;other;perhaps\n"
    )
    file = SimpleUploadedFile("roles.csv", table.encode())
    response = client.post(at("upload-roles", edition), {"file": file}, follow=True)
    seen = text(response)
    assert "“wizard” is not a role; use one of organiser, cochair, reviewer." in seen
    upload = edition.uploads.get()
    assert (upload.added, [(one["line"], one["column"]) for one in upload.bad]) == (
        1,
        [(3, "role"), (4, "email"), (5, "senior")],
    )
    rest = client.get(at("roles-rest", edition, upload.pk)).content.decode("utf-8-sig").splitlines()
    assert rest[0] == "email,role,name,sector,senior,reason"
    assert rest[1].startswith('bob@b.example,wizard,Bob,,,"role: “wizard” is not a role')
