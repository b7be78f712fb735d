"""Pages of this room."""

from . import sponsors, team, tiers, uploads

__all__ = ["sponsors", "team", "tiers", "uploads"]
