"""The scheduler's objectives as pictures: one line each, the most important first. Plain Python.

Every line has a scale of its own from nothing at all, for objectives count different things; less is better on each.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from expo.kit.chart_rows import ChartRow, Mark, RowChart, stacked
from expo.kit.charts import Scale
from expo.kit.text import listed

from .objective_texts import MERIT_BANDS, TOP_BAND, amount, name, number, proof, text

ORDER = "The most important goal is on top: a lower one never outweighs a higher one. Each line has its own scale."


def reached(tiers: Sequence[Mapping[str, Any]]) -> RowChart:
    """What a run reached of each objective: the part that no timetable can avoid, and what is left above it."""
    rows = []
    for tier in tiers:
        key, value, bound = tier["key"], tier["value"], min(tier["bound"], tier["value"])
        said = proof(key, value, bound)
        rows.append(
            ChartRow(
                label=name(key),
                marks=stacked(
                    [
                        (bound, "part-done", f"{amount(key, bound)} cannot be avoided"),
                        (value - bound, "part-promised", f"perhaps {amount(key, value - bound)} less"),
                    ]
                ),
                cells=(amount(key, value), number(key, bound), said),
                value=amount(key, value),
                word="" if value <= bound else said,
                tip=f"{amount(key, value)}, {said}. {MERIT_BANDS if key == TOP_BAND else text(key).help}".strip(),
                scale=Scale(0, max(value, 1)),
            )
        )
    proved = sum(tier["value"] <= tier["bound"] for tier in tiers)
    return RowChart(
        title="Goals reached",
        summary=f"{proved} of {len(rows)} goals are proved best." if rows else "No goals were computed.",
        heads=("Goal", "Reached", "Lower bound", "Proof"),
        rows=tuple(rows),
        scale=Scale(0, 1),
        legend=(("part-done", "cannot be avoided"), ("part-promised", "perhaps less is possible")),
        note=ORDER,
    )


def side_by_side(titles: Sequence[str], scores: Sequence[Mapping[str, int]], keys: Iterable[str]) -> RowChart:
    """Timetables on each objective, the first of them the current one; the first line on which they differ decides."""
    signs = ["now", *(str(at) for at in range(1, len(titles)))]
    rows, verdict = [], ""
    for key in keys:
        values = [each[key] for each in scores]
        least = min(values)
        best = [at for at, value in enumerate(values) if value == least]
        is_equal = len(best) == len(titles)
        if not is_equal and not verdict:
            winners = listed([titles[at] for at in best])
            verdict = f"The first goal on which they differ, “{name(key)}”, is best in {winners}."
        rows.append(
            ChartRow(
                label=name(key),
                marks=tuple(
                    Mark(
                        "dot",
                        value,
                        look="part-done" if value == least else "part-begun",
                        title=amount(key, value),
                        label=", ".join(sign for sign, each in zip(signs, values, strict=True) if each == value),
                    )
                    for value in sorted(set(values))
                ),
                cells=tuple(amount(key, value) for value in values),
                value=amount(key, least),
                word="all equal" if is_equal else f"best: {listed([signs[at] for at in best])}",
                look="faint" if is_equal else "",
                tip=text(key).help,
                scale=Scale(0, max(*values, 1)),
            )
        )
    who = listed([f"{sign} is {title}" for sign, title in zip(signs[1:], titles[1:], strict=True)])
    return RowChart(
        title="Timetables on each goal",
        summary=verdict or "They are equal in every goal.",
        heads=("Goal", *titles),
        rows=tuple(rows),
        scale=Scale(0, 1),
        note=f"{ORDER} Further left is better; {who}.",
    )
