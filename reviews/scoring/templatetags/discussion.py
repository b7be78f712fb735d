"""What is new in discussions, for lists of proposals that know nothing of it."""

from typing import Any

from django import template

from expo.editions.models import Edition

from ..queries.discussion_news import DiscussionNews, news_in

register = template.Library()


@register.simple_tag(takes_context=True)
def discussion_news(context: dict[str, Any], edition: Edition, reader: str) -> dict[str, DiscussionNews]:
    """By a proposal's code what is new to the viewer, as a "reviewer" or a "chair"; nothing where nothing is."""
    return news_in(context["request"].user, edition, as_chair=reader == "chair")
