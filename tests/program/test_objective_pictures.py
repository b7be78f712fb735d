"""The scheduler's objectives as pictures: the numbers of the run, in their order, and who is first where it matters."""

from hypothesis import given
from hypothesis import strategies as st

from expo.program.objective_pictures import reached, side_by_side

KEYS = ("left-out-0", "clashes", "overflow")


def test_what_is_proved_has_nothing_left_above_its_bound() -> None:
    chart = reached(
        [
            {"key": "left-out-0", "value": 2, "bound": 2},
            {"key": "clashes", "value": 30, "bound": 18},
            {"key": "overflow", "value": 0, "bound": 0},
        ]
    )
    assert [[(mark.low, mark.high, mark.look) for mark in row.marks] for row in chart.rows] == [
        [(0, 2, "part-done")],
        [(0, 18, "part-done"), (18, 30, "part-promised")],
        [],
    ]
    assert [row.cells for row in chart.rows] == [
        ("2 sessions", "2", "proved best"),
        ("30 points", "18", "within 12 points of the best possible"),
        ("0 people", "0", "proved best"),
    ]
    assert chart.summary == "2 of 3 goals are proved best."


def test_the_first_goal_that_tells_them_apart_is_named() -> None:
    scores = [dict(zip(KEYS, values, strict=True)) for values in ((1, 20, 0), (1, 10, 9), (1, 10, 5))]
    chart = side_by_side(["Current timetable", "Early", "Late"], scores, KEYS)
    assert chart.summary == (
        "The first goal on which they differ, “Overlap of sessions that the same people want to attend”, is best in "
        "Early and Late."
    )
    assert [row.word for row in chart.rows] == ["all equal", "best: 1 and 2", "best: now"]
    assert [(mark.low, mark.label) for mark in chart.rows[1].marks] == [(10, "1, 2"), (20, "now")]
    assert chart.note.endswith("1 is Early and 2 is Late.")
    assert side_by_side(["Current timetable", "Early"], scores[:1] * 2, KEYS).summary == "They are equal in every goal."


@given(st.lists(st.tuples(*[st.integers(0, 10_000)] * 3), min_size=1, max_size=6))
def test_every_timetable_has_its_number_on_every_line_and_in_the_table(values: list[tuple[int, int, int]]) -> None:
    scores = [dict(zip(KEYS, each, strict=True)) for each in values]
    titles = [f"T{at}" for at in range(len(scores))]
    chart = side_by_side(titles, scores, KEYS)
    for row, key in zip(chart.rows, KEYS, strict=True):
        assert sum(len(mark.label.split(", ")) for mark in row.marks) == len(scores)
        assert {mark.low for mark in row.marks} == {each[key] for each in scores}
        assert len(row.cells) == len(titles)
