"""Reading pages, however their templates are wrapped."""

import re

from django.http import HttpResponseBase


def squeezed(page: HttpResponseBase | str) -> str:
    """The page's HTML with single spaces, and none beside a tag."""
    html = page if isinstance(page, str) else page.content.decode()
    return re.sub(r"\s*(<[^>]*?)\s*(>)\s*", r"\1\2", re.sub(r"\s+", " ", html))
