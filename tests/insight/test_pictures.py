"""The chairs' pictures: the numbers of the report, only what chance does not explain marked."""

from reviews.insight.pictures import off_chance, slice_rates
from reviews.insight.slices import ProposalOutcome, solve


def cases(dimension: str, value: str, accepted: int, rejected: int) -> list[ProposalOutcome]:
    groups = {dimension: (value,)}
    return [*[ProposalOutcome(groups, True)] * accepted, *[ProposalOutcome(groups, False)] * rejected]


def test_rows_go_by_distance_and_only_what_stands_out_is_marked() -> None:
    report = solve(cases("Tier", "Gold", 40, 2) + cases("Tier", "Silver", 20, 20) + cases("Tier", "None", 2, 40))
    chart = slice_rates(report)
    far = [abs(row.marks[-1].low - report.overall) for row in chart.rows]
    assert far == sorted(far, reverse=True)
    marked = {row.label for row in chart.rows if row.look == "warn"}
    assert marked == {f"{each.dimension}: {each.value}" for each in off_chance(report)} == {"Tier: Gold", "Tier: None"}
    assert {row.label for row in chart.rows if row.word} == marked
    assert chart.summary == (
        "124 decided proposals, 50 % accepted. 2 of 3 slices differ from the rest by more than chance explains."
    )


def test_marks_and_table_have_the_reports_numbers() -> None:
    report = solve(cases("Format", "Talk", 6, 4))
    (row,) = slice_rates(report).rows
    (each,) = report.slices
    assert [(mark.low, mark.high) for mark in row.marks] == [
        (each.low, each.high),
        (each.rate, 0.0),
        (each.adjusted_rate, 0.0),
    ]
    assert row.cells[:4] == ("10", "6", "60 %", "60 %")
    assert (row.value, row.look, row.word) == ("6 of 10", "faint", "")
    assert slice_rates(report).summary.endswith("None of 1 slice differs from the rest by more than chance explains.")
