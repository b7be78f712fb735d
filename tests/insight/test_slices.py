"""The slices engine: known figures, and properties that must hold for any data."""

from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.insight.slices import ProposalOutcome, fisher, solve, wilson


@pytest.mark.parametrize(
    ("accepted", "n", "low", "high"), [(5, 10, 0.24, 0.76), (12, 20, 0.39, 0.78), (24, 40, 0.45, 0.74)]
)
def test_wilson_matches_published_figures(accepted: int, n: int, low: float, high: float) -> None:
    assert tuple(round(bound, 2) for bound in wilson(accepted, n)) == (low, high)


def test_fisher_matches_the_lady_tasting_tea() -> None:
    assert isclose(fisher(4, 4, 4, 8), 2 / comb(8, 4))


@pytest.mark.parametrize(
    ("table", "p", "low", "high"),
    [
        ((3, 10, 12, 40), 1.0, 0.10779127, 0.60322185),
        ((5, 5, 20, 60), 0.0028387743, 0.56551753, 1.0),
        ((0, 30, 10, 100), 0.0302311508, 0.0, 0.11351339),
        ((26, 50, 120, 400), 0.0004880373919, 0.38511745, 0.65202865),
    ],
)
def test_the_library_gives_the_figures_worked_out_by_hand(table, p, low, high) -> None:
    """Written down from the formulas of Fisher and Wilson before the library took their place."""
    assert fisher(*table) == pytest.approx(p, rel=1e-8)
    assert wilson(*table[:2]) == pytest.approx((low, high), abs=1e-8)


def test_adjusted_p_values_are_those_of_benjamini_and_hochberg() -> None:
    values = [ProposalOutcome({"Slice": (f"s{index % 4}",)}, index % 4 == 0 or index % 7 == 0) for index in range(80)]
    slices = solve(values).slices
    expected, lowest = {}, 1.0
    for rank, each in sorted(enumerate(sorted(slices, key=lambda each: each.p), 1), reverse=True):
        lowest = min(lowest, each.p * len(slices) / rank)
        expected[each.value] = lowest
    assert {each.value: each.q for each in slices} == pytest.approx(expected, rel=1e-12)


def test_a_slice_of_four_is_counted_but_not_shown() -> None:
    cases = [ProposalOutcome({"Tier": ("gold",)}, True)] * 4 + [ProposalOutcome({"Tier": ("silver",)}, False)] * 6
    report = solve(cases)
    assert [(each.value, each.n) for each in report.slices] == [("silver", 6)]
    assert report.too_small == 1


def test_undecided_proposals_count_nowhere() -> None:
    cases = [ProposalOutcome({"Tier": ("gold",)}, True)] * 5 + [ProposalOutcome({"Tier": ("gold",)}, None)] * 50
    report = solve(cases)
    assert (report.n, report.slices[0].n, report.slices[0].rate) == (5, 5, 1.0)


def test_a_verdict_gap_without_a_score_gap_points_at_the_decisions() -> None:
    gold = [ProposalOutcome({"Tier": ("gold",)}, True, 3.0 + index % 2) for index in range(30)]
    silver = [ProposalOutcome({"Tier": ("silver",)}, False, 3.0 + index % 2) for index in range(30)]
    report = solve(gold + silver)
    assert {each.reading for each in report.slices} == {"Differs in verdicts but not in scores: look at the decisions."}


def test_a_verdict_gap_with_a_score_gap_points_at_the_reviews() -> None:
    gold = [ProposalOutcome({"Tier": ("gold",)}, True, 4.0 + index % 2) for index in range(30)]
    silver = [ProposalOutcome({"Tier": ("silver",)}, False, 1.0 + index % 2) for index in range(30)]
    assert {each.reading for each in solve(gold + silver).slices} == {
        "Differs in verdicts and in scores: look at the reviews, or it is the work itself."
    }


cases_strategy = st.lists(
    st.builds(
        ProposalOutcome,
        st.fixed_dictionaries(
            {"Tier": st.sampled_from([("gold",), ("silver",)]), "Topic": st.sampled_from([("a", "b"), ("b",)])}
        ),
        st.sampled_from([True, False, None]),
        st.one_of(st.none(), st.floats(1, 4)),
    ),
    max_size=60,
)


@pytest.mark.slow
@given(cases_strategy)
def test_rates_intervals_and_shrinkage_agree(cases: list[ProposalOutcome]) -> None:
    report = solve(cases)
    for each in report.slices:
        assert each.low <= each.rate <= each.high
        assert min(each.rate, report.overall) - 1e-9 <= each.adjusted_rate <= max(each.rate, report.overall) + 1e-9
        assert each.p <= each.q <= 1 + 1e-9 or isclose(each.p, each.q)


@pytest.mark.slow
@given(cases_strategy)
def test_the_order_of_proposals_does_not_matter(cases: list[ProposalOutcome]) -> None:
    forward, backward = solve(cases), solve(cases[::-1])
    assert [(each.value, each.accepted, each.n, round(each.q, 9)) for each in forward.slices] == [
        (each.value, each.accepted, each.n, round(each.q, 9)) for each in backward.slices
    ]


@pytest.mark.slow
def test_harmless_slices_rarely_raise_an_alarm() -> None:
    """Twenty harmless slices tested one by one at 5 % would raise a false alarm 64 % of the time."""
    import random

    alarms = 0
    for seed in range(100):
        dice = random.Random(seed)
        cases = [ProposalOutcome({"Slice": (f"s{index % 20}",)}, dice.random() < 0.3) for index in range(400)]
        alarms += any(each.stands_out for each in solve(cases).slices)
    assert alarms <= 20


def test_a_slice_like_the_rest_is_left_in_peace() -> None:
    quiet = solve([ProposalOutcome({"Tier": ("gold",)}, bool(index % 2)) for index in range(10)]).slices[0]
    assert quiet.reading == "Within what chance explains."
