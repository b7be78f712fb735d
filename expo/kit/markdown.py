"""Markdown as people type it, as HTML that is safe to show."""

import nh3
from markdown_it import MarkdownIt

_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h3", "h4", "hr"}
_parser = MarkdownIt("commonmark", {"html": False, "linkify": False})


def to_html(text: str) -> str:
    """CommonMark rendered, then reduced to an allow-list; links open without handing over the referrer."""
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3" if token.tag in ("h1", "h2", "h3") else "h4"  # pages have their own h1 and h2
    html = _parser.renderer.render(tokens, _parser.options, {})
    return nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, link_rel="noopener noreferrer")
