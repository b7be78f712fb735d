"""Feedback by criterion: between which levels, what the next one asks, and nothing that leads to a reviewer."""

import json

import pytest

from expo.proposals.criteria import TOO_FEW, LevelText, row_of, rows_from

SCALE = [
    LevelText(1, "None", "No evidence"),
    LevelText(2, "Some", "Names a number.", "“20 % better.”"),
    LevelText(3, "Good", "Says against what", "An ablation"),
]


def row(mean: float | None):
    return row_of("Evidence", "Is it shown?", SCALE, mean)


@pytest.mark.parametrize(
    ("mean", "placed", "asked"),
    [
        (None, TOO_FEW, ""),
        (
            1.0,
            "The reviews put it at 1 “None”. 1 “None” means: No evidence.",
            "The next level, 2 “Some”, asks: Names a number. For example: “20 % better.”",
        ),
        (
            2.01,
            "The reviews put it between 2 “Some” and 3 “Good”. 2 “Some” means: Names a number.",
            "The next level, 3 “Good”, asks: Says against what. For example: An ablation.",
        ),
        (2.999, "The reviews put it between 2 “Some” and 3 “Good”. 2 “Some” means: Names a number.", None),
        (3.0, "The reviews put it at 3 “Good”. 3 “Good” means: Says against what.", ""),
    ],
)
def test_a_mean_is_placed_in_the_rubrics_words(mean: float | None, placed: str, asked: str | None) -> None:
    made = row(mean)
    assert made.placed == placed
    assert asked is None or made.asked == asked


def test_two_means_between_the_same_levels_read_the_same() -> None:
    assert row(2.01) == row(2.99)


def test_rows_come_back_from_json() -> None:
    rows = (row(None), row(2.5), row(3.0))
    assert rows_from(json.loads(json.dumps([each.data() for each in rows]))) == rows
