"""Help inside the site: the guides in docs/guide, one for each role, each page linked to the section about it."""

import re
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import nh3
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import ResolverMatch
from django.utils.text import slugify
from markdown_it import MarkdownIt

from .policy import page

FOLDER = settings.BASE_DIR / "docs" / "guide"
GUIDES = ("sponsor", "reviewer", "cochair", "organiser")
_parser = MarkdownIt("commonmark", {"html": False})
_TAGS = {
    "p",
    "em",
    "strong",
    "a",
    "ul",
    "ol",
    "li",
    "code",
    "h2",
    "h3",
    "img",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}

#: URL name, or its namespace, → guide and section. The more specific entry wins.
SECTIONS = {
    "accounts": "sponsor#your-account",
    "assignments": "cochair#assign-reviewers",
    "assignments:bids": "reviewer#say-what-you-would-like-to-review",
    "assignments:invite": "cochair#invite-reviewers",
    "assignments:join": "reviewer#join",
    "assignments:profile": "reviewer#your-profile",
    "assignments:publications": "reviewer#your-profile",
    "assignments:queue": "reviewer#your-queue",
    "assignments:run": "cochair#look-at-a-run-before-you-publish-it",
    "assignments:families": "organiser#site-staff",
    "decisions": "cochair#decide",
    "decisions:decide-as-suggested": "cochair#suggest-a-selection",
    "decisions:fits": "cochair#suggest-a-selection",
    "decisions:fit": "cochair#suggest-a-selection",
    "decisions:delete-what-if": "cochair#what-if",
    "decisions:edit-what-if": "cochair#what-if",
    "decisions:new-what-if": "cochair#what-if",
    "decisions:what-if": "cochair#what-if",
    "editions": "organiser#set-up-an-edition",
    "editions:detail": "sponsor#before-you-write",
    "editions:format-fields": "organiser#what-a-form-asks-for",
    "editions:roles": "organiser#roles",
    "insight": "cochair#fairness-check",
    "insight:audit": "organiser#journal",
    "insight:outbox": "organiser#mail",
    "onsite": "organiser#on-the-day",
    "program": "cochair#build-the-timetable",
    "program:constraints": "sponsor#availability",
    "program:links": "cochair#build-the-timetable",
    "program:slot": "sponsor#your-slot",
    "program:slots": "cochair#notify-presenters-of-their-slots",
    "proposals": "sponsor#write-and-submit",
    "proposals:mine": "sponsor#before-you-write",
    "proposals:detail": "sponsor#after-you-submit",
    "proposals:after": "cochair#after-the-decision",
    "proposals:answer-change": "cochair#change-requests",
    "proposals:change-requests": "cochair#change-requests",
    "proposals:ask-for-change": "sponsor#after-the-deadline",
    "proposals:late-links": "organiser#more-time-for-one-sponsor",
    "proposals:availability": "sponsor#availability",
    "proposals:compare": "sponsor#compare-two-versions",
    "proposals:decline": "sponsor#after-the-verdict",
    "proposals:checks": "sponsor#what-the-checks-say",
    "proposals:conflicts": "reviewer#conflicts-of-interest",
    "proposals:office": "organiser#what-the-office-needs",
    "proposals:office-fields": "organiser#what-the-office-needs",
    "proposals:change-office-field": "organiser#what-the-office-needs",
    "proposals:office-answers": "sponsor#what-the-office-needs",
    "proposals:present": "sponsor#if-you-were-named-as-a-presenter",
    "proposals:presenter-picture": "sponsor#presenters",
    "proposals:presenters": "sponsor#presenters",
    "proposals:presenting": "sponsor#if-you-were-named-as-a-presenter",
    "proposals:unconfirmed": "cochair#presenters-not-confirmed",
    "proposals:public-text": "sponsor#public-text",
    "releases:list": "cochair#publish",
    "releases:detail": "cochair#publish",
    "releases:preview": "sponsor#previews",
    "rubrics": "cochair#the-rubric",
    "rubrics:read": "reviewer#score-a-proposal",
    "scoring": "cochair#the-ranking",
    "scoring:adopt-rubric": "cochair#the-rubric",
    "scoring:discussion": "reviewer#other-reviews-and-the-discussion",
    "scoring:enter": "cochair#discuss-and-ask-again",
    "scoring:keep": "reviewer#other-reviews-and-the-discussion",
    "scoring:practice": "reviewer#practice",
    "scoring:practice-add": "cochair#practice-proposals",
    "scoring:practice-change": "cochair#practice-proposals",
    "scoring:practice-list": "cochair#practice-proposals",
    "scoring:one-more": "cochair#one-more-review",
    "scoring:preview": "sponsor#previews",
    "scoring:review": "reviewer#score-a-proposal",
    "sponsors": "organiser#sponsors-and-tiers",
    "sponsors:profile": "sponsor#your-public-profile",
    "sponsors:team": "sponsor#your-team",
}


class Guide(NamedTuple):
    """A guide: its title, its HTML, and the titles of its sections by anchor."""

    title: str
    html: str
    sections: dict[str, str]


@cache
def guide_of(name: str) -> Guide:
    """One of GUIDES, read and rendered once per process."""
    tokens = _parser.parse((FOLDER / f"{name}.md").read_text())
    title, sections = "", {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h1":
            title = inline.content
        elif opening.type == "heading_open" and opening.tag == "h2":
            opening.attrs["id"] = slugify(inline.content)
            sections[slugify(inline.content)] = inline.content
    body = [token for token in tokens if token.tag != "h1" and token.content != title]
    html = nh3.clean(
        _parser.renderer.render(body, _parser.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}, "img": {"src", "alt"}, "h2": {"id"}},
        link_rel=None,
    )
    return Guide(title, html, sections)


def about(match: ResolverMatch | None) -> str:
    """The guide and section about a page, as `sponsor#your-team`; empty for pages that need no help."""
    if match is None or match.view_name == "editions:home":  # the start page is everybody's
        return ""
    return SECTIONS.get(match.view_name) or SECTIONS.get(match.namespace, "")


@page("editions.home", public=True)
def help_page(request: HttpRequest, guide: str = "") -> HttpResponse:
    """One guide, or the list of all."""
    if guide and guide not in GUIDES:
        raise Http404
    shown = guide_of(guide) if guide else None
    html = re.sub(r'src="\.\./screenshots/([\w-]+\.png)"', _picture, shown.html) if shown else ""
    guides = {name: guide_of(name) for name in GUIDES}
    return render(request, "expo/kit/help.html", {"guide": shown, "html": html, "guides": guides})


def _picture(link: re.Match[str]) -> str:
    return f'src="{static(f"guide/{link[1]}")}" loading="lazy"'
