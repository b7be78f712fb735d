"""The chairs' pictures, of what `queries` read: rates of slices, and the way from submitted to published. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expo.kit.chart_rows import ChartRow, Mark, RowChart, stacked
from expo.kit.charts import ReferenceLine, Scale, even_steps
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


#: Formats whose colour the timetable and the program know too.
KINDS = frozenset({"talk", "demo", "workshop"})


@dataclass(frozen=True)
class WayPoint:
    """A point of the way to the program: what has reached it, by format, and in words what has not, or not yet."""

    name: str
    by_format: Counter[str]
    lost: str

    @property
    def count(self) -> int:
        return self.by_format.total()


def way_to_program(points: Sequence[WayPoint], formats: Mapping[str, str]) -> RowChart:
    """A bar a point, a colour a format; `formats` are their names by slug."""
    first = points[0]
    last = next((point for point in reversed(points) if point.count), first)
    said = f"{first.count} {first.name}" + (f", {last.count} {last.name}" if last is not first else "")
    kinds = {slug: f"kind-{slug}" if slug in KINDS else "" for slug in formats}
    return RowChart(
        title="From submitted to published",
        summary=f"{said}." if first.count else "No proposal has been submitted yet.",
        heads=("Point", *formats.values(), "All", "Not, or not yet"),
        rows=tuple(
            ChartRow(
                label=f"{point.count} {point.name}",
                marks=stacked(
                    (point.by_format[slug], kinds[slug], f"{name}: {point.by_format[slug]}")
                    for slug, name in formats.items()
                ),
                cells=(*(str(point.by_format[slug]) for slug in formats), str(point.count), point.lost or "–"),
                note=point.lost,
            )
            for point in (points if first.count else ())
        ),
        scale=Scale(0, first.count),
        steps=even_steps(first.count),
        legend=tuple((kinds[slug], name) for slug, name in formats.items() if first.by_format[slug]),
    )
