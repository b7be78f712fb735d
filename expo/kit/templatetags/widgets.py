"""What the templates of form widgets use. Django's include two more templates for each option of a list."""

import html
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """As HTML, each with a space before it: true ones by their name alone, false ones not at all."""
    written = (
        f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
        for name, value in attrs.items()
        if value is not False
    )
    return mark_safe("".join(written))  # noqa: S308 - names are the project's own, values are escaped


@register.filter
def control(widget: Mapping[str, Any]) -> SafeString:
    """The `<input>` of a widget or of one of its options."""
    given = {"type": widget["type"], "name": widget["name"]}
    if widget["value"] is not None:
        given["value"] = widget["value"]
    return mark_safe(f"<input{attributes(given | widget['attrs'])}>")  # noqa: S308 - escaped above


@register.filter
def choices(options: Iterable[Mapping[str, Any]]) -> SafeString:
    """The `<option>`s of a select."""
    return format_html_join(
        "",
        "<option{}>{}</option>",
        ((attributes({"value": each["value"], **each["attrs"]}), each["label"]) for each in options),
    )


@register.filter
def groups(widget: Mapping[str, Any]) -> list[tuple[str | None, list[Any]]]:
    """Names of groups with their options; those outside any group together, of which Django makes a group each."""
    return [
        (name, [option for _, options, _ in each for option in options])
        for name, each in groupby(widget["optgroups"], key=lambda group: group[0])
    ]
