"""Reads about proposals, split by noun."""

from .listing import accepted, awaiting_review, by_code, for_chairs, mine, visible_to
from .wall import Between, Wall, conflicts_between, wall

__all__ = [
    "Between",
    "Wall",
    "accepted",
    "awaiting_review",
    "by_code",
    "conflicts_between",
    "for_chairs",
    "mine",
    "visible_to",
    "wall",
]
