"""The chain of recorded decisions: what it holds, and that every change of what it holds is found."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reviews.decisions.chain import START, Link, breaks, digest, record_digest, seal_digest

WHEN = datetime(2027, 5, 3, 12, 0, tzinfo=UTC)
TEXT = st.text(max_size=8)
CONTENT = st.dictionaries(
    TEXT, st.one_of(TEXT, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.none()), max_size=4
)


def chain(contents):
    links, previous = [], START
    for number, content in enumerate(contents, start=1):
        record = record_digest(edition="expo", proposal="ABC", kind="decided", by=1, at=WHEN, content=content)
        seal = seal_digest(previous, record)
        links.append(Link(number, previous, seal, record, record, f"record {number}"))
        previous = seal
    return links


def changed(link, **to):
    return Link(**{**link.__dict__, **to})


def test_a_chain_of_two_is_what_the_definition_says():
    first, second = chain([{"verdict": "accept"}, {"verdict": "reject"}])
    assert second.previous == first.digest == seal_digest("0" * 64, first.record)
    assert breaks([first, second]) == []


def test_zero_has_one_writing_as_in_the_database():
    assert digest({"a": -0.0}) == digest({"a": 0.0})


@given(st.lists(CONTENT, min_size=1, max_size=5))
def test_an_untouched_chain_holds(contents):
    assert breaks(chain(contents)) == []


@given(st.lists(CONTENT, min_size=2, max_size=5), st.data())
def test_whatever_is_changed_removed_or_moved_is_found(contents, data):
    links = chain(contents)
    at = data.draw(st.integers(0, len(links) - 1))
    link = links[at]
    other = digest({"other": True})
    touched = [
        [*links[:at], changed(link, record_now=other), *links[at + 1 :]],
        [*links[:at], changed(link, record=other, record_now=other), *links[at + 1 :]],
        [*links[:at], changed(link, digest=other), *links[at + 1 :]],
        [*links[:at], changed(link, previous=other), *links[at + 1 :]],
        [*links[:at], changed(link, record=other, record_now=other, digest=seal_digest(link.previous, other))],
    ]
    # A whole new last link is a chain too: only a head that was printed before tells (see the release's page).
    touched[-1] += links[at + 1 :]
    if at == len(links) - 1:
        touched.pop()
    else:
        touched.append(links[:at] + links[at + 1 :])
    assert [bool(breaks(each)) for each in touched] == [True] * len(touched)
