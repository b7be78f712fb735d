"""Verbs on an edition: phases, the clock, rules that no form can go around."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from expo.editions.catalogue import CATALOGUE, DEFAULTS, FieldRule
from expo.editions.models import Break, Day, Edition, Format, Role, Room, Track
from expo.editions.queries import rules_of
from expo.editions.services import days, icml, lifecycle, parts, roles
from expo.editions.services.format_fields import save_format_fields
from expo.editions.services.parts import fresh_slug
from expo.editions.states import PHASES, FieldUse, Phase, RoleKind
from expo.editions.tasks import tick
from expo.journal.models import Entry
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.notify.models import Message
from tests.concurrency import race
from tests.factories import (
    EXPO_DAY,
    AcceptedFactory,
    DayFactory,
    EditionFactory,
    EntitlementFactory,
    FormatFactory,
    ProposalFactory,
    RoleFactory,
    RoomFactory,
    SessionFactory,
    TierFactory,
    TopicFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def organiser_of(edition):
    return RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user


def ready_edition(**fields):
    edition = EditionFactory(phase=Phase.SETUP, call_opens_at=None, **fields)
    talk = FormatFactory(edition=edition)
    TrackFactory(edition=edition, formats=[talk])
    EntitlementFactory(tier=TierFactory(edition=edition), format=talk)
    RoleFactory(edition=edition, kind=RoleKind.COCHAIR)
    return edition


def test_a_ready_call_opens_at_once_and_is_journalled():
    edition = ready_edition()
    organiser = organiser_of(edition)
    with clock.at(datetime(2026, 1, 1, tzinfo=UTC)):
        lifecycle.open_call(by=organiser, edition=edition)
    edition.refresh_from_db()
    assert (edition.phase, edition.call_opens_at) == (Phase.CALL, datetime(2026, 1, 1, tzinfo=UTC))
    entry = Entry.objects.get(fact="editions.call_opened")
    assert (entry.actor, entry.edition_id, entry.data) == (organiser, edition.pk, {"from": "setup", "to": "call"})


def breaks_deadline(edition):
    Edition.objects.filter(pk=edition.pk).update(call_closes_at=clock.now() - timedelta(minutes=1))


def breaks_contact(edition):
    Edition.objects.filter(pk=edition.pk).update(contact_email="")


def breaks_formats(edition):
    Format.objects.filter(edition=edition).delete()


def breaks_tracks(edition):
    FormatFactory(edition=edition, slug="demo")


def breaks_tiers(edition):
    edition.tiers.all().delete()


def breaks_chairs(edition):
    Role.objects.filter(kind=RoleKind.COCHAIR).delete()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (breaks_deadline, "Set a closing time of the call in the future."),
        (breaks_contact, "Give a public contact address."),
        (breaks_formats, "Add at least one format."),
        (breaks_tracks, "Put every format into a track."),
        (breaks_tiers, "Add a tier that may submit proposals."),
        (breaks_chairs, "Appoint at least one cochair."),
    ],
)
def test_the_call_stays_shut_while_one_thing_is_missing(spoil, sentence):
    edition = ready_edition()
    spoil(edition)
    with pytest.raises(WrongState, match="The call cannot open yet") as refusal:
        lifecycle.open_call(by=organiser_of(edition), edition=edition)
    assert sentence in refusal.value.message
    assert not Entry.objects.filter(fact="editions.call_opened").exists()


def test_the_contact_address_changes_but_stays_once_the_call_has_opened():
    edition = ready_edition()
    organiser = organiser_of(edition)
    lifecycle.save_calendar(by=organiser, edition=edition, contact_email="")
    lifecycle.save_calendar(by=organiser, edition=edition, contact_email=" expo@icml.example ")
    lifecycle.open_call(by=organiser, edition=edition)
    assert lifecycle.save_calendar(by=organiser, edition=edition, contact_email="new@icml.example").contact_email == (
        "new@icml.example"
    )
    for address, refused in (("", "contact-needed"), ("nowhere", "bad-email"), ("x" * 250 + "@a.example", "bad-email")):
        with pytest.raises(Invalid) as refusal:
            lifecycle.save_calendar(by=organiser, edition=edition, contact_email=address)
        assert (refusal.value.code, refusal.value.field) == (refused, "contact_email")


def test_another_editions_tier_and_chair_do_not_count():
    edition = ready_edition()
    edition.tiers.all().delete()
    ready_edition()
    with pytest.raises(WrongState, match="Add a tier"):
        lifecycle.open_call(by=organiser_of(edition), edition=edition)


@pytest.mark.parametrize("kind", [RoleKind.REVIEWER, None])
def test_only_who_runs_the_edition_moves_it(kind):
    edition = ready_edition()
    user = RoleFactory(edition=edition, kind=kind).user if kind else organiser_of(EditionFactory())
    with pytest.raises(NotAllowed):
        lifecycle.open_call(by=user, edition=edition)


ALL_MOVES = [(old, new) for old in Phase for new in Phase]


@pytest.mark.parametrize(("old", "new"), ALL_MOVES)
def test_phases_move_as_the_table_says(old, new):
    edition = ready_edition()
    Edition.objects.filter(pk=edition.pk).update(phase=old)
    try:
        lifecycle.move_phase(by=None, edition=edition, to=new)
        moved = True
    except WrongState as refusal:
        moved = refusal.code == "no-release"  # the table allows it; the missing release does not
    assert moved == PHASES.allows(old, new)


def test_an_edition_without_a_release_is_not_published_by_button():
    edition = EditionFactory(phase=Phase.SCHEDULE)
    with pytest.raises(WrongState, match="no release yet"):
        lifecycle.move_phase(by=organiser_of(edition), edition=edition, to=Phase.PUBLISHED)


def test_the_clock_closes_calls_past_their_deadline_and_no_others():
    due, later, endless = EditionFactory(), EditionFactory(), EditionFactory(call_closes_at=None)
    in_grace = EditionFactory(call_grace_minutes=2)
    closes = due.call_closes_at.replace(hour=23, minute=59, second=0, microsecond=0)
    Edition.objects.exclude(pk=endless.pk).update(call_closes_at=closes)
    Edition.objects.filter(pk=later.pk).update(call_closes_at=closes + timedelta(minutes=1))
    with clock.at(closes + timedelta(seconds=59, microseconds=999_999)):
        assert tick() == 0
    with clock.at(closes + timedelta(minutes=1)):
        assert tick() == 1
        assert tick() == 0
    phases = [Edition.objects.get(pk=one.pk).phase for one in (due, later, endless, in_grace)]
    assert phases == [Phase.REVIEW, Phase.CALL, Phase.CALL, Phase.CALL]
    entry = Entry.objects.get()
    assert (entry.fact, entry.actor, entry.edition_id) == ("editions.call_closed", None, due.pk)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_close_a_call_once():
    edition = EditionFactory(call_closes_at=clock.now() - timedelta(minutes=1), call_opens_at=None)
    assert sorted(race(lifecycle.tick, lifecycle.tick)) == [0, 1]
    assert Entry.objects.filter(edition_id=edition.pk).count() == 1


def test_reopening_asks_for_a_deadline_ahead():
    edition = ready_edition(call_closes_at=clock.now() - timedelta(days=1))
    Edition.objects.filter(pk=edition.pk).update(phase=Phase.REVIEW)
    with pytest.raises(WrongState, match="Set a closing time of the call in the future"):
        lifecycle.move_phase(by=organiser_of(edition), edition=edition, to=Phase.CALL)


# --- Constraints -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"call_closes_at": datetime(2026, 1, 1, tzinfo=UTC), "call_opens_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"phase": "limbo"},
        {"grid_minutes": 7},
        {"grid_minutes": 0},
        {"reviews_per_proposal": 0},
        {"max_load": 0},
    ],
)
def test_postgresql_refuses_an_impossible_edition(fields):
    edition = EditionFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(**fields)


@pytest.mark.parametrize("factory", [FormatFactory, TrackFactory, RoomFactory, TopicFactory])
def test_postgresql_refuses_the_same_name_twice_whatever_its_case(factory):
    made = factory(name="Hall")
    slug = {} if factory is RoomFactory else {"slug": "other"}
    with pytest.raises(IntegrityError), transaction.atomic():
        factory(edition=made.edition, name="HALL", **slug)
    assert factory(name="Hall", **slug).name == "Hall"


@pytest.mark.parametrize("field", ["grid_minutes", "max_load", "conflict_years", "reviews_per_proposal"])
@pytest.mark.parametrize("value", [-1, 10**6])
def test_settings_out_of_range_are_refused_by_the_service_too(field, value):
    edition = EditionFactory()
    with pytest.raises(Invalid) as refusal:
        lifecycle.save_calendar(by=organiser_of(edition), edition=edition, **{field: value})
    assert refusal.value.field == field


@pytest.mark.parametrize("zone", ["", "Berlin", "Etc/GMT+5", "europe/berlin", "../etc/passwd", "x" * 200])
def test_only_iana_zones_are_taken(zone):
    edition = EditionFactory()
    with pytest.raises(Invalid, match="is not a time zone"):
        lifecycle.save_calendar(by=organiser_of(edition), edition=edition, time_zone=zone)


def test_saving_the_calendar_journals_what_changed_and_nothing_else():
    edition = EditionFactory(place="Seoul")
    organiser = organiser_of(edition)
    lifecycle.save_calendar(by=organiser, edition=edition, place="Seoul", max_load=9)
    lifecycle.save_calendar(by=organiser, edition=edition, place="Seoul", max_load=9)
    assert [entry.data for entry in Entry.objects.filter(fact="editions.calendar_saved")] == [
        {"changed": {"max_load": 9}, "was": {"max_load": 6}, "phase": "call"}
    ]


# --- Parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["日本語", "!!!", "Talk"])
def test_every_name_gets_a_slug_of_its_own(name):
    edition = EditionFactory()
    organiser = organiser_of(edition)
    first = parts.save_format(by=organiser, edition=edition, name=name, minutes=60)
    assert first.slug == ("talk" if name == "Talk" else "format")
    assert fresh_slug(Format, edition, name, "format") == f"{first.slug}-2"


def test_a_slug_stays_when_the_name_changes():
    edition = EditionFactory()
    talk = FormatFactory(edition=edition)
    parts.save_format(by=organiser_of(edition), edition=edition, format=talk, name="Long talk", minutes=60)
    talk.refresh_from_db()
    assert (talk.slug, talk.name) == ("talk", "Long talk")


def test_verbs_take_no_part_of_another_edition():
    edition, foreign = EditionFactory(), FormatFactory()
    with pytest.raises(Format.DoesNotExist):
        parts.save_format(by=organiser_of(edition), edition=edition, format=foreign, name="Mine", minutes=60)
    with pytest.raises(Invalid, match="at least one format of this edition"):
        parts.save_track(by=organiser_of(edition), edition=edition, name="Mine", formats=[foreign])
    with pytest.raises(Room.DoesNotExist):
        parts.save_track(
            by=organiser_of(edition),
            edition=edition,
            name="Mine",
            formats=[FormatFactory(edition=edition)],
            room=RoomFactory(),
        )
    assert not Track.objects.filter(edition=edition).exists()


def test_organisers_of_other_editions_change_nothing():
    edition = EditionFactory()
    stranger = organiser_of(EditionFactory())
    with pytest.raises(NotAllowed):
        parts.save_room(by=stranger, edition=edition, name="Hall")
    with pytest.raises(NotAllowed):
        roles.grant_role(by=stranger, edition=edition, email="a@b.example", kind=RoleKind.REVIEWER)


def test_rooms_tracks_and_topics_in_use_stay():
    edition = EditionFactory()
    organiser = organiser_of(edition)
    session = SessionFactory(edition=edition)
    topic = TopicFactory(edition=edition)
    ProposalFactory(edition=edition).topics.add(topic)
    for verb, part in (
        (parts.remove_room, {"room": session.room}),
        (parts.remove_track, {"track": session.track}),
        (parts.remove_topic, {"topic": topic}),
    ):
        with pytest.raises(WrongState) as refusal:
            verb(by=organiser, edition=edition, **part)
        assert refusal.value.code == "in-use"
    assert not Entry.objects.filter(fact__endswith="_removed").exists()


def test_a_day_with_sessions_keeps_them_inside_its_hours():
    edition = EditionFactory()
    organiser, day = organiser_of(edition), DayFactory(edition=edition)
    SessionFactory(edition=edition)  # nine to ten in New York
    with pytest.raises(WrongState, match="1 session is scheduled on this day"):
        days.remove_day(by=organiser, edition=edition, day=day)
    with pytest.raises(WrongState, match="sessions are scheduled outside these hours"):
        days.save_day(by=organiser, edition=edition, day=day, date=EXPO_DAY, opens_at=time(10), closes_at=time(18))
    days.save_day(by=organiser, edition=edition, day=day, date=EXPO_DAY, opens_at=time(9), closes_at=time(12))
    assert Day.objects.get().closes_at == time(12)


def test_a_removed_day_takes_its_breaks_along_and_leaves_others():
    edition = EditionFactory()
    organiser = organiser_of(edition)
    for on in (date(2027, 7, 18), date(2027, 7, 19)):
        icml.set_up_as_icml(by=organiser, edition=edition, on=on)
    DayFactory(edition=edition, date=date(2027, 7, 19))
    lunch = datetime(2027, 7, 19, 17, tzinfo=UTC)
    days.save_break(by=organiser, edition=edition, name="Lunch", starts_at=lunch, ends_at=lunch + timedelta(hours=1))
    days.remove_day(by=organiser, edition=edition, day=Day.objects.get(date=date(2027, 7, 18)))
    assert [each.starts_at for each in Break.objects.all()] == [lunch]


def test_a_placed_format_keeps_its_length():
    edition = EditionFactory()
    talk = FormatFactory(edition=edition)
    SessionFactory(edition=edition, proposal=AcceptedFactory(edition=edition, format=talk))
    with pytest.raises(WrongState, match="so its length cannot change"):
        parts.save_format(by=organiser_of(edition), edition=edition, format=talk, name="Talk", minutes=45)


@pytest.mark.django_db(transaction=True)
def test_two_people_adding_the_same_format_make_one():
    edition = EditionFactory()
    organiser = organiser_of(edition)

    def add():
        return parts.save_format(by=organiser, edition=edition, name="Talk", minutes=60)

    outcomes = race(add, add)
    assert sorted(type(one).__name__ for one in outcomes) == ["Format", "Invalid"]


# --- Roles -----------------------------------------------------------------------------------------


def test_granting_twice_sends_one_mail_and_updates_the_rest():
    edition = EditionFactory()
    organiser = organiser_of(edition)
    for senior in (False, False, True):
        role = roles.grant_role(
            by=organiser, edition=edition, email="ada@a.example", kind=RoleKind.COCHAIR, is_senior=senior
        )
    assert role.is_senior
    assert Message.objects.count() == 1
    facts = Entry.objects.filter(target_type="editions.role").order_by("id").values_list("fact", flat=True)
    assert list(facts) == ["editions.role_granted", "editions.role_changed"]


def test_a_revoked_role_is_a_fact_that_frees_assignments():
    edition = EditionFactory()
    role = RoleFactory(edition=edition)
    roles.revoke_role(by=organiser_of(edition), edition=edition, role=role)
    entry = Entry.objects.get(fact="editions.role_revoked")
    assert entry.data == {"kind": "reviewer", "user": role.user_id}
    assert [one.task for one in entry.reactions.all()] == ["assignments.release_conflicted"]


def test_staff_have_no_say_inside_an_edition():
    edition = EditionFactory()
    staff = UserFactory(is_staff=True, is_superuser=True)
    with pytest.raises(NotAllowed):
        roles.grant_role(by=staff, edition=edition, email=staff.email, kind=RoleKind.COCHAIR)


def test_the_years_of_a_conflict_only_grow_once_the_call_is_open():
    edition = EditionFactory(phase=Phase.CALL, conflict_years=3)
    organiser = organiser_of(edition)
    with pytest.raises(Invalid, match="can be raised but not lowered") as refusal:
        lifecycle.save_calendar(by=organiser, edition=edition, conflict_years=2)
    lifecycle.save_calendar(by=organiser, edition=edition, conflict_years=5)
    edition.refresh_from_db()
    assert (refusal.value.code, edition.conflict_years) == ("conflict-years-lowered", 5)


def test_names_of_reviewers_may_be_hidden_but_not_shown_once_the_call_is_open():
    edition = EditionFactory(phase=Phase.CALL, names_reviewers=True)
    organiser = organiser_of(edition)
    lifecycle.save_calendar(by=organiser, edition=edition, names_reviewers=False)
    with pytest.raises(Invalid) as refusal:
        lifecycle.save_calendar(by=organiser, edition=edition, names_reviewers=True)
    assert (refusal.value.code, refusal.value.field) == ("names-revealed-later", "names_reviewers")
    edition.refresh_from_db()
    assert edition.names_reviewers is False


class TestFormatFields:
    def test_a_format_says_what_it_asks_for_and_the_rest_stays(self):
        edition = EditionFactory()
        talk, by = FormatFactory(edition=edition), organiser_of(edition)
        fields = {"evidence": FieldRule(FieldUse.REQUIRED, 900)}
        save_format_fields(by=by, edition=edition, format=talk, fields=fields)
        more = {"outline": FieldRule(FieldUse.OPTIONAL, 4), "takeaways": DEFAULTS["takeaways"]}
        save_format_fields(by=by, edition=edition, format=talk, fields=more, publishes_outline=True)
        talk.refresh_from_db()
        assert rules_of(talk) == {**DEFAULTS, **fields, **more}
        assert (talk.publishes_outline, sorted(talk.fields.values_list("name", flat=True))) == (
            True,
            ["evidence", "outline"],
        )
        entries = Entry.objects.filter(fact="editions.format_fields_saved").order_by("id")
        assert [entry.data["fields"] for entry in entries] == [["evidence"], ["outline", "publishes_outline"]]
        save_format_fields(by=by, edition=edition, format=talk, fields=more)
        assert entries.count() == 2

    @pytest.mark.parametrize(
        ("name", "rule", "code", "field"),
        [
            ("title", FieldRule(FieldUse.OPTIONAL, 160), "always-asked", "use_title"),
            ("presenters", FieldRule(FieldUse.OFF, 12), "always-asked", "use_presenters"),
            ("title", FieldRule(FieldUse.REQUIRED, 161), "limit-out-of-range", "limit_title"),
            ("evidence", FieldRule(FieldUse.REQUIRED, 0), "limit-out-of-range", "limit_evidence"),
            ("pdf", FieldRule(FieldUse.REQUIRED, 1), "unknown-field", None),
        ],
    )
    def test_what_the_catalogue_does_not_allow_is_refused(self, name, rule, code, field):
        talk = FormatFactory()
        with pytest.raises(Invalid) as refused:
            save_format_fields(by=None, edition=talk.edition, format=talk, fields={name: rule})
        assert (refused.value.code, refused.value.field) == (code, field)
        assert not talk.fields.exists()

    def test_an_outline_that_is_not_asked_for_cannot_be_printed(self):
        talk = FormatFactory()
        with pytest.raises(Invalid) as refused:
            save_format_fields(by=None, edition=talk.edition, format=talk, fields={}, publishes_outline=True)
        assert refused.value.field == "publishes_outline"

    def test_only_organisers_may(self):
        talk = FormatFactory()
        cochair = RoleFactory(edition=talk.edition, kind=RoleKind.COCHAIR).user
        with pytest.raises(NotAllowed):
            save_format_fields(by=cochair, edition=talk.edition, format=talk, fields={})

    def test_as_at_icml_a_workshop_prints_its_outline_and_a_demo_says_what_it_needs(self):
        edition = EditionFactory(phase=Phase.SETUP)
        icml.set_up_as_icml(by=organiser_of(edition), edition=edition)
        formats = {one.slug: one for one in edition.formats.all()}
        required = {
            slug: {name for name, rule in rules_of(one).items() if rule.is_required and not CATALOGUE[name].is_always}
            for slug, one in formats.items()
        }
        assert required == {
            "talk": {"takeaways", "topics", "level", "evidence"},
            "demo": {"takeaways", "topics", "level", "evidence", "hands_on", "needs"},
            "workshop": {"takeaways", "topics", "level", "evidence", "hands_on", "outline"},
        }
        assert {slug: one.publishes_outline for slug, one in formats.items()} == {
            "talk": False,
            "demo": False,
            "workshop": True,
        }
