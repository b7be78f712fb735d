"""The buttons that move an edition's phase, on pages of both sides."""

from typing import Any

from django import template

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.policy import allowed

from ..queries.phase_moves import moves_with_numbers

register = template.Library()


@register.inclusion_tag("reviews/insight/_phase.html", takes_context=True)
def phase_moves(context: dict[str, Any], edition: Edition) -> dict[str, Any]:
    """Each move with what it means now; nothing for whoever may not move the phase."""
    request = context["request"]
    may = allowed(request.user, "editions.move_phase", edition)
    return {
        "moves": moves_with_numbers(edition, request.user, clock.now()) if may else [],
        "edition": edition,
        "at": request.resolver_match.view_name,
        "csrf_token": context.get("csrf_token"),
    }
