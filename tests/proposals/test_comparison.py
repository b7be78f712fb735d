"""Two versions beside each other: nothing is left out, nothing is woven together, and only its readers read it."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.editions.states import RoleKind
from expo.proposals.comparison import ComparedRow, changed_labels, compare, compare_field, paragraphs, written
from expo.proposals.models import Proposal
from expo.proposals.queries.content import content_of
from expo.proposals.services.drafts import edit
from expo.proposals.services.submission import submit
from tests import factories as make
from tests.pages import squeezed
from tests.proposals.conftest import CallFixture
from tests.proposals.pages import browser

WORDS = st.sampled_from(["robots", "learn", "Robots", "ü", "x1", "—", "- ", "1. ", "# ", " ", "\n", "\n\n", " \n", "."])
TEXTS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=60).map("".join))


def column(rows: tuple[ComparedRow, ...], side: str) -> str:
    return "".join(part.text for row in rows for part in getattr(row, side))


def shape(rows: tuple[ComparedRow, ...]) -> list[tuple[str, str, str]]:
    """Each row's kind and both sides, marked words in brackets."""

    def text(side: Any) -> str:
        return "".join(f"[{part.text}]" if part.is_marked else part.text for part in side).strip()

    return [(row.kind, text(row.old), text(row.new)) for row in rows]


@settings(max_examples=300)
@given(TEXTS, TEXTS, st.booleans())
def test_the_columns_joined_are_the_two_texts(old: str, new: str, is_by_line: bool) -> None:
    rows = compare_field("takeaways" if is_by_line else "abstract", old, new).rows
    assert (column(rows, "old"), column(rows, "new")) == (old, new)


@given(TEXTS, st.booleans())
def test_paragraphs_joined_are_the_text(text: str, is_by_line: bool) -> None:
    assert "".join(paragraphs(text, by_line=is_by_line)) == text


@settings(max_examples=200)
@given(TEXTS, TEXTS)
def test_a_row_is_called_the_same_only_if_it_reads_the_same(old: str, new: str) -> None:
    for kind, left, right in shape(compare_field("abstract", old, new).rows):
        assert (kind == "same") <= (left == right)
        assert (kind == "removed") <= (right == "")
        assert (kind == "added") <= (left == "")


@given(st.lists(st.sampled_from("abcde")), st.lists(st.sampled_from("abcde")))
def test_lists_are_compared_item_by_item(old: list[str], new: list[str]) -> None:
    rows = compare_field("topics", old, new).rows
    assert (column(rows, "old").split(), column(rows, "new").split()) == (old, new)
    assert all(len(part.text.split()) == 1 for row in rows for part in (*row.old, *row.new))


def test_changed_words_are_marked_and_unchanged_paragraphs_stand_beside_each_other() -> None:
    old = "We measure energy on 40 tasks in homes.\n\nThe code is open."
    new = "We measure energy on 45 tasks in homes.\n\nThe code is open.\n\nSo is the data."
    assert shape(compare_field("abstract", old, new).rows) == [
        (
            "changed",
            "We measure energy on [40] tasks in homes.",
            "We measure energy on [45] tasks in homes.",
        ),
        ("same", "The code is open.", "The code is open."),
        ("added", "", "So is the data."),
    ]


def test_a_rewritten_paragraph_is_shown_whole() -> None:
    old = "From tab AB: we measure how far the robots drift on forty tasks."
    new = "Something else entirely stands here, about language models and their cost."
    assert shape(compare_field("abstract", old, new).rows) == [("changed", old, new)]


def test_one_word_between_two_changes_is_no_island() -> None:
    old = "We serve large models in two regions and we count what every single request costs us in the end."
    new = "We serve small models at two sites and we count what every single request costs us in the end."
    [(_, left, right)] = shape(compare_field("abstract", old, new).rows)
    assert left.startswith("We serve [large models in two regions] and")
    assert right.startswith("We serve [small models at two sites] and")


def test_presenters_are_compared_row_by_row() -> None:
    ana = {"name": "Ana Silva", "email": "ana@x.example", "affiliation": "BioMind"}
    bo = {"name": "Bo Li", "email": "bo@x.example", "affiliation": ""}
    [field] = compare({"presenters": [ana]}, {"presenters": [ana | {"affiliation": "BioMind Labs"}, bo]})
    assert (field.label, shape(field.rows)) == (
        "Presenters",
        [
            ("changed", "Ana Silva <ana@x.example>, BioMind", "Ana Silva <ana@x.example>, BioMind[ Labs]"),
            ("added", "", "Bo Li <bo@x.example>"),
        ],
    )


def test_parts_of_an_outline_and_links_read_as_people_would_write_them() -> None:
    content = {
        "outline": [{"minutes": 10, "title": "Start", "text": "Why", "presenters": ["ana@x.example"]}],
        "links": [{"label": "Paper", "url": "https://x.example/p"}],
        "expected_audience": 40,
        "level": "",
    }
    assert written(content) == [
        ("Outline", "10 min Start\nWhy\nPresenters: ana@x.example"),
        ("Expected audience", "40"),
        ("Links", "Paper\nhttps://x.example/p"),
    ]


def test_fields_come_in_the_order_of_the_form_and_an_empty_one_is_no_change() -> None:
    old = {"public_text": "a", "title": "a", "links": [], "evidence": None}
    assert changed_labels(old, {"public_text": "b", "title": "b", "format": "Talk"}) == [
        "Format",
        "Title",
        "Public text",
    ]


def test_only_blank_lines_are_said_to_differ() -> None:
    [field] = compare({"abstract": "One.\n\nTwo."}, {"abstract": "One.\n\n\nTwo."})
    assert field.is_only_space


def test_long_runs_of_unchanged_paragraphs_are_counted() -> None:
    same = "\n\n".join(["One.", "Two.", "Three."])
    [field] = compare({"abstract": f"{same}\n\nOld."}, {"abstract": f"{same}\n\nNew."})
    assert [(number, row and row.kind) for number, row in field.parts] == [(3, None), (1, "changed")]


# --- The page ---------------------------------------------------------------------------------------------


@pytest.fixture
def submitted_twice(call: CallFixture) -> Proposal:
    draft = call.draft(title="First title", abstract="Robots at home.")
    submit(by=call.member, proposal=draft)
    draft.refresh_from_db()
    edit(by=call.member, proposal=draft, version=draft.version, title="Second title", abstract="Protein folding.")
    return submit(by=call.member, proposal=draft)


def read(client: Client, call: CallFixture, proposal: Proposal, **asked: str) -> str:
    answer = client.get(call.url("compare", proposal), asked)
    assert answer.status_code == 200
    return squeezed(answer)


def test_the_team_compares_any_two_and_what_is_not_submitted(call: CallFixture, submitted_twice: Proposal) -> None:
    proposal = Proposal.objects.get(pk=submitted_twice.pk)
    edit(by=call.member, proposal=proposal, version=proposal.version, title="Third title")
    client = browser(call.member)
    page = read(client, call, proposal)
    assert "Not submitted yet" in page
    assert all(text in page for text in ("Second", "Third"))
    assert "First" not in page
    page = read(client, call, proposal, **{"from": "1", "to": "now"})
    assert all(text in page for text in ("First", "Third", "Robots at home.", "Protein folding."))
    assert "First" not in read(client, call, proposal, **{"from": "no", "to": "99"})


def test_what_is_not_submitted_is_for_the_team_alone(call: CallFixture, submitted_twice: Proposal) -> None:
    proposal = Proposal.objects.get(pk=submitted_twice.pk)
    edit(by=call.member, proposal=proposal, version=proposal.version, title="Third title")
    chair = browser(make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user)
    for asked in ({}, {"from": "1", "to": "now"}):
        page = read(chair, call, proposal, **asked)
        assert all(text in page for text in ("First", "Second"))
        assert "Third" not in page


def test_a_chair_who_reviews_reads_no_presenters(call: CallFixture) -> None:
    draft = call.draft()
    submit(by=call.member, proposal=draft)
    draft.refresh_from_db()
    people = [{"name": "Somebody New", "email": "new@x.example"}]
    edit(by=call.member, proposal=draft, version=draft.version, presenters=people)
    submit(by=call.member, proposal=draft)
    chair = make.RoleFactory(edition=call.edition, kind=RoleKind.COCHAIR).user
    assert "Somebody New" in read(browser(chair), call, draft)
    make.RoleFactory(edition=call.edition, user=chair, kind=RoleKind.REVIEWER)
    assert "Somebody New" not in read(browser(chair), call, draft)


def test_one_version_has_nothing_to_compare_with(call: CallFixture) -> None:
    assert "nothing can be compared yet" in read(browser(call.member), call, call.draft())


def test_the_page_of_a_proposal_names_what_each_revision_changed(call: CallFixture, submitted_twice: Proposal) -> None:
    page = squeezed(browser(call.member).get(call.url("detail", submitted_twice)))
    assert "Title and Review text changed" in page
    assert content_of(submitted_twice)["title"] == "Second title"
