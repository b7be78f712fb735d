"""The frozen program as data."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from expo.releases import snapshot
from expo.releases.snapshot import Person
from tests.releases.samples import NINE, program, session

NEW_YORK = ZoneInfo("America/New_York")


def test_a_snapshot_survives_json() -> None:
    made = program(session(1, text="é\n\u202eאב"), session(2))
    assert snapshot.from_data(json.loads(json.dumps(snapshot.to_data(made)))) == made


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
