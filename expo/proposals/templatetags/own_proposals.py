"""The viewer's own proposals, on pages of apps below: where each stands, and what to do next."""

from typing import Any

from django import template

from expo.editions.models import Edition
from expo.kit import clock

from .. import queries
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
