"""The frozen program as data."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from expo.releases import snapshot
from expo.releases.snapshot import Person, PublishedLink, PublishedPart, PublishedProfile
from tests.releases.samples import NINE, detailed, program, session

NEW_YORK = ZoneInfo("America/New_York")


def test_a_snapshot_survives_json() -> None:
    made = program(session(1, text="é\n\u202eאב"), session(2), detailed(3))
    assert snapshot.from_data(json.loads(json.dumps(snapshot.to_data(made)))) == made


def test_a_release_from_before_outlines_and_profiles_reads_and_writes_the_same() -> None:
    """Its sessions have none of the later keys."""
    old = json.dumps(snapshot.to_data(program(session(1), session(2))))
    assert not any(f'"{name}"' in old for name in ("parts", "links", "profile", "biography", "link", "picture"))
    assert json.dumps(snapshot.to_data(snapshot.from_data(json.loads(old)))) == old


def test_parts_have_clock_times_as_long_as_they_fit_into_the_session() -> None:
    made = program(detailed(1), detailed(2, ends=NINE + timedelta(minutes=90))).sessions
    clocks = [
        [(part.starts and f"{part.starts:%H:%M}", part.ends and f"{part.ends:%H:%M}") for part in each.timed_parts]
        for each in made
    ]
    assert clocks == [[("09:00", "09:20"), ("09:20", "10:00")], [(None, None), (None, None)]]


def test_only_addresses_that_a_reader_may_follow_are_kept() -> None:
    """In letters that every format takes; a link without a label is called by its address."""
    links = (
        PublishedLink("Script", "javascript:alert(1)"),
        PublishedLink("Data", "data:text/html,x"),
        PublishedLink("Odd", ' HTTPS://x.example/ü "<b>\x00'),
        PublishedLink("", "http://y.example/a%20b?c=d&e#f"),
    )
    made = program(session(1, links=links, presenters=(Person("Ada", link="vbscript:x"),))).sessions[0]
    assert made.links == (
        PublishedLink("Odd", "HTTPS://x.example/%C3%BC%20%22%3Cb%3E"),
        PublishedLink("http://y.example/a%20b?c=d&e#f", "http://y.example/a%20b?c=d&e#f"),
    )
    assert made.presenters == (Person("Ada"),)


def test_all_that_is_said_is_cleaned() -> None:
    ada = Person("Ada", "", " One\r\n\x07two ")
    parts = (PublishedPart(0, 60, " A\ttitle ", "x\x00\ry", ("Ada\n", "\x00")),)
    made = program(session(1, presenters=(ada,), parts=parts, profile=PublishedProfile(" A\nsentence\x1b "))).sessions[
        0
    ]
    assert made.presenters == (Person("Ada", "", "One\ntwo"),)
    assert made.parts == (PublishedPart(0, 60, "A title", "x\ny", ("Ada",)),)
    assert made.profile == PublishedProfile("A sentence")
    assert program(session(1, profile=PublishedProfile(" ", "ftp://x"))).sessions[0].profile is None


def test_times_are_in_the_editions_zone() -> None:
    data = snapshot.to_data(program(session(1)))
    assert (data["sessions"][0]["starts"], data["sessions"][0]["ends"]) == (
        "2027-07-18T09:00:00-04:00",
        "2027-07-18T10:00:00-04:00",
    )


def test_sessions_stand_in_order_of_time() -> None:
    assert [each.id for each in program(session(3), session(1), session(2)).sessions] == [1, 2, 3]


def test_words_are_cleaned_once_for_all_formats() -> None:
    made = program(session(1, title=" Two\r\nlines\x00\x07 ", text="a\r\nb\rc\x0b\ufffe", presenters=(Person("A\tB"),)))
    first = made.sessions[0]
    assert (first.title, first.text, first.presenters) == ("Two lines", "a\nb\nc", (Person("A B"),))


def test_a_day_holds_its_sessions_even_outside_opening_hours() -> None:
    late = session(1, starts=NINE + timedelta(hours=9))
    elsewhen = session(2, starts=NINE + timedelta(days=2))
    days = program(late, elsewhen).days
    assert [day.date for day in days] == [date(2027, 7, 18), date(2027, 7, 20)]
    assert days[0].closes == datetime(2027, 7, 18, 19, tzinfo=NEW_YORK)
    assert days[1].opens == elsewhen.starts


def test_there_is_no_field_for_anything_that_is_not_public() -> None:
    assert set(snapshot.to_data(program())["sessions"][0]) == {
        "id", "code", "guid", "title", "format", "track", "room", "starts", "ends", "presenters", "sponsor", "topics",
        "text", "sequence", "changed_at",
    }  # fmt: skip
    assert set(snapshot.to_data(program())["sessions"][0]["presenters"][0]) == {"name", "affiliation"}
    full = snapshot.to_data(program(detailed()))["sessions"][0]
    assert set(full) - set(snapshot.to_data(program())["sessions"][0]) == {"parts", "links", "profile"}
    assert set(full["presenters"][0]) == {"name", "affiliation", "biography", "link", "picture"}
    assert set(full["parts"][0]) == {"after", "minutes", "title", "text", "presenters"}
    assert (set(full["links"][0]), set(full["profile"])) == ({"label", "url"}, {"sentence", "link", "logo"})
