"""Reads about decisions, split by noun."""

from .batches import BatchPage, Preview, batch_by_id, batch_page, mail_kind, open_batches
from .desk import Desk, PoolCount, Row, desk, limits_of
from .drafts import draft_feedback
from .ground import edition_by_slug, snapshot_of

__all__ = [
    "BatchPage",
    "Desk",
    "PoolCount",
    "Preview",
    "Row",
    "batch_by_id",
    "batch_page",
    "desk",
    "draft_feedback",
    "edition_by_slug",
    "limits_of",
    "mail_kind",
    "open_batches",
    "snapshot_of",
]
