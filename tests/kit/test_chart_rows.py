"""Charts of rows: every mark on its row, every number in the table, every box counted."""

from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from expo.kit.chart_rows import Boxes, ChartRow, Mark, RowChart, stacked
from expo.kit.charts import Scale

numbers = st.floats(-100, 100)


def share(place: str) -> float:
    return float(place.removesuffix("%"))


def chart(*rows: ChartRow) -> RowChart:
    return RowChart("Scores", "What they are.", ("Proposal", "Score"), rows, Scale(0, 10))


@given(st.lists(st.tuples(numbers, numbers), max_size=20))
def test_marks_stay_on_their_rows(ends: list[tuple[float, float]]) -> None:
    rows = [ChartRow("One", (Mark("bar", *sorted(each)), Mark("dot", each[0])), ("1",)) for each in ends]
    for placed in chart(*rows).placed:
        for mark in placed.marks:
            assert 0 <= share(mark.x) <= share(mark.end) <= 100
            assert share(mark.x) + share(mark.width) <= 100.01


@given(st.lists(st.floats(0, 50), max_size=6))
def test_stacked_bars_follow_each_other_and_add_up(amounts: list[float]) -> None:
    bars = stacked([(amount, "", "") for amount in amounts])
    ends = [0.0, *(bar.high for bar in bars)]
    assert [bar.low for bar in bars] == ends[:-1]
    assert abs(ends[-1] - sum(amounts)) < 1e-9


@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 80))
def test_there_is_a_box_for_every_place_and_every_session_too_many(filled: int, total: int, held: int) -> None:
    found = Boxes("Talks", filled, total, held)
    drawn = list(found.boxes)
    assert len(drawn) == max(filled, total)
    assert drawn.count("filled") + drawn.count("over") == filled
    assert drawn.count("held") <= held


def test_boxes_say_their_numbers() -> None:
    assert Boxes("Talks", 5, 8).summary == "5 of 8 places filled"
    assert Boxes("Talks", 5, 8, 2).summary == "5 of 8 places filled, 2 waitlisted"
    assert Boxes("Talks", 9, 8, 2).summary == "9 of 8 places filled, 1 too many"
    assert not Boxes("Talks", 5, 800).is_drawn


def test_what_people_wrote_is_escaped_and_the_table_leads_where_the_row_does() -> None:
    row = ChartRow(
        "<b>TK1</b>", (Mark("dot", 3, title="<i>"),), ("3.00",), tip="<u>", url="/p/1/", word="odd", look="warn"
    )
    drawn = Template("{% load charts %}{% chart value %}").render(Context({"value": chart(row)}))
    assert ("<b>TK1" in drawn, "<i>" in drawn, "<u>" in drawn) == (False, False, False)
    assert (drawn.count('href="/p/1/"'), '<td class="num"> 3.00 </td>' in " ".join(drawn.split())) == (2, True)
