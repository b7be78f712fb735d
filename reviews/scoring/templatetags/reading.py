"""Showing what people wrote and scored on the judging side's pages."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from expo.journal.models import Entry
from expo.kit.display import mark_of
from expo.kit.templatetags.ui import icon

from ..queries.own_scores import own_scores
from ..queries.ranking import percent

register = template.Library()
register.filter("percent", percent)


@register.filter
def points(value: float | None) -> str:
    """A number of points with two decimals; a dash where nothing is known."""
    return "–" if value is None else f"{value:.2f}"


@register.filter
def at(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """A mapping's value, None where there is none."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def verdict_icon(verdict: str) -> SafeString:
    """The sign that a verdict has everywhere."""
    return icon(mark_of(verdict))


@register.inclusion_tag("reviews/scoring/_own_scores.html", takes_context=True)
def own_scores_chart(context: Context) -> dict[str, Any]:
    """The viewer's levels beside the others', on their queue; nothing before that is known."""
    return {"chart": own_scores(context["request"].user, context["edition"])}


NOUNS = {"proposals": "proposal", "assignments": "assignment", "decisions": "verdict", "scoring": "review"}


@register.filter
def fact_words(entry: Entry) -> str:
    """`scoring.review_submitted` as words; a fact of one word gets the noun of its app."""
    app, _, fact = entry.fact.rpartition(".")
    words = fact.replace("_", " ")
    return words if " " in words else f"{NOUNS.get(app, app)} {words}"
