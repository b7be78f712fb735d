"""Histograms: what is counted where, and how it is placed and told."""

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from expo.kit.charts import FLOOR, TOP, WIDTH, Bar, Histogram, count_between, whole_numbers


def chart(*counts: int) -> Histogram:
    bars = tuple(Bar(f"Group {at}", str(at), count) for at, count in enumerate(counts))
    return Histogram("Loads", ("reviewer", "reviewers"), "Reviews", bars)


@pytest.mark.slow
@given(st.lists(st.floats(-5, 5)))
def test_every_value_counts_once(values: list[float]) -> None:
    assert sum(count_between(values, [-1, 0, 1, 2])) == len(values)


def test_a_value_on_an_edge_counts_above_it_and_the_outermost_bins_take_the_rest() -> None:
    assert count_between([-9, 0, 0.5, 1, 2, 9], [0, 1, 2]) == [3, 3]


@pytest.mark.slow
@given(st.lists(st.integers(0, 300), min_size=1))
def test_whole_numbers_fit_into_a_dozen_bars(values: list[int]) -> None:
    bars = whole_numbers(values)
    assert (sum(bar.count for bar in bars), len(bars) <= 12) == (len(values), True)


def test_whole_numbers_share_bars_where_there_are_many() -> None:
    assert [bar.label for bar in whole_numbers([0, 2])] == ["0", "1", "2"]
    assert [(bar.label, bar.count) for bar in whole_numbers([0, 1, 23])][::11] == [("0–1", 2), ("22–23", 1)]


def test_the_highest_bar_fills_the_canvas_and_the_others_keep_their_share() -> None:
    columns = chart(1, 4, 0).columns
    assert [column.height for column in columns] == [f"{(FLOOR - TOP) / 4:.1f}", f"{FLOOR - TOP:.1f}", "0.0"]
    assert float(columns[-1].x) + float(columns[-1].width) < WIDTH


def test_a_chart_says_itself_in_a_sentence() -> None:
    assert chart(1, 4).summary == "Loads: 5 reviewers, most of them (4) at Group 1."
    assert chart(1).summary == "Loads: 1 reviewer, most of them (1) at Group 0."
    assert chart().summary == "Loads: nothing to count yet."


def test_the_picture_has_a_table_with_the_same_numbers() -> None:
    drawn = Template("{% load ui %}{% histogram chart %}").render(Context({"chart": chart(3, 0)}))
    assert (drawn.count("<rect"), drawn.count('class="value"'), drawn.count("<td")) == (2, 1, 2)
    assert 'aria-label="Loads: 3 reviewers, most of them (3) at Group 0."' in drawn


def test_an_empty_chart_draws_nothing() -> None:
    drawn = Template("{% load ui %}{% histogram chart %}").render(Context({"chart": chart()}))
    assert ("<svg" in drawn, "Nothing to count yet." in drawn) == (False, True)
