"""Reads about the queue, split by noun."""

from .board import BoardFilter, ProposalRow, ReviewerRow, board, reviewer_rows, rows, totals
from .candidates import Candidate, affinity_words, candidates
from .figures import Figures, affinity_histogram, figures, load_histogram
from .lookups import assignment_by_id, edition_by_slug, profile_of, run_by_id, runs_of, settings_of, visible_to
from .people import Barriers, Person, barriers, people
from .preview import Preview, preview
from .queue import QueueItem, due_words, own_rows, queue_of
from .snapshot import Snapshot, snapshot
from .uploads import upload_by_id, uploads_of

__all__ = [
    "Barriers",
    "BoardFilter",
    "Candidate",
    "Figures",
    "Person",
    "Preview",
    "ProposalRow",
    "QueueItem",
    "ReviewerRow",
    "Snapshot",
    "affinity_histogram",
    "affinity_words",
    "assignment_by_id",
    "barriers",
    "board",
    "candidates",
    "due_words",
    "edition_by_slug",
    "figures",
    "load_histogram",
    "own_rows",
    "people",
    "preview",
    "profile_of",
    "queue_of",
    "reviewer_rows",
    "rows",
    "run_by_id",
    "runs_of",
    "settings_of",
    "snapshot",
    "totals",
    "upload_by_id",
    "uploads_of",
    "visible_to",
]
