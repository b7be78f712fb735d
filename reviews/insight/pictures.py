"""The chairs' pictures: rates of slices against the overall rate. They draw what `queries` read, and read nothing."""

from collections.abc import Sequence

from expo.kit.chart_rows import ChartRow, Mark, RowChart
from expo.kit.charts import ReferenceLine, Scale
from expo.kit.text import counted
from reviews.scoring.queries.ranking import percent

from .slices import Slice, SliceReport

SLICE_HEADS = (
    "Slice",
    "Proposals",
    "Accepted",
    "Rate",
    "Adjusted rate",
    "95 % interval",
    "Score gap",
    "Adjusted p",
    "Reading",
)


def slice_rates(report: SliceReport) -> RowChart:
    """A row a slice, the farthest from the overall rate first; only those that chance does not explain are marked."""
    rows = sorted(
        report.slices, key=lambda each: (-abs(each.adjusted_rate - report.overall), each.dimension, each.value)
    )
    return RowChart(
        title="Acceptance rates by slice",
        summary=_summary(report),
        heads=SLICE_HEADS,
        rows=tuple(_row(each) for each in rows),
        scale=Scale(0, 1),
        steps=tuple((share / 4, f"{share * 25} %") for share in range(5)),
        rules=(ReferenceLine(report.overall, f"overall {percent(report.overall)}"),),
        legend=(("dot", "adjusted rate"), ("upright", "plain rate"), ("span", "its 95 % interval")),
    )


def _summary(report: SliceReport) -> str:
    odd = sum(each.stands_out for each in report.slices)
    differ = "differs" if odd <= 1 else "differ"
    return (
        f"{counted(report.n, 'decided proposal')}, {percent(report.overall)} accepted. {odd or 'None'} of "
        f"{counted(len(report.slices), 'slice')} {differ} from the rest by more than chance explains."
    )


def _row(each: Slice) -> ChartRow:
    gap = "–" if each.score_gap is None else f"{each.score_gap:+.2f}"
    interval = f"{percent(each.low)} to {percent(each.high)}"
    return ChartRow(
        label=f"{each.dimension}: {each.value}",
        marks=(Mark("span", each.low, each.high), Mark("upright", each.rate), Mark("dot", each.adjusted_rate)),
        cells=(
            str(each.n),
            str(each.accepted),
            percent(each.rate),
            percent(each.adjusted_rate),
            interval,
            gap,
            f"{each.q:.2f}",
            each.reading,
        ),
        value=f"{each.accepted} of {each.n}",
        word="off chance" if each.stands_out else "",
        look="warn" if each.stands_out else "faint",
        tip=f"{percent(each.adjusted_rate)} adjusted, {percent(each.rate)} plain ({interval}). {each.reading}",
    )


def off_chance(report: SliceReport) -> Sequence[Slice]:
    """The slices to look at."""
    return [each for each in report.slices if each.stands_out]
