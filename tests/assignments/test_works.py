from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.kit.errors import Invalid
from reviews.assignments.works import BadLine, Kind, Work, Works, as_list, decoded, kind_of, read

BIBTEX = r"""
@article{doe21, title={On {D}eep G{\"o}del \& things}, author={Jos{\'e} Doe and Roe, Jane and others}, year=2021,
  abstract="One
  two"}
@inproceedings{doe21, title={The same key}, author={Ann Lee}, date={2022-05-01}}
@article{broken, title={Never closed, author={X}
@article{untitled, author={No Title}}
@misc{, title={No key}, year={in press}}
"""


@pytest.mark.parametrize(
    "work",
    [
        Work("Demand forecasts"),
        Work('=One, "two"; and @article(three', "Abstract, with “quotes” and a 'mark'.", 2024),
        Work("- 1. A list of (2023)", "@misc{no entry, title={none}}".replace("{", "").replace("}", ""), 1999),
    ],
)
def test_a_list_of_one_work_is_read_as_that_work(work: Work) -> None:
    text = as_list(work)
    assert read(text, kind_of(text)) == Works((work,))


def test_bibtex_gives_works_and_tells_what_is_broken() -> None:
    assert read(BIBTEX, "bibtex") == Works(
        (
            Work("On Deep Gödel & things", "One two", 2021, ("José Doe", "Roe, Jane")),
            Work("The same key", "", 2022, ("Ann Lee",)),
            Work("No key"),
        ),
        (
            BadLine(
                6,
                "This entry is broken: often a brace that is never closed.",
                "@article{broken, title={Never closed, author={X}",
            ),
            BadLine(7, "It has no title.", "@article{untitled, author={No Title}}"),
        ),
    )


def test_a_pasted_list_is_one_title_per_line() -> None:
    text = "1. Deep nets (2021)\n\n- Foo, bar, 1999.\n[3] 2001: A Space Odyssey\nA look back at 2020\n2001\n"
    assert read(text, "list") == Works(
        (
            Work("Deep nets", year=2021),
            Work("Foo, bar", year=1999),
            Work("2001: A Space Odyssey"),
            Work("A look back at 2020"),
        ),
        (BadLine(6, "It has no title.", "2001"),),
    )


def test_a_table_names_its_columns() -> None:
    text = "year;title;authors;abstract\n2020;A b;Jane Roe and Doe, John;Some\nsoon;C;Ann Lee, Bo Li;\n2019;;;\n"
    assert read(text, "csv") == Works(
        (Work("A b", "Some", 2020, ("Jane Roe", "Doe, John")), Work("C", authors=("Ann Lee", "Bo Li"))),
        (BadLine(4, "It has no title.", "2019"),),
    )


def test_a_table_without_titles_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        read("year,name\n2020,x\n", "csv")
    assert refusal.value.code == "columns-missing"


def test_a_title_counts_once_however_it_is_capitalised() -> None:
    assert read("Deep Nets\ndeep nets", "list").works == (Work("deep nets"),)


def test_a_consortiums_paper_names_no_coauthors() -> None:
    crowd = " and ".join(f"Person {chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(61))
    assert read(f"@article{{a, title={{A}}, author={{{crowd}}}}}", "bibtex").works == (Work("A"),)


@pytest.mark.parametrize(
    ("text", "filename", "kind"),
    [
        ("@article{a,\n title={A}}", "", "bibtex"),
        ("anything", "refs.BIB", "bibtex"),
        ("Title, Year\nA,2020", "", "csv"),
        ("title,year\r\nA,2020", "", "csv"),
        ("title\nA", "works.csv", "csv"),
        ("On titles\nOn years", "", "list"),
        ("mail me @home", "list.txt", "list"),
    ],
)
def test_a_list_says_what_it_is(text: str, filename: str, kind: Kind) -> None:
    assert kind_of(text, filename) == kind


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("", "list", "list-empty"),
        ("  \n ", "bibtex", "list-empty"),
        ("no entries here", "bibtex", "list-empty"),
        ("@article{", "bibtex", "list-empty"),
        ("---", "list", "list-empty"),
        ("", "csv", "empty-file"),
        ("x" * 1_000_001, "list", "list-too-long"),
        ("\n".join(f"Title {chr(97 + n % 26)} {n}x" for n in range(501)), "list", "list-too-long"),
    ],
)
def test_what_is_no_list_is_refused(text: str, kind: Kind, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(text, kind)
    assert refusal.value.code == code


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x89PNG\x00\x00", b"%PDF\xe2\xe3", b"x" * 1_000_001])
def test_a_file_that_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        decoded(data)


def test_utf_16_files_are_read() -> None:
    assert decoded("Gödel".encode("utf-16")) == "Gödel"


@given(
    st.sampled_from(["list", "bibtex", "csv"]),
    st.text(alphabet='@{}="\\,;\n\t #%$&~^_-aeAND019é\x00\ud800', max_size=80),
)
def test_any_text_gives_works_or_a_refusal(kind: Kind, text: str) -> None:
    for tried in (text, f"@article{{a, title={{{text}}}, author={{{text}}}, year={{{text}}}}}"):
        try:
            found = read(tried, kind)
        except Invalid:
            continue
        assert all(work.title for work in found.works)


@pytest.mark.parametrize("text", ["a" + " " * 20_000 + "b", "\n" * 60_000 + "a b"])
def test_a_list_of_blanks_is_read_as_fast_as_any_other(text: str) -> None:
    began = monotonic()
    assert read(text, kind_of(text)).works == (Work("a b"),)
    assert monotonic() - began < 1


def test_names_between_many_blanks_are_read_as_fast_as_any_others() -> None:
    began = monotonic()
    text = 'title,authors\nA title,"Ann Lee & Bo' + " " * 60_000 + 'Li"'
    assert read(text, "csv").works == (Work("A title", authors=("Ann Lee", "Bo Li")),)
    assert monotonic() - began < 1
