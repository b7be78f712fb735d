"""The exports are valid, say the same, and hold against hostile words."""

import csv
import io
import json
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from jsonschema import Draft6Validator, FormatChecker
from lxml import etree

from expo.releases import diff
from expo.releases.render import EXPORTS, ical, jsonld, render_all, table
from expo.releases.render.published import PublishedProgram
from expo.releases.snapshot import Person, PublishedLink, PublishedPart, PublishedProfile, PublishedRoom, Term
from tests.releases.formats import path_of, schema, xsd
from tests.releases.samples import ABOUT, LATER, LOGO, NINE, PORTRAIT, WORKSHOP, detailed, printed, program, session

XSD, JSON = xsd(), Draft6Validator(schema(), format_checker=FormatChecker())
Facts = list[tuple[Any, ...]]


def files(given: PublishedProgram) -> dict[str, bytes]:
    return {each.name: each.body for each in render_all(given)}


def from_json(body: bytes) -> Facts:
    days = json.loads(body)["schedule"]["conference"]["days"]
    events = [event for day in days for room in day["rooms"].values() for event in room]
    return [
        (e["guid"], e["title"], e["room"], e["date"], e["end"], e["abstract"], tuple(p["name"] for p in e["persons"]))
        for e in events
    ]


def from_xml(body: bytes) -> Facts:
    found = []
    for event in etree.fromstring(body).iter("event"):
        hours, minutes = map(int, event.findtext("duration").split(":"))
        starts = event.findtext("date")
        people = tuple(person.text.partition(" (")[0] for person in event.iter("person"))
        ends = (datetime.fromisoformat(starts) + timedelta(hours=hours, minutes=minutes)).isoformat()
        found.append((event.get("guid"), event.findtext("title"), event.findtext("room"), starts, ends,
                      event.findtext("abstract") or "", people))  # fmt: skip
    return found


def from_ical(body: bytes) -> Facts:
    events = [event for event in Calendar.from_ical(body).events if event["STATUS"] == "CONFIRMED"]
    return [
        (str(e["UID"]), str(e["SUMMARY"]), str(e["LOCATION"]), e.start.isoformat(), e.end.isoformat(),
         text_of(str(e["DESCRIPTION"])), people_of(str(e["DESCRIPTION"])))
        for e in events
    ]  # fmt: skip


def text_of(description: str) -> str:
    return description.split("\n\n", 2)[2]


def people_of(description: str) -> tuple[str, ...]:
    return tuple(person.partition(" (")[0] for person in description.split("\n\n")[0].split("; "))


def from_csv(body: bytes) -> Facts:
    rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    found = [{key: plain(value) for key, value in row.items()} for row in rows]
    return [
        (r["guid"], r["title"], r["room"], r["starts"], r["ends"], r["text"],
         tuple(p.partition(" (")[0] for p in r["presenters"].split("; ")))
        for r in found
    ]  # fmt: skip


def plain(cell: str) -> str:
    """A cell's own words again, as docs/api.md says to read them."""
    return cell.removeprefix("'")


def from_virtual(body: bytes) -> Facts:
    return [
        (f"{r['uid'][:8]}-{r['uid'][8:12]}-{r['uid'][12:16]}-{r['uid'][16:20]}-{r['uid'][20:]}", r["name"],
         r["room_name"], r["starttime"], r["endtime"], r["abstract"], tuple(a["fullname"] for a in r["authors"]))
        for r in json.loads(body)["results"]
    ]  # fmt: skip


READERS = {
    "schedule.json": from_json,
    "schedule.xml": from_xml,
    "schedule.ics": from_ical,
    "schedule.csv": from_csv,
    "virtual.json": from_virtual,
}


def facts_of(made: PublishedProgram) -> Facts:
    return sorted(
        (
            e.guid,
            e.title,
            e.room.name,
            e.starts.isoformat(),
            e.ends.isoformat(),
            e.text,
            tuple(p.name for p in e.presenters),
        )
        for e in made.program.sessions
    )


def rich() -> PublishedProgram:
    """Two rooms, two days, a workshop, and a session without an affiliation."""
    other = session(2, room=PublishedRoom(8, "Room “301”"), format=WORKSHOP, track=Term("workshops", "Workshops & co"))
    return printed(program(session(1), other, session(3, starts=NINE + timedelta(days=1))), number=4)


@pytest.mark.parametrize("name", READERS)
def test_every_export_carries_the_same_facts(name: str) -> None:
    assert sorted(READERS[name](files(rich())[name])) == facts_of(rich())


#: What a page says around the text, in the formats that have no place of their own for each part of it.
SAID = """\
Outline
09:00 to 09:20 Set-up (Ada Lovelace)
Bring a laptop.
09:20 to 10:00 Hands on

Ada Lovelace (Analytical Engines)
Wrote the first program.
https://ada.example/

Links
Paper: https://arxiv.example/1
Code: https://code.example/?a=1&b=2

Analytical Engines
Makes engines.
https://engines.example/"""


def events_of(body: bytes) -> list[dict[str, Any]]:
    days = json.loads(body)["schedule"]["conference"]["days"]
    return [event for day in days for room in day["rooms"].values() for event in room]


#: The text in words that every export but the virtual site's carries.
DESCRIPTIONS = {
    "schedule.json": lambda body: [event["description"] for event in events_of(body)],
    "schedule.xml": lambda body: [
        event.findtext("description") or "" for event in etree.fromstring(body).iter("event")
    ],
    "schedule.ics": lambda body: [
        str(event["DESCRIPTION"]).partition("What *everybody* can learn.")[2].removeprefix("\n\n")
        for event in Calendar.from_ical(body).events
    ],
    "schedule.csv": lambda body: [
        plain(row["description"]) for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    ],
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_exports_say_in_words_what_the_page_says_around_the_text(name: str) -> None:
    assert DESCRIPTIONS[name](files(printed(program(detailed(1), session(2))))[name]) == [SAID, ""]


def test_parts_longer_than_their_session_are_told_without_clock_times() -> None:
    body = files(printed(program(detailed(1, ends=NINE + timedelta(minutes=30)))))["schedule.xml"]
    (said,) = DESCRIPTIONS["schedule.xml"](body)
    assert said.splitlines()[:4] == ["Outline", "20 min Set-up (Ada Lovelace)", "Bring a laptop.", "40 min Hands on"]


def test_what_a_schema_has_a_place_for_stands_there() -> None:
    made = files(printed(program(detailed(1))))
    (event,) = events_of(made["schedule.json"])
    picture, logo = (f"https://expo.example/pictures/{each.digest}" for each in (PORTRAIT, LOGO))
    links = [("Paper", "https://arxiv.example/1"), ("Code", "https://code.example/?a=1&b=2")]
    assert event["persons"] == [
        {
            "name": "Ada Lovelace",
            "affiliation": "Analytical Engines",
            "biography": "Wrote the first program.",
            "url": "https://ada.example/",
            "avatar": picture,
        },
        {"name": "Charles Babbage", "affiliation": ""},
    ]
    assert event["logo"] == logo
    assert [(each["title"], each["url"]) for each in event["links"]] == links
    assert [error.message for error in JSON.iter_errors(json.loads(made["schedule.json"]))] == []
    root = etree.fromstring(made["schedule.xml"])
    XSD.assertValid(root)
    assert [(each.text, each.get("href")) for each in root.iter("link")] == links
    assert [each.text for each in root.iter("logo")] == [logo]
    (row,) = json.loads(made["virtual.json"])["results"]
    assert [each["url"] for each in row["authors"]] == ["https://ada.example/", None]


def test_json_ld_tells_presenters_parts_and_sponsor() -> None:
    made = printed(program(detailed(1)))
    ld = json.loads(jsonld.of_session(made, made.program.sessions[0]))
    picture, logo = (f"https://expo.example/pictures/{each.digest}" for each in (PORTRAIT, LOGO))
    assert ld["performer"][0] == {
        "@type": "Person",
        "name": "Ada Lovelace",
        "description": "Wrote the first program.",
        "url": "https://ada.example/",
        "image": picture,
    }
    assert ld["sponsor"] == {
        "@type": "Organization",
        "name": "Analytical Engines",
        "description": "Makes engines.",
        "url": "https://engines.example/",
        "logo": logo,
    }
    assert [(part["name"], part["startDate"], part["endDate"]) for part in ld["subEvent"]] == [
        ("Set-up", "2027-07-18T09:00:00-04:00", "2027-07-18T09:20:00-04:00"),
        ("Hands on", "2027-07-18T09:20:00-04:00", "2027-07-18T10:00:00-04:00"),
    ]


def test_every_export_has_a_reader_here() -> None:
    assert set(READERS) == {export.name for export in EXPORTS}


def test_schedule_json_is_valid() -> None:
    assert [error.message for error in JSON.iter_errors(json.loads(files(rich())["schedule.json"]))] == []


def test_the_json_schema_can_fail() -> None:
    assert not JSON.is_valid(json.loads(path_of("voc-schedule/example-invalid.json").read_text()))


def test_schedule_xml_is_valid() -> None:
    XSD.assertValid(etree.fromstring(files(rich())["schedule.xml"]))


@pytest.mark.parametrize("slug", ["a", "ICML-2027", "x_y"])
def test_short_and_odd_slugs_stay_valid(slug: str) -> None:
    made = files(printed(program(about=replace(ABOUT, slug=slug, time_zone="US/Pacific"))))
    XSD.assertValid(etree.fromstring(made["schedule.xml"]))
    assert [error.message for error in JSON.iter_errors(json.loads(made["schedule.json"]))] == []


def test_virtual_json_has_the_shape_of_the_virtual_sites() -> None:
    shape, made = schema("neurips-virtual.example-shape.json"), json.loads(files(rich())["virtual.json"])
    assert set(made) == {"count", "next", "previous", "results"}
    assert made["count"] == 3
    assert all(set(each) == set(shape["results"][0]) for each in made["results"])
    assert all(
        set(author) == set(shape["results"][0]["authors"][0]) for each in made["results"] for author in each["authors"]
    )


def test_the_calendar_knows_its_zone_its_changes_and_its_cancellations() -> None:
    first = diff.continued(None, program(session(1), session(2)), at=NINE)
    second = diff.continued(first, program(session(2, title="Better")), at=LATER)
    calendar = Calendar.from_ical(files(printed(second, 2))["schedule.ics"])
    assert [zone["TZID"] for zone in calendar.timezones] == ["America/New_York"]
    assert calendar.get_missing_tzids() == set()
    assert [
        (str(e["UID"]), str(e["STATUS"]), e["SEQUENCE"], e["LAST-MODIFIED"].dt, e["DTSTART"].params["TZID"])
        for e in calendar.events
    ] == [
        (session(2).guid, "CONFIRMED", 1, LATER, "America/New_York"),
        (session(1).guid, "CANCELLED", 1, LATER, "America/New_York"),
    ]


def test_calendar_lines_are_as_rfc_5545_wants_them() -> None:
    body = files(printed(program(session(1, text="långe Wörter " * 30 + "\nBEGIN:VALARM"))))["schedule.ics"]
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    assert b"BEGIN:VALARM" not in lines


def test_one_session_makes_a_calendar_of_its_own() -> None:
    made = printed(program())
    events = Calendar.from_ical(ical.render_one(made, made.program.sessions[1])).events
    assert [str(event["UID"]) for event in events] == [session(2).guid]


def test_same_program_same_bytes() -> None:
    assert render_all(rich()) == render_all(rich())


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'quoted"])
def test_a_cell_that_looks_like_a_formula_becomes_text(cell: str) -> None:
    assert table.safe(cell) == f"'{cell}"
    assert plain(table.safe(cell)) == cell


def test_json_ld_cannot_leave_its_script_element() -> None:
    text = jsonld.of_session(
        printed(program()), session(1, title="</script><script>alert(1)</script><!--", text="\u2028&")
    )
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text)["name"] == "</script><script>alert(1)</script><!--"


def test_json_ld_says_when_a_session_is_cancelled() -> None:
    made = printed(program(session(1)))
    statuses = [json.loads(jsonld.of_session(made, each))["eventStatus"] for each in (session(1), session(2))]
    assert statuses == ["https://schema.org/EventScheduled", "https://schema.org/EventCancelled"]


HOSTILE = st.one_of(
    st.sampled_from(
        ["=cmd|'/C calc'!A0", "@SUM(1)", "]]>", "<!ENTITY x SYSTEM 'file:///'>", "a\r\nEND:VCALENDAR\r\nX:",
         "\u202egnihton", "“ü”;,:\\n", "</script>", "\x00\x08\x1b", "'; DROP--", "{{ 7*7 }}", "\u2028", "🎓" * 40,
         "\ufeff", "\ufffe", ',",\n']
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text(alphabet=string.punctuation + " \r\n\t", max_size=30),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(title=HOSTILE, text=HOSTILE, room=HOSTILE, person=HOSTILE, sponsor=HOSTILE)
def test_hostile_words_survive_in_every_export(title: str, text: str, room: str, person: str, sponsor: str) -> None:
    hostile = session(
        1, title=title, text=text, sponsor=sponsor, presenters=(Person("Ada"), Person(person, "", text, f"http://{title}")),
        room=PublishedRoom(7, room),
        track=Term("t", title), topics=(Term("x", text[:20]),),
        parts=(PublishedPart(0, 60, title, text, (person,)),),
        links=(PublishedLink(person, f"https://x.example/{text}"), PublishedLink(title, text)),
        profile=PublishedProfile(sponsor, f"https://{room}"),
    )  # fmt: skip
    made = printed(program(hostile, session(2)))
    rendered = files(made)
    XSD.assertValid(etree.fromstring(rendered["schedule.xml"]))
    assert JSON.is_valid(json.loads(rendered["schedule.json"]))
    wanted = [fact[:5] for fact in facts_of(made)]
    for name, read in {**READERS, "schedule.ics": ical_head}.items():
        assert sorted(fact[:5] for fact in read(rendered[name])) == wanted, name
    said = DESCRIPTIONS["schedule.json"](rendered["schedule.json"])
    assert DESCRIPTIONS["schedule.xml"](rendered["schedule.xml"]) == said
    assert DESCRIPTIONS["schedule.csv"](rendered["schedule.csv"]) == said
    words = [fact[5] for fact in facts_of(made)]
    for name in ("schedule.json", "schedule.xml", "schedule.csv", "virtual.json"):
        assert [fact[5] for fact in sorted(READERS[name](rendered[name]))] == words, name


def ical_head(body: bytes) -> Facts:
    return [
        (str(e["UID"]), str(e["SUMMARY"]), str(e["LOCATION"]), e.start.isoformat(), e.end.isoformat())
        for e in Calendar.from_ical(body).events
    ]


BERLIN = replace(ABOUT, time_zone="Europe/Berlin")
#: Clocks in Berlin skip from 02:00 to 03:00, and repeat the hour from 02:00, at 01:00 UTC on these days.
SKIPPED, REPEATED = datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "minutes", "said"),
    [
        (SKIPPED - timedelta(hours=1), 180, ("2027-03-28T01:00:00+01:00", "2027-03-28T05:00:00+02:00", "03:00")),
        (REPEATED - timedelta(hours=2), 240, ("2027-10-31T01:00:00+02:00", "2027-10-31T04:00:00+01:00", "04:00")),
        (REPEATED - timedelta(minutes=30), 45, ("2027-10-31T02:30:00+02:00", "2027-10-31T02:15:00+01:00", "00:45")),
    ],
)
def test_a_session_across_a_change_of_clocks_lasts_as_long_as_it_does(
    starts: datetime, minutes: int, said: tuple[str, str, str]
) -> None:
    long = session(1, starts=starts, ends=starts + timedelta(minutes=minutes))
    made = files(printed(program(long, about=BERLIN, days=())))
    (event,) = etree.fromstring(made["schedule.xml"]).iter("event")
    (row,) = csv.DictReader(io.StringIO(made["schedule.csv"].decode("utf-8-sig")))
    assert (row["starts"], row["ends"], event.findtext("duration")) == said
    assert int(row["minutes"]) == minutes


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    change=st.sampled_from([SKIPPED, REPEATED]),
    spans=st.lists(st.tuples(st.integers(-26 * 60, 3 * 60), st.integers(1, 12 * 60)), min_size=1, max_size=6),
)
def test_programs_around_a_change_of_clocks_and_midnight_are_valid_and_alike(
    change: datetime, spans: list[tuple[int, int]]
) -> None:
    starts = [change + timedelta(minutes=offset) for offset, _ in spans]
    sessions = [
        session(number, code=f"AAAA{number:02}", starts=at, ends=at + timedelta(minutes=length))
        for number, (at, (_, length)) in enumerate(zip(starts, spans, strict=True), 1)
    ]
    made = printed(program(*sessions, about=BERLIN, days=()))
    assert [each.starts for each in made.program.sessions] == sorted(starts)
    rendered = files(made)
    XSD.assertValid(etree.fromstring(rendered["schedule.xml"]))
    assert [error.message for error in JSON.iter_errors(json.loads(rendered["schedule.json"]))] == []
    wanted = sorted((each.guid, each.starts, each.ends) for each in sessions)
    for name, read in READERS.items():
        found = [(fact[0], *map(datetime.fromisoformat, fact[3:5])) for fact in read(rendered[name])]
        assert sorted(found) == wanted, name
