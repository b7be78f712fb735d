import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from reviews.assignments import texts

pytestmark = pytest.mark.slow

PAST = {
    7: ["Demand forecasts drift when data ages", "Robust forecasts of energy demand", "A note on tea"],
    9: ["Speech recognition for rare languages"],
    11: ["the and of", ""],
}
PROPOSAL = "Demand forecasts that notice drift"
words = st.sampled_from(
    ["demand", "forecast", "drift", "speech", "rare", "tea", "energy", "robust", "data", "ages", "model"]
)
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join)


def test_the_columns_are_those_who_wrote_something() -> None:
    corpus = texts.read(PAST)
    assert list(corpus.spans) == [7, 9]
    near = corpus.nearness([PROPOSAL, "Speech of rare birds"])
    assert near.shape == (2, 2)
    assert near[0, 0] > near[0, 1] == 0.0
    assert near[1, 1] > near[1, 0] == 0.0


def test_it_agrees_with_the_plain_vectoriser() -> None:
    """When the proposal brings no word of its own, rarity is that of the past texts alone."""
    rows = [text for own in PAST.values() for text in own if texts.says_something(text)]
    plain = TfidfVectorizer(ngram_range=(1, 2), stop_words="english").fit(rows)
    asked = "Robust forecasts of energy demand"
    cosines = (plain.transform([asked]) @ plain.transform(rows).T).toarray()[0]
    assert texts.read(PAST).nearness([asked])[0].tolist() == pytest.approx([cosines[:3].mean(), cosines[3]])


def test_only_the_five_nearest_count() -> None:
    five = {1: [f"drift of models {'the ' * n}" for n in range(5)]}
    more = {1: [*five[1], "tea", "coffee"], 2: ["cocoa"]}
    corpus = texts.read(more)
    near = corpus.nearness(["drift of models"])
    assert near[0].tolist() == pytest.approx([1.0, 0.0])


def test_nobody_or_nothing_gives_an_empty_table() -> None:
    assert texts.read({}).nearness(["some words"]).shape == (1, 0)
    assert texts.read(PAST).nearness([]).shape == (0, 2)


def test_the_strongest_terms_stand_in_both_texts() -> None:
    corpus = texts.read(PAST)
    assert corpus.strongest(PROPOSAL, 7) == ("demand forecasts", "drift")
    assert corpus.strongest(PROPOSAL, 9) == ()
    assert corpus.strongest(PROPOSAL, 404) == ()


@given(sentences, st.lists(sentences, min_size=1, max_size=7), st.lists(sentences, max_size=3))
def test_terms_come_from_the_pairs_own_texts(proposal: str, own: list[str], others: list[str]) -> None:
    terms = texts.read({1: own, 2: others}).strongest(proposal, 1)
    assert all(term in proposal and any(term in text for text in own) for term in terms)


@given(sentences, st.lists(sentences, max_size=3), st.lists(sentences, min_size=1, max_size=3))
def test_other_proposals_change_nothing(proposal: str, others: list[str], own: list[str]) -> None:
    corpus = texts.read({1: own})
    assert corpus.nearness([proposal, *others])[0].tolist() == corpus.nearness([proposal])[0].tolist()


@given(st.lists(sentences, min_size=1, max_size=4), st.lists(sentences, min_size=1, max_size=4))
def test_cosines_lie_between_0_and_1(proposals: list[str], own: list[str]) -> None:
    near = texts.read({1: own}).nearness(proposals)
    assert np.all((near >= 0) & (near <= 1 + 1e-9))
