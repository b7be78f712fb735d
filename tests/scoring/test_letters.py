"""Letters of reviewers: one each, the same for every reader, kept for good, and drawn so that they say nothing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.scoring.letters import ALPHABET, letters

KEYS = st.binary(min_size=32, max_size=32)
PEOPLE = st.lists(st.integers(1, 10_000), unique=True, max_size=40)


@given(KEYS, PEOPLE)
def test_everybody_has_one_of_their_own(key, people):
    drawn = letters(key, people)
    assert drawn.keys() == set(people)
    assert len(set(drawn.values())) == len(people)


@given(KEYS, PEOPLE, PEOPLE)
def test_whoever_comes_later_changes_nobodys_letter(key, people, later):
    before, after = letters(key, people), letters(key, [*people, *later])
    assert {person: after[person] for person in people} == before


@pytest.mark.slow
def test_no_place_in_the_order_has_its_letters():
    """Of ten people asked in order, each has every letter about equally often over many proposals."""
    drawn = [letters(b"secret %d" % proposal, range(1, 11)) for proposal in range(4_000)]
    expected = len(drawn) / len(ALPHABET)
    for person in range(1, 11):
        counts = Counter(each[person] for each in drawn)
        # Chi-squared with 22 degrees of freedom: 48.3 is exceeded once in a thousand.
        assert sum((counts[letter] - expected) ** 2 / expected for letter in ALPHABET) < 48.3


def test_the_same_person_has_another_letter_elsewhere():
    assert len({letters(b"secret %d" % proposal, [7])[7] for proposal in range(50)}) > 10
