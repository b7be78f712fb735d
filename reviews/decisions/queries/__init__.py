"""Reads about decisions, split by noun."""

from .batches import BatchPage, Preview, batch_by_id, batch_page, mail_kind, open_batches
from .desk import Desk, PoolCount, Row, desk, limits_of
from .drafts import draft_feedback
from .fits import Answer, answer_of, fit_by_id, fit_page, what_if_of, written
from .ground import edition_by_slug, snapshot_of
from .questions import SEED, Asked, asked, scope_of

__all__ = [
    "SEED",
    "Answer",
    "Asked",
    "BatchPage",
    "Desk",
    "PoolCount",
    "Preview",
    "Row",
    "answer_of",
    "asked",
    "batch_by_id",
    "batch_page",
    "desk",
    "draft_feedback",
    "edition_by_slug",
    "fit_by_id",
    "fit_page",
    "limits_of",
    "mail_kind",
    "open_batches",
    "scope_of",
    "snapshot_of",
    "what_if_of",
    "written",
]
