"""States, refusals, codes, Markdown, zones, sheets: the plain parts of the kit."""

import re
from datetime import UTC, datetime

import pytest
from django import forms
from hypothesis import example, given
from hypothesis import strategies as st

from expo.kit import codes, csv_import, markdown, zones
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState, refusals_to
from expo.kit.states import State, Table


def on_the_wall(*parts):
    return datetime(*parts)  # noqa: DTZ001 - a clock on a wall shows no zone


class Light(State):
    RED = "red"
    GREEN = "green"
    BLINKING_AMBER = "amber"


LIGHTS = Table("light", {Light.RED: frozenset({Light.GREEN}), Light.GREEN: frozenset({Light.BLINKING_AMBER})})


def test_a_state_has_a_label_and_is_its_own_value():
    assert Light.choices() == [("red", "Red"), ("green", "Green"), ("amber", "Blinking amber")]
    assert Light.RED == "red"


@pytest.mark.parametrize(("old", "new"), [(old, new) for old in Light for new in Light])
def test_a_table_allows_what_it_lists_and_nothing_else(old, new):
    listed = (old, new) in {(Light.RED, Light.GREEN), (Light.GREEN, Light.BLINKING_AMBER)}
    assert LIGHTS.allows(old, new) is listed
    if listed:
        LIGHTS.check(old, new)
    else:
        with pytest.raises(
            WrongState, match=f"This light is {old.label.lower()} and cannot become {new.label.lower()}"
        ):
            LIGHTS.check(old, new)


def test_each_kind_of_refusal_has_its_status():
    assert [kind("code", "Why.").status for kind in (Refused, NotAllowed, WrongState, Invalid)] == [409, 403, 409, 422]


class Form(forms.Form):
    name = forms.CharField()


@pytest.mark.parametrize(("field", "place"), [("name", "name"), ("elsewhere", "__all__"), (None, "__all__")])
def test_a_refusal_becomes_an_error_of_its_field_or_of_the_form(field, place):
    form = Form({"name": "Ada"})
    assert form.is_valid()
    with refusals_to(form):
        raise Invalid("bad", "This is not right.", field=field)
    assert form.errors == {place: ["This is not right."]}


def test_other_errors_are_not_swallowed():
    with pytest.raises(ZeroDivisionError), refusals_to(Form({"name": "Ada"})):
        raise ZeroDivisionError


def test_codes_are_six_plain_characters_and_rarely_alike():
    made = {codes.new_code() for _ in range(2000)}
    assert all(re.fullmatch(r"[A-HJ-NP-Z2-9]{6}", code) for code in made)
    assert len(made) > 1995


HOSTILE = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "<a href='x' onclick='alert(1)'>x</a>",
    "<style>body{display:none}</style>",
    "`<script>`",
    "[x]: javascript:alert(1)\n\n[x]",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_runs_nothing(text):
    html = markdown.to_html(text)
    assert not re.search(r"<(script|img|style|iframe)|<[^>]+\son\w+=|href=\"(javascript|data):", html, re.IGNORECASE)


def test_markdown_keeps_what_people_need():
    html = markdown.to_html("### Bring\n\n- *code* and **data**\n\n[us](https://e.example)")
    assert html == (
        "<h3>Bring</h3>\n<ul>\n<li><em>code</em> and <strong>data</strong></li>\n</ul>\n"
        '<p><a href="https://e.example" rel="noopener noreferrer">us</a></p>\n'
    )


def test_headings_stand_below_those_of_the_page():
    assert markdown.to_html("# One\n\n## Two\n\n###### Six") == "<h3>One</h3>\n<h3>Two</h3>\n<h4>Six</h4>\n"


@given(st.text(max_size=200))
def test_markdown_takes_any_text_and_leaves_only_allowed_tags(text):
    tags = set(re.findall(r"</?([a-zA-Z0-9]+)", markdown.to_html(text)))
    assert tags <= {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h3", "h4", "hr"}


# --- Zones -----------------------------------------------------------------------------------------


def test_a_typed_time_is_a_moment_in_its_zone():
    assert zones.moment(on_the_wall(2027, 7, 1, 9), "America/New_York") == datetime(2027, 7, 1, 13, tzinfo=UTC)
    assert zones.wall(datetime(2027, 7, 1, 13, tzinfo=UTC), "America/New_York") == on_the_wall(2027, 7, 1, 9)
    assert zones.wall(None, "UTC") is None


def test_a_time_that_clocks_skip_is_refused_and_one_they_repeat_is_the_first():
    with pytest.raises(Invalid, match="clocks skip it"):
        zones.moment(on_the_wall(2027, 3, 14, 2, 30), "America/New_York")
    assert zones.moment(on_the_wall(2027, 11, 7, 1, 30), "America/New_York") == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


@given(st.datetimes(on_the_wall(2000, 1, 1), on_the_wall(2060, 1, 1)), st.sampled_from(sorted(zones.names())))
def test_what_was_typed_is_what_is_shown_again(wall, zone):
    try:
        moment = zones.moment(wall, zone)
    except Invalid:
        return
    assert zones.wall(moment, zone) == wall


# --- Sheets ----------------------------------------------------------------------------------------

CELL = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\n\x0b\x0c"), max_size=20
).map(str.strip)


@pytest.mark.slow
@example([["", "'@"], ["=1", "''-"]])
@given(st.lists(st.lists(CELL, min_size=2, max_size=2).filter(any), max_size=5))
def test_what_is_written_is_read_again(rows):
    text = csv_import.csv_text(["one", "two"], rows)
    read = csv_import.read(text.encode(), needed=["one"], known=["one", "two"])
    assert [list(row.cells) for row in read.rows] == rows


def test_lines_are_numbered_as_an_editor_numbers_them():
    table = 'one,two\n"a\nb",1\n\nc,2\n'
    found = csv_import.read(table.encode(), needed=["one"], known=["one", "two"])
    assert [(row.line, row.values) for row in found.rows] == [
        (2, {"one": "a\nb", "two": "1"}),
        (5, {"one": "c", "two": "2"}),
    ]
