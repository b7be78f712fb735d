"""The ranking as a picture: a dot and its interval per proposal, and which of them could be either in or out."""

from collections.abc import Sequence

from django.urls import reverse

from expo.kit.chart_rows import ChartRow, Mark, RowChart
from expo.kit.charts import ReferenceLine, Scale
from expo.kit.text import counted

from .pools import FormatPool
from .ranking import CalibratedScore, Ranking, percent

HEADS = ("Proposal", "Score", "95 % interval", "Above the line", "Close to the line")
#: More rows than this are a screen of their own, which a page draws when asked.
FEW = 24


def score_charts(ranking: Ranking) -> tuple[RowChart, ...]:
    """A chart per pool, best first, over what the ranking's viewer sees; proposals without a score are only counted."""
    found = []
    for pool in ranking.pools:
        scores = [each for each in ranking.scores if each.pool.key == pool.key and each.merit is not None]
        if scores:
            found.append(_of_pool(ranking, pool, scores))
    return tuple(found)


def _of_pool(ranking: Ranking, pool: FormatPool, scores: Sequence[CalibratedScore]) -> RowChart:
    line = ranking.lines.get(pool.key)
    close = sum(score.is_in_middle for score in scores)
    said = f"{counted(len(scores), 'proposal')} with a score"
    if pool.capacity is not None:
        said += f" for {pool.capacity} {pool.unit}"
    if line is not None:
        said += f"; {close or 'none'} of them could be either in or out"
    levels = range(ranking.lowest_level, ranking.highest_level + 1)
    return RowChart(
        title=pool.name,
        summary=f"{said}.",
        heads=HEADS,
        rows=tuple(_row(score) for score in scores),
        scale=Scale(ranking.lowest_level, ranking.highest_level),
        steps=tuple((float(level), str(level)) for level in levels),
        rules=(ReferenceLine(line, f"line {line:.2f}"),) if line is not None else (),
        legend=(("band", _meaning(scores)),) if close else (),
        is_dense=True,
    )


def _meaning(scores: Sequence[CalibratedScore]) -> str:
    """What makes a score close to the line, as `CalibratedScore.is_in_middle` has it."""
    if any(score.chance_above_line is not None for score in scores):
        return "close to the line: between 20 % and 80 % likely to belong above it"
    return "close to the line: the interval crosses it"


def _row(score: CalibratedScore) -> ChartRow:
    value, proposal = score.merit or 0.0, score.proposal
    marks: tuple[Mark, ...] = (Mark("dot", value),)
    interval = "unknown"
    if score.low is not None and score.high is not None:
        marks = (Mark("span", score.low, score.high), *marks)
        interval = f"{score.low:.2f} to {score.high:.2f}"
    close = ", close to the line" if score.is_in_middle else ""
    return ChartRow(
        label=proposal.code,
        marks=marks,
        cells=(f"{value:.2f}", interval, percent(score.chance_above_line), "yes" if close else "no"),
        look="band" if close else "",
        tip=f"{proposal.title}: {value:.2f}, interval {interval}{close}",
        url=reverse("scoring:dossier", args=[proposal.edition.slug, proposal.code]),
    )
