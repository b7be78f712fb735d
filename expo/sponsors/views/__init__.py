"""Pages of this room."""

from . import invitations, sponsors, team, tiers, uploads

__all__ = ["invitations", "sponsors", "team", "tiers", "uploads"]
