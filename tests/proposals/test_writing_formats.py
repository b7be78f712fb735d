"""The page shows one form per format; rows are added, moved and removed without script, and nothing typed is lost."""

import re
from typing import Any

import pytest

from expo.editions.models import Format
from expo.editions.states import FieldUse
from expo.proposals.models import Proposal
from tests import factories as make

from .conftest import CallFixture
from .pages import body, browser, kept, words
from .test_fields import OPTIONAL, PARTS, REQUIRED, ask, change


@pytest.fixture
def demo(call: CallFixture) -> Format:
    """A second format, which asks for other things than the talk."""
    demo: Format = make.FormatFactory(edition=call.edition, slug="demo")
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo, may_submit=1, may_be_accepted=1)
    ask(call.talk, True, outline=OPTIONAL, links=OPTIONAL, evidence=REQUIRED)
    ask(demo, hands_on=REQUIRED, takeaways=FieldUse.OFF)
    return demo


def rows(*parts: tuple[str, ...], name: str = "outline") -> dict[str, Any]:
    """Rows as a browser sends them."""
    columns = {"outline": ("minutes", "title", "text", "presenters"), "links": ("url", "label")}[name]
    sent = {f"{name}-TOTAL_FORMS": str(len(parts)), f"{name}-INITIAL_FORMS": "0"}
    for number, part in enumerate(parts):
        sent |= {f"{name}-{number}-{column}": value for column, value in zip(columns, part, strict=False)}
    return sent


def names(page: str) -> set[str]:
    """The visible controls of the page."""
    controls = re.findall(r"<(?:input|textarea|select)[^>]*>", page)
    visible = (each for each in controls if 'type="hidden"' not in each)
    return {name for each in visible if (name := "".join(re.findall(r'\bname="([^"]+)"', each)))}


def value(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', page)
    assert found, name
    return "".join(re.findall(r'value="([^"]*)"', found[0]))


def test_before_a_format_is_chosen_there_is_nothing_else_to_fill_in(call: CallFixture, demo: Format) -> None:
    page = body(browser(call.member).get(call.url("new")))
    assert names(page) == {"format", "track"}
    assert "Save draft" not in page


def test_each_format_shows_its_own_fields(call: CallFixture, demo: Format) -> None:
    client = browser(call.member)
    talk, other = (names(body(client.get(call.url("new"), {"format": slug}))) for slug in ("talk", "demo"))
    assert talk - other == {
        *("takeaways", "evidence", "links-0-url", "links-0-label"),
        *(f"outline-{n}-{column}" for n in range(3) for column in ("minutes", "title", "text", "presenters")),
    }
    assert other - talk == {"hands_on"}


def test_a_title_is_counted_and_never_cut_off(call: CallFixture) -> None:
    page = body(browser(call.member).get(call.url("new")))
    title = re.search(r'<input[^>]*name="title"[^>]*>', page)
    assert title
    assert ('data-count="160"' in title[0], "maxlength" in title[0], "At most 160 characters." in page) == (
        True,
        False,
        True,
    )


def test_another_formats_form_keeps_everything_typed_also_what_it_does_not_ask_for(
    call: CallFixture, demo: Format
) -> None:
    client = browser(call.member)
    typed = words(
        call, evidence="Figures\n & <more>", redraw="1", asked=call.talk.pk, format=demo.pk,
        **rows(("20", "Why", "So", "Ada"), ("x", "How")), **rows(("nonsense", "Paper"), name="links"),
    )  # fmt: skip
    page = body(client.post(call.url("new"), typed))
    assert "hands_on" in names(page)
    assert not {"takeaways", "evidence", "outline-0-title", "links-0-url"} & names(page)
    assert value(page, "evidence").replace("\n", "|") == "Figures| &amp; &lt;more&gt;"
    assert [value(page, f"outline-{n}-title") for n in range(2)] == ["Why", "How"]
    assert (value(page, "links-0-url"), value(page, "asked")) == ("nonsense", str(demo.pk))
    assert Proposal.objects.count() == 0
    back = body(client.post(call.url("new"), {**typed, "asked": demo.pk, "format": call.talk.pk}))
    assert value(back, "outline-1-minutes") == "x"
    assert kept(back, "Figures\n &amp; &lt;more&gt;", 'value="nonsense"', 'value="Ada"') == []
    assert "have errors" not in back


def test_a_format_chosen_on_a_page_without_rows_opens_the_form_of_a_new_proposal(
    call: CallFixture, demo: Format
) -> None:
    page = body(browser(call.member).post(call.url("new"), words(call, redraw="1")))
    assert {name for name in names(page) if name.endswith(("-minutes", "-url"))} == {
        *("outline-0-minutes", "outline-1-minutes", "outline-2-minutes"),
        "links-0-url",
    }


def test_what_goes_along_unseen_is_saved(call: CallFixture, demo: Format) -> None:
    sent = words(call, asked=demo.pk, format=demo.pk, takeaways="Kept", evidence="Kept too", hands_on="Try it")
    browser(call.member).post(call.url("new"), {**sent, **rows(("60", "All"))})
    made = Proposal.objects.get()
    assert (made.format, made.takeaways, made.evidence, made.hands_on) == (demo, "Kept", "Kept too", "Try it")
    assert [part["title"] for part in made.outline] == ["All"]


def test_saving_with_another_format_empties_nothing_that_the_page_did_not_show(call: CallFixture, demo: Format) -> None:
    topic = make.TopicFactory(edition=call.edition)
    draft = change(call, call.draft(), hands_on="Kept", outline=PARTS, topics=[topic])
    sent = words(call, asked=call.talk.pk, format=demo.pk, version=draft.version, topics=[topic.pk])
    assert browser(call.member).post(call.url("edit", draft), sent).status_code == 302
    draft.refresh_from_db()
    assert (draft.format, draft.hands_on, draft.outline) == (demo, "Kept", PARTS)


def test_a_saved_outline_comes_back_by_name_and_says_its_sum(call: CallFixture, demo: Format) -> None:
    draft = call.draft()
    presenter = draft.presenters.get()
    parts = [{**PARTS[0], "presenters": [presenter.email, "old@example.org"]}]
    change(call, draft, outline=parts, links=[{"url": "https://example.org/paper"}])
    page = body(browser(call.member).get(call.url("edit", draft)))
    assert value(page, "outline-0-presenters") == f"{presenter.name}, old@example.org"
    assert (value(page, "outline-0-minutes"), value(page, "links-0-label")) == ("20", "example.org")
    assert "20 of 60 minutes" in page


def test_names_of_presenters_become_their_addresses(call: CallFixture, demo: Format) -> None:
    sent = words(call, evidence="x", **rows(("60", "All", "", "ada; ADA@example.org, Bob")))
    browser(call.member).post(call.url("new"), sent)
    assert Proposal.objects.get().outline[0]["presenters"] == ["ada@example.org", "Bob"]


@pytest.mark.parametrize(
    ("move", "titles"),
    [
        ("outline up 1", ["B", "A", "C"]),
        ("outline down 1", ["A", "C", "B"]),
        ("outline up 0", ["A", "B", "C"]),
        ("outline down 2", ["A", "B", "C"]),
        ("outline remove 0", ["B", "C"]),
        ("outline add 0", ["A", "B", "C", ""]),
        ("outline remove 999", ["A", "B", "C"]),
        ("outline up -1", ["A", "B", "C"]),
        ("outline explode 1", ["A", "B", "C"]),
        ("\x00²", ["A", "B", "C"]),
    ],
)
def test_parts_are_moved_added_and_removed_by_buttons(
    call: CallFixture, demo: Format, move: str, titles: list[str]
) -> None:
    sent = words(call, move=move, **rows(("1", "A"), ("2", "B"), ("x" * 50, "C")), evidence="Typed")
    answer = browser(call.member).post(call.url("new"), sent)
    page = body(answer)
    assert answer.status_code == 200
    assert re.findall(r'name="outline-\d+-title"(?: value="([^"]*)")?', page) == titles
    assert ("Typed" in page, Proposal.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (rows(("9" * 5000, "Long")), "Write the minutes as a whole number, like 15."),
        (rows(("1.5", "Half")), "Write the minutes as a whole number, like 15."),
        (rows(("0", "None")), "Ensure this value is greater than or equal to 1."),
        (rows(("601", "Much")), "Ensure this value is less than or equal to 600."),
        (rows(("5", "T" * 161)), "The title has 161 characters and may have 160. Shorten it by 1."),
        (rows(*(("1", f"Part {n}") for n in range(30))), "The outline has 30 parts and may have 20."),
        (rows(("javascript:alert(1)", "Paper"), name="links"), "This is not a web address."),
        (rows(("https://a:b@example.org", "Paper"), name="links"), "This address holds a user name or password."),
        (rows(("https://a.example", ""), ("https://a.example", ""), name="links"), "is given twice."),
        ({"level": "expert"}, ""),
    ],
)
def test_wrong_rows_are_refused_with_a_sentence_and_stay_as_typed(
    call: CallFixture, demo: Format, change: dict[str, str], sentence: str
) -> None:
    ask(call.talk, level=OPTIONAL)
    answer = browser(call.member).post(call.url("new"), words(call, evidence="Typed", **change))
    page = body(answer)
    assert (answer.status_code, sentence in page, Proposal.objects.count()) == (422, True, 0)
    typed = [text for name, text in change.items() if not name.endswith("_FORMS") and name != "level"]
    assert kept(page, "Typed", "A title of ours", *(f'value="{text}"' for text in typed if text)) == []


@pytest.mark.parametrize("count", ["", "-1", "x", "10000", "99999999999", "²", "1e3"])
def test_a_broken_number_of_rows_is_survived(call: CallFixture, demo: Format, count: str) -> None:
    sent = words(call, evidence="x", **{**rows(("60", "All")), "outline-TOTAL_FORMS": count})
    assert browser(call.member).post(call.url("new"), sent).status_code == 302
    assert [part["title"] for part in Proposal.objects.get().outline] == ["All"]


def test_rows_left_empty_are_no_parts_and_no_links(call: CallFixture, demo: Format) -> None:
    sent = words(call, evidence="x", **rows(("", ""), ("60", "All"), ("", "")), **rows(("", ""), name="links"))
    assert browser(call.member).post(call.url("new"), sent).status_code == 302
    made = Proposal.objects.get()
    assert ([part["title"] for part in made.outline], made.links) == (["All"], [])


def test_control_characters_are_left_out_of_rows(call: CallFixture, demo: Format) -> None:
    sent = words(call, evidence="x", **rows(("60", "A\x00ll\u202e", "te\x00xt")))
    browser(call.member).post(call.url("new"), {**sent, **rows(("https://a.example/\x00", "P\u200b"), name="links")})
    made = Proposal.objects.get()
    assert (made.outline[0]["title"], made.outline[0]["text"]) == ("All", "text")
    assert made.links == [{"label": "P", "url": "https://a.example/"}]


def test_a_room_ticked_on_both_sides_is_refused_where_it_was_ticked(call: CallFixture) -> None:
    ask(call.talk, rooms=OPTIONAL)
    hall = make.RoomFactory(edition=call.edition, name="Hall")
    sent = words(call, preferred_rooms=[hall.pk], excluded_rooms=[hall.pk])
    answer = browser(call.member).post(call.url("new"), sent)
    assert (
        answer.status_code,
        "Hall cannot be both liked and impossible. Take the tick away on one side." in body(answer),
    ) == (
        422,
        True,
    )
    sent["excluded_rooms"] = []
    browser(call.member).post(call.url("new"), sent)
    made = Proposal.objects.get()
    assert (list(made.preferred_rooms.all()), list(made.excluded_rooms.all())) == ([hall], [])


def test_the_list_of_sections_says_that_the_outline_does_not_add_up(call: CallFixture, demo: Format) -> None:
    draft = change(call, call.draft(), outline=[PARTS[0]], evidence="x")
    page = body(browser(call.member).get(call.url("edit", draft)))
    assert re.findall(r'data-need="outline-adds-up"\s*>([^<]*)<', page) == ["60 minutes in all"]
    assert value(page, "outline-adds-up") == ""
