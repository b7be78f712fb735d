"""How well reviewers know proposals: topics, texts and bids, and the sentence for each part."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from snowballstemmer import stemmer

from reviews.assignments.affinity import BID, Affinity, between, mix, mix_all, read_corpus, says_something, text_part
from reviews.demo.plan import plan
from reviews.demo.texts import texts

NAMES = {1: "Optimisation", 2: "Robotics", 3: "Theory", 4: "Speech"}
parts = st.none() | st.floats(0, 1)
bids = st.sampled_from(["", "want", "can", "no"])


def test_topics_alone_are_the_share_of_the_proposals_topics() -> None:
    found = between(frozenset({1, 2, 3}), frozenset({2, 1, 4}))
    assert found.value == 0.666667
    assert found.sentences(NAMES) == ["2 of 3 topics: Optimisation, Robotics."]


def test_nothing_in_common_says_so() -> None:
    found = between(frozenset({1}), frozenset({2}))
    assert (found.value, found.sentences(NAMES)) == (0.0, ["0 of 1 topic in common."])


def test_a_side_without_topics_says_so() -> None:
    unnamed, unchosen = between(frozenset(), frozenset({2})), between(frozenset({2}), frozenset())
    assert (unnamed.value, unnamed.sentences(NAMES)) == (
        0.0,
        ["The proposal names no topics, so topics say nothing here."],
    )
    assert (unchosen.value, unchosen.sentences(NAMES)) == (
        0.0,
        ["Has chosen no topics yet, so topics say nothing here."],
    )


def test_every_part_can_be_read() -> None:
    found = between(
        frozenset({1, 2}),
        frozenset({1}),
        text=text_part(0.024),
        bid="want",
        find_terms=lambda: ("demand forecasts", "drift"),
    )
    assert found.sentences(NAMES) == [
        "1 of 2 topics: Optimisation.",
        "Shares some words with the reviewer's own texts (0.48 of 1); strongest terms: demand forecasts, drift.",
        "Wants to review it.",
    ]
    assert found.value == round(0.8 * (0.7 * 0.4799 + 0.3 * 0.5) + 0.2, 6)


def test_only_shared_words_are_claimed_not_closeness() -> None:
    by_text = [Affinity((), 0, text=text).sentences({})[1] for text in (0.63, 0.11, 0.1, 0.0, 1.0)]
    assert by_text == [
        "Shares many words with the reviewer's own texts (0.63 of 1).",
        "Shares some words with the reviewer's own texts (0.11 of 1).",
        "Shares few words with the reviewer's own texts (0.10 of 1).",
        "Shares no words with the reviewer's own texts (0.00 of 1).",
        "Shares many words with the reviewer's own texts (1.00 of 1).",
    ]


def test_text_is_a_half_at_the_usual_cosine_and_0_only_without_a_common_word() -> None:
    found = [text_part(cosine) for cosine in (0, 1e-9, 0.0125, 0.025, 0.05, 1, 1.0000001)]
    assert found == [0.0, 1e-06, 0.200125, 0.500313, 0.8005, 1.0, 1.0]


def test_a_missing_part_drops_out() -> None:
    assert (mix(0.5, None), mix(None, 0.5), mix(None, None)) == (0.5, 0.5, 0.0)


def test_text_weighs_more_than_a_bid() -> None:
    wanted, read = mix(0.5, 0.0, "want"), mix(0.5, 1.0, "no")
    assert read > wanted


@given(parts, parts, bids)
def test_a_value_lies_between_0_and_1(topics: float | None, text: float | None, bid: str) -> None:
    assert 0.0 <= mix(topics, text, bid) <= 1.0


@given(parts, parts)
def test_want_is_at_least_can_is_at_least_no(topics: float | None, text: float | None) -> None:
    want, can, no = (mix(topics, text, bid) for bid in ("want", "can", "no"))
    assert want >= can == mix(topics, text) >= no


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), bids)
def test_a_nearer_text_never_lowers_it(topics: float, one: float, other: float, bid: str) -> None:
    low, high = map(text_part, sorted((one, other)))
    assert mix(topics, low, bid) <= mix(topics, high, bid)


@pytest.mark.slow
def test_what_two_reviewers_of_one_proposal_differ_by_weighs_as_documented() -> None:
    """45 % text, 30 % topics and 25 % bids, within 5 points, on the texts and topics of the demo edition."""
    made = plan("m")
    corpus = read_corpus(
        {at: [f"I work on {' and '.join(each.topics)}.", *each.publications] for at, each in enumerate(made.reviewers)}
    )
    near = corpus.nearness(
        [f"{each.title}\n{texts(each, [], at)['abstract']}" for at, each in enumerate(made.proposals)]
    )
    share = [
        [len({*each.topics} & {*other.topics}) / len(each.topics) for other in made.reviewers]
        for each in made.proposals
    ]
    moved = [
        _typical_difference(np.vectorize(text_part)(near)) * mix(0.0, 1.0) * (1 - BID),
        _typical_difference(np.array(share)) * mix(1.0, 0.0) * (1 - BID),
        _typical_difference(np.array([[mix(0.4, 0.4, bid) for bid in ("want", "can", "no")] * 10])),
    ]
    weights = [part / sum(moved) for part in moved]
    assert weights == pytest.approx([0.45, 0.30, 0.25], abs=0.05)


def _typical_difference(table: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> float:
    """How far two reviewers of one proposal are apart on average."""
    apart = np.abs(table[:, :, None] - table[:, None, :])
    return float(apart.sum() / (len(table) * table.shape[1] * (table.shape[1] - 1)))


@pytest.mark.slow
@given(st.frozensets(st.integers(1, 6)), st.frozensets(st.integers(1, 6), min_size=1), st.integers(1, 6))
def test_one_more_topic_never_lowers_it(asked: frozenset[int], known: frozenset[int], more: int) -> None:
    assert between(asked, known).value <= between(asked, known | {more}).value


@pytest.mark.slow
@given(st.lists(st.tuples(parts, parts, bids), min_size=1))
@example([(None, 3.5e-06, "")])  # half way between two millionths
def test_all_at_once_is_the_same_as_one_by_one(rows: list[tuple[float | None, float | None, str]]) -> None:
    def column(index: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.array([math.nan if row[index] is None else row[index] for row in rows], dtype=float)

    pulls = np.array([{"want": 1.0, "no": 0.0}.get(row[2], math.nan) for row in rows])
    assert mix_all(column(0), column(1), pulls).tolist() == [mix(*row) for row in rows]


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
    corpus = read_corpus(PAST)
    assert list(corpus.spans) == [7, 9]
    near = corpus.nearness([PROPOSAL, "Speech of rare birds"])
    assert near.shape == (2, 2)
    assert near[0, 0] > near[0, 1] == 0.0
    assert near[1, 1] > near[1, 0] == 0.0


def test_it_agrees_with_the_plain_vectoriser_over_stems() -> None:
    """When the proposal brings no word of its own, rarity is that of the past texts alone."""
    stem = stemmer("english").stemWord
    words = CountVectorizer(stop_words="english").build_analyzer()

    def terms(text: str) -> list[str]:
        stems = [stem(word) for word in words(text)]
        return [*stems, *map(" ".join, pairwise(stems))]

    past = {**PAST, 9: ["Forecast after forecast after forecast of speech"]}
    rows = [text for own in past.values() for text in own if says_something(text)]
    plain = TfidfVectorizer(analyzer=terms, sublinear_tf=True).fit(rows)
    asked = ["Robust forecasting of energy demands", "Forecasting forecasts, forecasts, forecasts"]
    cosines = (plain.transform(asked) @ plain.transform(rows).T).toarray()
    expected = np.column_stack([cosines[:, :3].mean(axis=1), cosines[:, 3]])
    assert read_corpus(past).nearness(asked) == pytest.approx(expected)


def test_one_word_in_two_forms_is_one_word_and_its_repetition_counts_less() -> None:
    corpus = read_corpus({1: ["model model drift"], 2: ["models drifting"]})
    once, often = corpus.nearness(["modelling drifts", "models models models models"])
    assert once[1] == pytest.approx(1.0)
    assert often[0] == pytest.approx(corpus.nearness(["models models"])[0][0], abs=0.25)


def test_only_the_five_nearest_count() -> None:
    five = {1: [f"drift of models {'the ' * n}" for n in range(5)]}
    more = {1: [*five[1], "tea", "coffee"], 2: ["cocoa"]}
    corpus = read_corpus(more)
    near = corpus.nearness(["drift of models"])
    assert near[0].tolist() == pytest.approx([1.0, 0.0])


def test_nobody_or_nothing_gives_an_empty_table() -> None:
    assert read_corpus({}).nearness(["some words"]).shape == (1, 0)
    assert read_corpus(PAST).nearness([]).shape == (0, 2)


def test_the_strongest_terms_stand_in_both_texts() -> None:
    corpus = read_corpus(PAST)
    assert corpus.strongest(PROPOSAL, 7) == ("demand forecasts", "drift")
    assert corpus.strongest(PROPOSAL, 9) == ()
    assert corpus.strongest(PROPOSAL, 404) == ()


def test_the_strongest_terms_are_in_the_proposals_own_words() -> None:
    corpus = read_corpus({1: ["Forecasting demands", "Policies of agencies"]})
    assert corpus.strongest("Agency policy: who forecasts the demand", 1) == (
        "forecasts demand",
        "agency",
        "policy",
    )


@given(sentences, st.lists(sentences, min_size=1, max_size=7), st.lists(sentences, max_size=3))
def test_terms_come_from_the_pairs_own_texts(proposal: str, own: list[str], others: list[str]) -> None:
    terms = read_corpus({1: own, 2: others}).strongest(proposal, 1)
    assert all(term in proposal and any(term in text for text in own) for term in terms)


@given(sentences, st.lists(sentences, max_size=3), st.lists(sentences, min_size=1, max_size=3))
def test_other_proposals_change_nothing(proposal: str, others: list[str], own: list[str]) -> None:
    corpus = read_corpus({1: own})
    assert corpus.nearness([proposal, *others])[0].tolist() == corpus.nearness([proposal])[0].tolist()


@given(st.lists(sentences, min_size=1, max_size=4), st.lists(sentences, min_size=1, max_size=4))
def test_cosines_lie_between_0_and_1(proposals: list[str], own: list[str]) -> None:
    near = read_corpus({1: own}).nearness(proposals)
    assert np.all((near >= 0) & (near <= 1 + 1e-9))
