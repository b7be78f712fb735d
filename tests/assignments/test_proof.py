"""How good a run is, in words: never said nearer to its bound than it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.assignments.queries.results import measures, nearness, objective_results, proof_of


@pytest.mark.parametrize(
    ("value", "bound", "words"),
    [
        (5, 5, "proved best"),
        (0, 0, "proved best"),
        (-3, -3, "proved best"),
        (99.7, 100, "within 0.3 % of the best possible"),
        (99.999, 100, "within 0.01 % of the best possible"),
        (97.16, 100, "within 2.9 % of the best possible"),
        (0, 4, "within 100 % of the best possible"),
    ],
)
def test_nearness_in_words(value, bound, words):
    assert nearness(value, bound) == words


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_nearness_is_never_flattering(bound, short):
    value = max(0, bound - short)
    words = nearness(value, bound)
    if words != "proved best":
        assert float(words.split()[1]) / 100 * bound >= (bound - value) * (1 - 1e-9)
    else:
        assert value >= bound


def stage(name, value, bound=None):
    return {"name": name, "value": value, "bound": value if bound is None else bound}


def test_objectives_come_in_their_order_with_what_the_floor_cost():
    found = objective_results(
        [stage("coverage", 43), stage("affinity", 20_000_000), stage("affinity", 19_900_000, 20_000_000)]
    )
    assert [(each.name, each.value, each.proof) for each in found] == [
        ("As many reviews as possible", "43 reviews assigned, unanswered offers included", "proved best"),
        ("The highest total match", "20.000", "proved best"),
        (
            "The highest total above that floor",
            "19.900, 0.5 % given up for the floor",
            "within 0.5 % of the best possible",
        ),
    ]


def test_values_of_objectives_are_worded_in_the_singular_and_with_what_floors_ask():
    found = objective_results([stage("coverage", 1), stage("stay", 1), stage("least", 2), stage("minimum", 1_659_000)])
    assert [each.value for each in found] == [
        "1 review assigned, unanswered offers included",
        "1 offer kept",
        "2 reviews towards it",
        "1.659, or a proposal's own best if that is less",
    ]


def test_an_objective_without_words_goes_by_its_own_name():
    assert [(each.name, each.value) for each in objective_results([stage("new-objective", 3)])] == [
        ("New objective", "")
    ]


def test_measures_say_what_became_better_and_what_worse():
    totals = [{"before": 0.0, "after": 1.0}, {"before": 1.0, "after": 1.0}]
    found = {each.name: (each.before, each.after, each.tone) for each in measures(totals, [(1, 3), (0, 1)])}
    assert found["Least match of a proposal"] == (0.0, 1.0, "better")
    assert found["Unevenness over proposals (Gini)"] == (0.5, 0.0, "better")
    assert found["Highest load of a reviewer"] == (1.0, 3.0, "worse")


def test_a_first_run_is_compared_with_nothing():
    found = measures([{"before": 0.0, "after": 1.0}, {"before": 0.0, "after": 0.5}], [(0, 3), (0, 1)])
    assert {(each.tone, each.is_first) for each in found} == {("", True)}


def test_who_does_not_see_the_whole_run_learns_nothing_of_the_whole():
    result = {"stages": [stage("coverage", 1)], "floor": 0.5, "shortage": {"ways": [{"said": "Secret"}]}}
    proof = proof_of(result, {}, str, whole=False)
    assert (proof.objectives, proof.floor, proof.remedies, proof.is_short) == ((), None, (), False)
