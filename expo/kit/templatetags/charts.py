"""Template tags that draw the charts of `expo.kit`, and small pictures that stand in a line."""

from __future__ import annotations

from typing import Any, Protocol

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from expo.kit.chart_rows import Boxes
from expo.kit.charts import Scale

register = template.Library()


class Chart(Protocol):
    """What every chart says of itself."""

    @property
    def template(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def is_told(self) -> bool: ...


@register.simple_tag
def chart(value: Chart) -> str:
    """A chart with its sentence and its table; only the sentence where there is nothing to compare."""
    name = "includes/chart_told.html" if value.is_told else value.template
    return render_to_string(name, {"chart": value})


@register.inclusion_tag("includes/chart_boxes.html")
def boxes(value: Boxes) -> dict[str, Any]:
    """Places as boxes, filled and free, with the numbers beside them."""
    return {"boxes": value}


@register.simple_tag
def meter(value: float, total: float, label: str, tone: str = "", text: str = "", quiet: bool = False) -> SafeString:
    """A bar with its numbers beside it: how much of a total is used; `quiet` where a column's head is the label."""
    return format_html(
        '<div class="meter{}"><b>{}</b><svg role="img" aria-label="{}: {} of {}">'
        '<rect class="track" width="100%" height="100%"/><rect class="fill {}" width="{}" height="100%"/></svg>'
        "<span>{}</span></div>",
        " quiet" if quiet else "",
        label,
        label,
        value,
        total,
        tone,
        Scale(0, float(total)).at(float(value)),
        text or f"{value} of {total}",
    )


@register.simple_tag
def whisker(
    mean: float, low: float, high: float, least: float = 1, most: float = 5, line: float | None = None
) -> SafeString:
    """A mean with its interval on the rubric's scale, and the line of acceptance where there is one."""
    at = Scale(least, most).at
    said = f"{mean:.2f}, between {low:.2f} and {high:.2f}"
    cut = format_html('<line class="cut" x1="{0}" x2="{0}" y1="0" y2="100%"/>', at(line)) if line is not None else ""
    return format_html(
        '<span class="whisker" title="{0}"><svg role="img" aria-label="{0}">'
        '<line class="axis" x1="0" x2="100%" y1="50%" y2="50%"/>'
        '<line class="span" x1="{1}" x2="{2}" y1="50%" y2="50%"/>{3}'
        '<circle class="dot" cx="{4}" cy="50%" r="3.5"/></svg></span>',
        said,
        at(low),
        at(high),
        cut,
        at(mean),
    )
