"""The viewer's own proposals, on pages of apps below: where each stands, and what to do next; marked differences."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from expo.editions.models import Edition
from expo.kit import clock

from .. import queries
from ..diffs import Part
from ..shown import next_steps, status

register = template.Library()
MOST = 8


@register.inclusion_tag("expo/proposals/_own.html", takes_context=True)
def own_proposals(context: dict[str, Any], edition: Edition) -> dict[str, Any]:
    """Per sponsor somebody acts for in the edition; what asks for something comes first."""
    companies = []
    for company in queries.companies_of(context["request"].user).get(edition.pk, []):
        lines = [(each, status(each), next_steps(each)) for each in company.stands]
        lines.sort(key=lambda line: not line[2])
        is_idle = bool(lines) and not any(steps for _, _, steps in lines)
        companies.append((company.sponsor, lines[:MOST], len(lines) - MOST, is_idle))
    return {
        "edition": edition,
        "companies": companies,
        "hours": queries.hours(edition, clock.now()),
        "request": context["request"],
        "viewer": context.get("viewer"),
    }


@register.filter
def marked(parts: Iterable[Part]) -> SafeString:
    """A changed text with `ins` and `del`; made here, because a space between the parts would be one in the text."""
    tags = {"added": "<ins>{}</ins>", "removed": "<del>{}</del>"}
    pieces = ((format_html(tags.get(part.kind, "{}"), part.text),) for part in parts)
    return format_html('<div class="changed-text">{}</div>', format_html_join("", "{}", pieces))
