"""Reads about editions: who runs them, what is open, what is missing."""

from .checklist import Check, checklist, missing
from .home import Card, Step, edition_facts, home, next_steps
from .parts import announced, moves, part_of, path_of, trail, upload_of, uploads
from .people import by_slug, contact_of, holders, is_in_a_team, is_open, load, open_now, roles, roles_of

__all__ = [
    "Card",
    "Check",
    "Step",
    "announced",
    "by_slug",
    "checklist",
    "contact_of",
    "edition_facts",
    "holders",
    "home",
    "is_in_a_team",
    "is_open",
    "load",
    "missing",
    "moves",
    "next_steps",
    "open_now",
    "part_of",
    "path_of",
    "roles",
    "roles_of",
    "trail",
    "upload_of",
    "uploads",
]
