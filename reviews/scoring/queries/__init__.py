"""Reads about reviews and standings, split by noun."""

from .dossier import Dossier, JudgedBy, dossier
from .places import PlacePool, pools
from .reading import assignment_by_id, next_in_queue, review_of
from .standings import Flag, Overview, Standing, overview, standings
from .table import Reading

__all__ = [
    "Dossier",
    "Flag",
    "JudgedBy",
    "Overview",
    "PlacePool",
    "Reading",
    "Standing",
    "assignment_by_id",
    "dossier",
    "next_in_queue",
    "overview",
    "pools",
    "review_of",
    "standings",
]
