"""Template tags for the parts of the design system, shown on /design/ and explained in docs/design-system.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from expo.kit import clock, display, guides, posted, zones
from expo.kit.form_sections import Section, SectionState
from expo.kit.markdown import to_html

register = template.Library()

#: Forms of `when` that show the venue's clock alone.
VENUE_FORMS = {"venue": "short", "venue-clock": "clock"}

register.filter("initials", lambda name: display.initials(str(name)))
register.filter("readable", lambda state: display.readable(str(state)))
register.filter("in_mail", lambda moment, zone: display.in_mail(moment, zones.named(zone)))
register.filter("device", lambda user_agent: display.device(str(user_agent)))
register.filter("markdown", lambda text: mark_safe(to_html(str(text))))  # noqa: S308 - to_html keeps an allow-list
register.filter("tone", lambda level: display.MESSAGE_TONES.get(str(level), "info"))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon from the sprite; hidden from assistive technology unless it has a label."""
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="#i-{}"/></svg>', label, name)
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag(takes_context=True)
def help_link(context: Context) -> SafeString:
    """To the section of the guides about this page, by its title; to all guides where there is none."""
    name, _, anchor = guides.about(getattr(context.get("request"), "resolver_match", None)).partition("#")
    if not name:
        return format_html('<a href="{}">Help</a>', reverse("help"))
    title = guides.guide_of(name).sections[anchor]
    return format_html('<a href="{}#{}">Help: {}</a>', reverse("guide", args=[name]), anchor, title)


@register.simple_tag
def badge(text: str, tone: str = "neutral", mark: str = "") -> SafeString:
    """A short word in a tone: neutral, accent, ok, warn, danger."""
    return format_html('<span class="badge {}">{}{}</span>', tone, icon(mark) if mark else "", text)


@register.simple_tag
def state_badge(state: str, label: str = "", tone: str = "") -> SafeString:
    """A state by its stored name, with the tone and mark all pages use for it."""
    key = str(state)
    return badge(label or display.readable(key), tone or display.tone_of(key), display.mark_of(key))


@register.simple_tag(takes_context=True)
def when(context: Context, value: date | datetime | None, form: str = "full", zone: str = "") -> SafeString | str:
    """A moment. Lists use `ago` (of the past) and `due` (of a date to keep): near dates as a distance.

    `venue` and `venue-clock` are the venue's clock alone, where a program is made or run; `alone` is a deadline after
    the first of its list. The other forms have the viewer's clock beside it, for deadlines and the public program:
    full, short, day, clock.
    In the `zone` given, else in the page's `shown_zone` (a release keeps its own), else in the edition's. Deadlines
    give their own: `zone=edition.deadline_time_zone`.
    """
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), display.formatted(value, "day"))
    there = value.astimezone(
        zones.named(zone or context.get("shown_zone") or getattr(context.get("edition"), "time_zone", "") or "UTC")
    )
    if form in ("ago", "due"):
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            there.isoformat(),
            display.in_zone(there, there.tzinfo or UTC),
            display.distance(there, clock.now()) if form == "ago" else display.due(there, clock.now()),
        )
    if form in VENUE_FORMS:
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            there.isoformat(),
            display.in_zone(there, there.tzinfo or UTC),
            display.formatted(there, VENUE_FORMS[form]),
        )
    if form == "alone":
        return format_html(
            '<time datetime="{}">{}</time> <span class="when-zone">{}</span>',
            there.isoformat(),
            display.formatted(there, "full"),
            display.zone_name(there),
        )
    return _moment(there, form, _viewer_zone(context))


@register.simple_tag(takes_context=True)
def contact(context: Context, of: Any = None) -> SafeString | str:
    """Whom to write to about the page's edition, or another; no space follows it, so a full stop may."""
    edition = of or context["edition"]
    if edition.contact_email:
        return format_html('<a href="mailto:{0}">{0}</a>', edition.contact_email)
    return f"the organisers of {edition.name}"


def _moment(there: datetime, form: str, viewer_zone: str) -> SafeString:
    if form == "day":
        return format_html('<time datetime="{}">{}</time>', there.isoformat(), display.formatted(there, form))
    zone = format_html(' <span class="when-zone">{}</span>', display.zone_name(there)) if form != "clock" else ""
    yours = display.viewer_time(there, viewer_zone) if viewer_zone else ""
    return format_html(
        '<time class="when" datetime="{}" data-beside="{}">{}{}</time>{}',
        there.isoformat(),
        "known" if viewer_zone else "ask",
        display.formatted(there, form),
        zone,
        format_html(' <span class="when-yours">({} your time)</span>', yours) if yours else "",
    )


def _viewer_zone(context: Context) -> str:
    user = getattr(context.get("viewer"), "user", None) or context.get("user")
    zone = str(getattr(user, "time_zone", "") or "")
    return "" if zone == "UTC" else zone  # UTC is the value nobody chose; the browser knows better


@register.simple_tag(takes_context=True)
def sign_in_url(context: Context) -> str:
    """Where to sign in, and come back from to this page; the same for every way to write the page's address."""
    url, request = reverse("account_login"), context.get("request")
    if request is None or request.path == "/":
        return url
    asked = sorted((name, value) for name, values in request.GET.lists() for value in values if value)
    page = f"{request.path}?{urlencode(asked)}" if asked else request.path
    return f"{url}?{urlencode({'next': page})}"


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """This page's query string with some parameters changed; None drops one, and any change goes back to page one."""
    params = context["request"].GET.copy()
    params.pop("page", None)
    for key, value in changes.items():
        params.pop(key, None)
        if value not in (None, ""):
            params[key] = value
    return f"?{params.urlencode()}"


@register.simple_tag(takes_context=True)
def sort_th(context: Context, key: str, text: str, numeric: bool = False) -> SafeString:
    """A column head that sorts by `?sort=key`, and by `?sort=-key` when clicked again."""
    now = context["request"].GET.get("sort", "")
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "none")
    mark = {"ascending": "up", "descending": "down"}.get(order, "")
    return format_html(
        '<th scope="col" aria-sort="{}"{}><a class="sort" href="{}">{}{}</a></th>',
        order,
        mark_safe(' class="num"') if numeric else "",
        query(context, sort=f"-{key}" if now == key else key),
        text,
        icon(mark) if mark else "",
    )


@register.simple_tag(takes_context=True)
def nav_link(context: Context, url: str, text: str, *below: str) -> SafeString | str:
    """A list item with a link that knows whether it leads here, or the page lies below it or one of `below`."""
    if not url:
        return ""
    path = getattr(context.get("request"), "path", "")
    current = "page" if path == url else "true" if path.startswith((url, *below)) else ""
    mark = format_html(' aria-current="{}"', current) if current else ""
    return format_html('<li><a href="{}"{}>{}</a></li>', url, mark, text)


@register.simple_tag(takes_context=True)
def waiting_count(context: Context, url_name: str) -> SafeString | str:
    """How much waits for the viewer below a menu item, where the page's context knows (`waiting`)."""
    waiting = context.get("waiting")
    count, late = waiting.count_for(url_name) if waiting else (0, False)
    if not count:
        return ""
    return format_html(
        '<span class="count{}">{}<span class="sr"> {}</span></span>',
        " warn" if late else "",
        count,
        "waiting, some of it late" if late else "waiting",
    )


@register.simple_tag
def undo_of(message: Message) -> posted.Undo | None:
    """The button a message offers to take its verb back."""
    return posted.undo_of(message.extra_tags or "")


@register.simple_block_tag
def more_menu(content: str, label: str = "More") -> SafeString:
    """The rest of a page's actions, folded away; around a list of links and buttons."""
    return format_html(
        '<details class="menu more" data-menu><summary class="button">{}{}</summary>'
        '<div class="menu-panel">{}</div></details>',
        label,
        icon("down"),
        content,
    )


@register.inclusion_tag("includes/steps.html", takes_context=True)
def steps(context: Context, path: Iterable[tuple[Any, ...]], current: str, stopped: str = "") -> dict[str, Any]:
    """The steps of a path, given as (key, label) or (key, label, date), with the current one marked."""
    edition = context.get("edition")
    zone = edition.zone if edition else UTC
    return {"steps": display.steps(path, str(current), stopped, zone=zone, now=clock.now())}


@register.inclusion_tag("includes/form_section.html")
def form_section(form: BaseForm, title: str, names: str, lead: str = "") -> dict[str, Any]:
    """Some of a form's fields under one heading; names joined by + stand side by side."""
    return {"title": title, "anchor": slugify(title), "lead": lead, **form_rows(form, names)}


@register.inclusion_tag("includes/form_rows.html")
def form_rows(form: BaseForm, names: str = "") -> dict[str, Any]:
    """Some of a form's fields, or all; names joined by + stand side by side."""
    rows = names.split() or list(form.fields)
    return {"rows": [[form[name] for name in row.split("+")] for row in rows]}


@register.inclusion_tag("includes/form_section.html")
def draw_section(form: BaseForm, section: Section) -> dict[str, Any]:
    """The same for a section that the form's module describes."""
    return form_section(form, section.title, section.rows, section.lead)


@register.inclusion_tag("includes/section_list.html")
def section_list(sections: Iterable[SectionState]) -> dict[str, Any]:
    """A long form's sections as links, each with what is missing in it."""
    return {"sections": list(sections)}


@register.inclusion_tag("includes/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """What is wrong with the form, each line a link to its field."""
    wrong = [field for field in form.visible_fields() if field.errors] if form.is_bound else []
    return {"form": form, "wrong": wrong, "general": form.non_field_errors() if form.is_bound else []}


@register.inclusion_tag("includes/pagination.html", takes_context=True)
def pages(context: Context, page: Any, noun: str = "rows") -> dict[str, Any]:
    """Where we are in a paginated list, and the way on; `page` is a Django Page."""
    return {"page": page, "noun": noun, "request": context["request"]}


@register.simple_tag(takes_context=True)
def page_query(context: Context, number: int) -> str:
    """This page's query string with another page number."""
    params = context["request"].GET.copy()
    params["page"] = str(number)
    return f"?{params.urlencode()}"


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: str = "") -> SafeString:
    """Something to know before going on: info, ok, warn, danger."""
    head = format_html('<p class="notice-title">{}</p>', title) if title else ""
    mark = icon(display.TONE_MARKS.get(tone, "info"))
    return format_html('<div class="notice {}">{}{}<div>{}</div></div>', tone, mark, head, content)


@register.simple_block_tag
def empty_state(content: str, title: str, url: str = "", label: str = "") -> str:
    """An empty list says the next step; around the text of `includes/empty.html`."""
    context = {"title": title, "text": mark_safe(content.strip()), "url": url, "label": label}  # noqa: S308 - rendered
    return render_to_string("includes/empty.html", context)


@register.simple_block_tag
def next_step(content: str, title: str, url: str = "", label: str = "") -> str:
    """What to do next; around the text of `includes/next.html`."""
    context = {"title": title, "text": mark_safe(content.strip()), "url": url, "label": label}  # noqa: S308 - rendered
    return render_to_string("includes/next.html", context)


@register.simple_block_tag(takes_context=True)
def confirm(context: Context, content: str, action: str, label: str, **more: Any) -> str:
    """A button that asks before it posts; around the question of `includes/confirm.html`."""
    text = mark_safe(content.strip())  # noqa: S308 - rendered
    inner = {"csrf_token": context.get("csrf_token"), "action": action, "label": label, "text": text, **more}
    return render_to_string("includes/confirm.html", inner)


@register.inclusion_tag("includes/post_button.html", takes_context=True)
def post_button(
    context: Context, action: str, label: str, variant: str = "", name: str = "", value: object = ""
) -> dict[str, Any]:
    """A button that posts, with a form of its own."""
    return {"action": action, "label": label, "variant": variant, "name": name, "value": value}


@register.simple_block_tag
def why(content: str, summary: str = "Why?") -> SafeString:
    """The reason behind a number or a refusal, folded away."""
    return format_html('<details class="why"><summary>{}</summary><div>{}</div></details>', summary, content)


@register.simple_block_tag
def scroll(content: str, label: str, wide: bool = False) -> SafeString:
    """Around every table. On narrow windows it scrolls sideways, by keyboard too; with `wide` on all of them."""
    look = "scroll is-wide" if wide else "scroll"
    return format_html('<div class="{}" role="region" aria-label="{}" tabindex="0">{}</div>', look, label, content)
