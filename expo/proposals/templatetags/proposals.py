"""On pages of apps below: the viewer's own proposals with what to do next, and questions about claims."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from expo.editions.models import Edition
from expo.kit import clock

from ..queries.claims import questions
from ..queries.content import TextPart
from ..queries.coverage import shortages
from ..queries.status import call_state, next_steps, proposals_of

register = template.Library()
MOST = 8


@register.inclusion_tag("expo/proposals/_own.html", takes_context=True)
def own_proposals(context: dict[str, Any], edition: Edition) -> dict[str, Any]:
    """Per sponsor somebody acts for in the edition; what asks for something comes first."""
    sponsors = []
    for own in proposals_of(context["request"].user).get(edition.pk, []):
        lines = [(status, next_steps(status)) for status in own.statuses]
        lines.sort(key=lambda line: not line[1])
        is_idle = bool(lines) and not any(steps for _, steps in lines)
        sponsors.append((own.sponsor, lines[:MOST], len(lines) - MOST, is_idle))
    return {
        "edition": edition,
        "sponsors": sponsors,
        "call_state": call_state(edition, clock.now()),
        "request": context["request"],
        "viewer": context.get("viewer"),
    }


@register.inclusion_tag("expo/proposals/_questions.html", takes_context=True)
def claim_questions(context: dict[str, Any], edition: Edition | None = None) -> dict[str, Any]:
    """The questions that somebody has yet to answer: of an edition, or all of them."""
    request = context["request"]
    return {"questions": questions(request.user, edition), "request": request, "back": request.path}


@register.inclusion_tag("expo/proposals/_shortages.html", takes_context=True)
def chair_shortages(context: dict[str, Any]) -> dict[str, Any]:
    """Editions that lack a chair or organiser without a conflict, for whoever can appoint one."""
    return {"shortages": shortages(context["request"].user)}


@register.filter
def marked(parts: Iterable[TextPart]) -> SafeString:
    """A changed text with `ins` and `del`; made here, because a space between the parts would be one in the text."""
    tags = {"added": "<ins>{}</ins>", "removed": "<del>{}</del>"}
    pieces = ((format_html(tags.get(part.kind, "{}"), part.text),) for part in parts)
    return format_html('<div class="changed-text">{}</div>', format_html_join("", "{}", pieces))
