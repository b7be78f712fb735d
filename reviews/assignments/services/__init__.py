"""Verbs of the queue, split by noun."""

from .answers import MOST_REASON, accept, checked_reason, declare_conflict, decline, mark_submitted, put_back, take_out
from .bids import bid
from .chairs import assign, release
from .clockwork import tick
from .expertise import (
    MOST_ABOUT,
    MOST_LOAD,
    Added,
    add_absence,
    add_publications,
    remove_absence,
    remove_publication,
    save_profile,
)
from .imports import import_offers, import_reviewers
from .invitations import confirm_invitation, decline_invitation, invite_reviewer, save_expertise
from .offers import hold_queue
from .pairs import CLEAR, set_pair, swap
from .publishing import discard_run, publish_run
from .reactions import free_decided, free_withdrawn, release_conflicted, take_up
from .reminders import remind
from .runs import MOST_SEED, execute_run, start_repair, start_run, sweep
from .settings import save_settings

__all__ = [
    "CLEAR",
    "MOST_ABOUT",
    "MOST_LOAD",
    "MOST_REASON",
    "MOST_SEED",
    "Added",
    "accept",
    "add_absence",
    "add_publications",
    "assign",
    "bid",
    "checked_reason",
    "confirm_invitation",
    "declare_conflict",
    "decline",
    "decline_invitation",
    "discard_run",
    "execute_run",
    "free_decided",
    "free_withdrawn",
    "hold_queue",
    "import_offers",
    "import_reviewers",
    "invite_reviewer",
    "mark_submitted",
    "publish_run",
    "put_back",
    "release",
    "release_conflicted",
    "remind",
    "remove_absence",
    "remove_publication",
    "save_expertise",
    "save_profile",
    "save_settings",
    "set_pair",
    "start_repair",
    "start_run",
    "swap",
    "sweep",
    "take_out",
    "take_up",
    "tick",
]
