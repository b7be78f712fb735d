"""Reads about decisions, split by noun."""

from .basis import Basis, basis
from .batches import BatchPage, Preview, batch_by_id, batch_page, earlier, mail_kind, open_batches, released_of
from .desk import Desk, PoolCount, Row, desk
from .drafts import NO_DRAFT, Draft, draft_for, draft_named, drafted_facts, drafted_verdict, has_changed, is_as_drafted
from .fits import Answer, answer_of, fit_by_id, fit_page, what_if_of, written
from .ground import edition_by_slug, snapshot_of
from .problem import WhatIf, limits_of
from .questions import SEED, Asked, asked, scope_of

__all__ = [
    "NO_DRAFT",
    "SEED",
    "Answer",
    "Asked",
    "Basis",
    "BatchPage",
    "Desk",
    "Draft",
    "PoolCount",
    "Preview",
    "Row",
    "WhatIf",
    "answer_of",
    "asked",
    "basis",
    "batch_by_id",
    "batch_page",
    "desk",
    "draft_for",
    "draft_named",
    "drafted_facts",
    "drafted_verdict",
    "earlier",
    "edition_by_slug",
    "fit_by_id",
    "fit_page",
    "has_changed",
    "is_as_drafted",
    "limits_of",
    "mail_kind",
    "open_batches",
    "released_of",
    "scope_of",
    "snapshot_of",
    "what_if_of",
    "written",
]
