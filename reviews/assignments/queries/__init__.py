"""Reads about the queue, split by noun."""

from .affinities import Affinities, affinities, text_of
from .board import BoardFilter, ProposalRow, ReviewerRow, board, reviewer_rows, rows, totals
from .bonds import Required, Traffic, left_out, required_roles
from .candidates import Candidate, affinity_words, candidates
from .companies import sponsoring_families
from .figures import Figures, affinity_histogram, figures, load_histogram
from .lookups import assignment_by_id, edition_by_slug, profile_of, run_by_id, runs_of, settings_of, visible_to
from .people import Barriers, Person, barriers, people, today
from .preview import Preview, preview
from .queue import QueueItem, due_words, own_rows, queue_of
from .snapshot import Snapshot, snapshot
from .ties import Ties, ties
from .uploads import upload_by_id, uploads_of

__all__ = [
    "Affinities",
    "Barriers",
    "BoardFilter",
    "Candidate",
    "Figures",
    "Person",
    "Preview",
    "ProposalRow",
    "QueueItem",
    "Required",
    "ReviewerRow",
    "Snapshot",
    "Ties",
    "Traffic",
    "affinities",
    "affinity_histogram",
    "affinity_words",
    "assignment_by_id",
    "barriers",
    "board",
    "candidates",
    "due_words",
    "edition_by_slug",
    "figures",
    "left_out",
    "load_histogram",
    "own_rows",
    "people",
    "preview",
    "profile_of",
    "queue_of",
    "required_roles",
    "reviewer_rows",
    "rows",
    "run_by_id",
    "runs_of",
    "settings_of",
    "snapshot",
    "sponsoring_families",
    "text_of",
    "ties",
    "today",
    "totals",
    "upload_by_id",
    "uploads_of",
    "visible_to",
]
