"""On pages of apps below: the viewer's own proposals with what to do next, and questions about claims."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from expo.editions.models import Edition

from ..checks.findings import Finding
from ..comparison import ComparedText
from ..criteria import rows_from
from ..models import ProposalContent
from ..queries.checks import sentence_findings
from ..queries.claims import questions
from ..queries.content import for_office, for_review
from ..queries.coverage import shortages
from ..queries.presenters import invited_as

register = template.Library()


@register.inclusion_tag("expo/proposals/_questions.html", takes_context=True)
def claim_questions(context: dict[str, Any], edition: Edition | None = None) -> dict[str, Any]:
    """The questions that somebody has yet to answer, as a presenter too: of an edition, or all of them."""
    request = context["request"]
    invitations = invited_as(request.user, [edition] if edition else None) if request.user.is_authenticated else []
    asked = questions(request.user, edition)
    return {"questions": asked, "invitations": invitations, "request": request, "back": request.path}


@register.inclusion_tag("expo/proposals/_review_text.html")
def review_text(proposal: ProposalContent, heading: str = "h3") -> dict[str, Any]:
    """What reviewers read of a proposal below its title and topics, with headings of this level."""
    return {"fields": for_review(proposal), "heading": heading}


@register.inclusion_tag("expo/proposals/_office_facts.html")
def office_facts(proposal: ProposalContent) -> dict[str, Any]:
    """What organisers and chairs read beside it, as rows of a list of facts."""
    return {"fields": for_office(proposal)}


@register.inclusion_tag("expo/proposals/_shortages.html", takes_context=True)
def chair_shortages(context: dict[str, Any]) -> dict[str, Any]:
    """Editions that lack a chair or organiser without a conflict, for whoever can appoint one."""
    return {"shortages": shortages(context["request"].user)}


register.filter("criteria_rows", rows_from)


@register.simple_tag
def sentence_findings_of(sentence: str) -> list[Finding]:
    """What does not belong into the sentence about a sponsor that the program prints."""
    return sentence_findings(sentence)


@register.simple_tag
def compared(parts: Iterable[ComparedText], mark: str) -> SafeString:
    """A side of a comparison, `mark` (ins or del) around what the other lacks.

    Made here, because a space between the parts would be one in the text.
    """
    marked = {"ins": "<ins>{}</ins>", "del": "<del>{}</del>"}[mark]
    *first, last = parts
    shown = [*first, last._replace(text=last.text.rstrip())]  # the line ends below a paragraph
    pieces = ((format_html(marked if part.is_marked else "{}", part.text),) for part in shown if part.text)
    return format_html('<div class="changed-text">{}</div>', format_html_join("", "{}", pieces))
