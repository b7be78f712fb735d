"""Charts: what is counted where, how it is placed, told and tabled."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from expo.kit.charts import (
    FLOOR,
    TOP,
    Arrivals,
    Bar,
    Descent,
    Histogram,
    ReferenceLine,
    Scale,
    count_between,
    even_steps,
    whole_numbers,
    words,
)
from expo.kit.design_charts import PICTURES

counts = st.lists(st.integers(0, 500), max_size=30)
numbers = st.floats(-1e6, 1e6)


def chart(*counts: int) -> Histogram:
    bars = tuple(Bar(f"Group {at}", str(at), count) for at, count in enumerate(counts))
    return Histogram("Loads", ("reviewer", "reviewers"), "Reviews", bars)


def share(place: str) -> float:
    return float(place.removesuffix("%"))


def draw(value: object) -> str:
    return " ".join(Template("{% load charts %}{% chart value %}").render(Context({"value": value})).split())


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


@given(counts)
def test_columns_stay_on_the_canvas_side_by_side_and_the_twin_has_their_numbers(values: list[int]) -> None:
    columns = chart(*values).columns
    edges = [edge for column in columns for edge in (share(column.x), share(column.x) + share(column.width))]
    assert edges == sorted(edges)
    assert all(0 <= edge <= 100.01 for edge in edges)
    assert all(0 <= float(column.y) <= FLOOR and float(column.above) > 0 for column in columns)
    assert [row.cells for row in chart(*values).twin.rows] == [(str(value),) for value in values]


@given(numbers, numbers, numbers)
def test_a_scale_keeps_every_value_on_the_canvas(least: float, most: float, value: float) -> None:
    assert 0 <= Scale(least, most).share(value) <= 100


@given(st.lists(st.tuples(st.floats(0, 10), st.text("abc ", min_size=1, max_size=12)), max_size=6))
def test_words_of_reference_lines_never_share_a_place(rules: list[tuple[float, str]]) -> None:
    placed = words(Scale(0, 10), [ReferenceLine(*rule) for rule in rules])
    assert sorted(word.text for word in placed) == sorted(text for _, text in rules)
    assert len({(word.line, word.x) for word in placed}) == len(rules)


@given(st.integers(0, 100_000))
def test_even_steps_are_few_and_within_the_scale(most: int) -> None:
    steps = even_steps(most)
    assert (len(steps) <= 5, steps[0][0], all(value <= most for value, _ in steps)) == (True, 0, True)


def test_a_chart_says_itself_in_a_sentence() -> None:
    assert chart(1, 4).summary == "5 reviewers, most of them (4) at Group 1."
    assert chart(1).summary == "1 reviewer at Group 0."
    assert chart().summary == "Nothing to count yet."


def test_the_picture_has_a_table_with_the_same_numbers() -> None:
    drawn = draw(chart(3, 1, 0))
    assert (drawn.count("<rect"), drawn.count('class="value"'), drawn.count("<td")) == (3, 2, 3)
    assert 'aria-label="Loads: 4 reviewers, most of them (3) at Group 0."' in drawn


@pytest.mark.parametrize("value", [chart(), chart(0, 0), chart(0, 7, 0), Descent("Rooms", (), 9.0)])
def test_a_chart_with_nothing_to_compare_is_a_sentence(value: Histogram | Descent) -> None:
    drawn = draw(value)
    assert ("<svg" in drawn, "<table" in drawn, value.summary in drawn) == (False, False, True)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_a_descent_stays_on_its_canvas(points: list[tuple[float, int, int]]) -> None:
    found = Descent("Rooms", tuple(sorted(points)), 1e4)
    assert all(0 <= float(number) <= 100 for number in re.findall(r"[\d.]+", found.values + found.bounds))
    assert TOP <= float(found.last) <= FLOOR
    assert len(found.twin.rows) == len(points)


def progress(days: list[tuple[int, int]], needed: int = 72, today: int = 20, due: int | None = 30) -> Arrivals:
    start = date(2026, 3, 1)
    return Arrivals(
        "Reviews in",
        ("review", "reviews"),
        tuple((start + timedelta(day), count) for day, count in days),
        needed,
        start + timedelta(today),
        start + timedelta(due) if due is not None else None,
    )


@given(st.lists(st.integers(0, 20), max_size=20, unique=True), st.integers(0, 200), st.none() | st.integers(-10, 60))
def test_progress_stays_on_its_canvas_and_never_falls(days: list[int], needed: int, due: int | None) -> None:
    found = progress([(day, count + 1) for count, day in enumerate(sorted(days))], needed, due=due)
    drawn = re.findall(r"[\d.]+", found.path + found.pace)
    assert all(0 <= float(number) <= 100 for number in drawn)
    assert TOP <= float(found.dot[1]) <= FLOOR
    assert [row.cells[0] for row in found.twin.rows] == [str(count) for _, count in found.days]
    assert found.summary.startswith(f"{len(days)} of {needed} ")


def test_progress_says_what_pace_is_left_and_what_the_last_week_brought() -> None:
    assert progress([(0, 2), (13, 10), (15, 24)]).summary == (
        "24 of 72 needed reviews are in; 48 more in 10 days is 4.8 a day, the last 7 days brought 2.0 a day."
    )
    assert progress([(0, 2)], needed=2).summary == "2 of 2 needed reviews are in."
    closed = replace(progress([(0, 2)], due=10), is_open=False)
    assert (closed.last_day, [word.text for word in closed.rule_words]) == (closed.due, ["due 11 Mar"])
    assert progress([(0, 2)], due=20).summary == "2 of 72 needed reviews are in; 70 missing, due 21 Mar."


@pytest.mark.parametrize("value", PICTURES, ids=lambda value: value.title)
def test_no_chart_scales_its_letters(value: object) -> None:
    """A canvas of its own units would; only paths, which hold no text, are in one."""
    drawn = draw(value)
    for inner in re.findall(r"<svg[^>]*viewBox.*?</svg>", drawn, re.DOTALL):
        assert "<text" not in inner
    assert re.sub(r"<svg[^>]*viewBox.*?</svg>", "", drawn, flags=re.DOTALL).count("viewBox") == 0
