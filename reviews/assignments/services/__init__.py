"""Verbs of the queue, split by noun."""

from .answers import MOST_LOAD, MOST_REASON, accept, decline, mark_submitted, save_profile
from .chairs import assign, release
from .imports import import_offers, import_reviewers
from .publishing import discard_run, publish_run
from .reactions import free_withdrawn, release_conflicted
from .runs import MOST_SEED, execute_run, start_run, sweep
from .settings import save_settings

__all__ = [
    "MOST_LOAD",
    "MOST_REASON",
    "MOST_SEED",
    "accept",
    "assign",
    "decline",
    "discard_run",
    "execute_run",
    "free_withdrawn",
    "import_offers",
    "import_reviewers",
    "mark_submitted",
    "publish_run",
    "release",
    "release_conflicted",
    "save_profile",
    "save_settings",
    "start_run",
    "sweep",
]
