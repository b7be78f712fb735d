"""Words of computed sentences."""

import pytest

from expo.kit.text import are, counted, listed


def test_a_number_takes_its_noun() -> None:
    assert [counted(1, "talk"), counted(2, "talk"), counted(0, "talk")] == ["1 talk", "2 talks", "0 talks"]
    assert (counted(2, "company", "companies"), counted(0.5, "hour")) == ("2 companies", "0.5 hours")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b and 2 more"),
    ],
)
def test_words_are_listed_as_in_a_sentence(words: list[str], sentence: str) -> None:
    assert listed(words, most=2 if len(words) > 3 else None) == sentence


def test_the_verb_follows_the_number() -> None:
    assert [are(0), are(1), are(2)] == ["are", "is", "are"]


def test_alternatives_are_listed_with_or() -> None:
    assert listed(["a", "b"], last="or") == "a or b"
