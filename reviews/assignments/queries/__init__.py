"""Reads about the queue, split by noun."""

from .affinities import Affinities, affinities, text_of
from .bids import SHOWS as BID_SHOWS
from .bids import BidRow, bid_ids, bid_rows, open_to_bids
from .board import BoardFilter, ProposalRow, ReviewerRow, board, reviewer_rows, rows, totals
from .bonds import Required, Traffic, left_out, required_roles
from .candidates import Candidate, candidates
from .companies import company_of
from .figures import Figures, affinity_histogram, figures, load_histogram
from .ground import Ground, ground
from .lookups import (
    assignment_by_id,
    edition_by_slug,
    is_known,
    profile_of,
    reviewer_for,
    run_by_id,
    runs_of,
    settings_of,
    unknown_runs,
    visible_to,
)
from .people import Barriers, Person, barriers, conflict_pairs, people, today
from .places import Place, Swap, pair_rules, places, swaps
from .preview import preview
from .profiles import absences_of, publication_count, publications_of, works_somewhere
from .proposed import Preview
from .queue import QueueItem, due_words, own_rows, queue_of
from .scope import in_scope, live_pairs
from .snapshot import Snapshot, idle, snapshot
from .ties import ties
from .uploads import upload_by_id, uploads_of

__all__ = [
    "BID_SHOWS",
    "Affinities",
    "Barriers",
    "BidRow",
    "BoardFilter",
    "Candidate",
    "Figures",
    "Ground",
    "Person",
    "Place",
    "Preview",
    "ProposalRow",
    "QueueItem",
    "Required",
    "ReviewerRow",
    "Snapshot",
    "Swap",
    "Traffic",
    "absences_of",
    "affinities",
    "affinity_histogram",
    "assignment_by_id",
    "barriers",
    "bid_ids",
    "bid_rows",
    "board",
    "candidates",
    "company_of",
    "conflict_pairs",
    "due_words",
    "edition_by_slug",
    "figures",
    "ground",
    "idle",
    "in_scope",
    "is_known",
    "left_out",
    "live_pairs",
    "load_histogram",
    "open_to_bids",
    "own_rows",
    "pair_rules",
    "people",
    "places",
    "preview",
    "profile_of",
    "publication_count",
    "publications_of",
    "queue_of",
    "required_roles",
    "reviewer_for",
    "reviewer_rows",
    "rows",
    "run_by_id",
    "runs_of",
    "settings_of",
    "snapshot",
    "swaps",
    "text_of",
    "ties",
    "today",
    "totals",
    "unknown_runs",
    "upload_by_id",
    "uploads_of",
    "visible_to",
    "works_somewhere",
]
