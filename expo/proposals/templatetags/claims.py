"""What waits for the viewer about claims, on pages of any app."""

from typing import Any

from django import template

from expo.editions.models import Edition

from .. import queries

register = template.Library()


@register.inclusion_tag("expo/proposals/_questions.html", takes_context=True)
def claim_questions(context: dict[str, Any], edition: Edition | None = None) -> dict[str, Any]:
    """The questions that somebody has yet to answer: of an edition, or all of them."""
    request = context["request"]
    return {"questions": queries.questions(request.user, edition), "request": request, "back": request.path}


@register.inclusion_tag("expo/proposals/_shortages.html", takes_context=True)
def chair_shortages(context: dict[str, Any]) -> dict[str, Any]:
    """Editions that lack a chair or organiser without a conflict, for whoever can appoint one."""
    return {"shortages": queries.shortages(context["request"].user)}
