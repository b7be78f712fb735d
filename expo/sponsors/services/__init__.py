"""Verbs on sponsors: tiers and what they entitle to, sponsors, teams and invitations, and tables of all of these."""

from .imports import COLUMNS, NEEDED, import_sponsors
from .invitations import (
    accept_invitation,
    cancel_invitation,
    decline_invitation,
    invite_to_team,
    mail_invitations,
    resend_invitation,
    send_held_invitations,
)
from .openings import announce_call, mail_teams, tick
from .sponsors import add_sponsor, save_sponsor
from .team import leave_team, remove_team_member
from .tiers import remove_tier, save_tier

__all__ = [
    "COLUMNS",
    "NEEDED",
    "accept_invitation",
    "add_sponsor",
    "announce_call",
    "cancel_invitation",
    "decline_invitation",
    "import_sponsors",
    "invite_to_team",
    "leave_team",
    "mail_invitations",
    "mail_teams",
    "remove_team_member",
    "remove_tier",
    "resend_invitation",
    "save_sponsor",
    "save_tier",
    "send_held_invitations",
    "tick",
]
