"""Template tags of lists people work in: the toolbar above, and the parts of a row."""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from expo.kit.lists import LISTS, WorkList

from .ui import icon

register = template.Library()


@register.inclusion_tag("includes/toolbar.html", takes_context=True)
def toolbar(context: Context, listed: WorkList[Any], noun: str = "") -> dict[str, Any]:
    """One line above a list: search, choices, the count, the file; below it the filters at work, and one's own view."""
    request = context["request"]
    saved = getattr(request, "saved_view", None)
    return {
        "list": listed,
        "noun": noun or listed.noun,
        "path": request.path,
        "whole": f"{request.path}?{listed.whole}",
        "may_save": saved is not None and LISTS.get(listed.page) is type(listed),
        "saved": saved,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def more_button(row: str, of: str, url: str = "") -> SafeString:
    """Opens a row: its detail row, and on a phone the cells marked `data-more`. `row` is the row's id.

    Without script it is a link to where the details stand too; without such a page it is absent.
    """
    label = format_html('<span class="sr">More on {}</span>', of)
    if url:
        return format_html('<a class="row-more" href="{}" data-more-of="{}">{}{}</a>', url, row, icon("down"), label)
    return format_html(
        '<button type="button" class="row-more js-only" data-more-of="{}">{}{}</button>', row, icon("down"), label
    )


@register.simple_block_tag
def detail_row(content: str, row: str, columns: int) -> SafeString:
    """What `more_button` opens on a wide screen: a row below the row with this id."""
    return format_html('<tr class="detail" id="{}-more" hidden><td colspan="{}">{}</td></tr>', row, columns, content)


@register.simple_tag
def mark(name: str, words: str, tone: str = "") -> SafeString:
    """A mark for the column of marks: a sign with its words as its name and tooltip; tones warn, danger."""
    return format_html('<span class="{}" title="{}">{}</span>', tone or "mark", words, icon(name, words))
