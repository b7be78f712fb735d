"""Verbs on sponsors: tiers and what they entitle to, sponsors, teams, and tables of all three."""

from .imports import COLUMNS, NEEDED, import_sponsors
from .sponsors import add_sponsor, save_sponsor
from .team import add_team_member, remove_team_member
from .tiers import remove_tier, save_tier

__all__ = [
    "COLUMNS",
    "NEEDED",
    "add_sponsor",
    "add_team_member",
    "import_sponsors",
    "remove_team_member",
    "remove_tier",
    "save_sponsor",
    "save_tier",
]
