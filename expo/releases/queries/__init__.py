"""Reads about releases: what is public, and what the next one would say."""

from .published import artefact, by_number, current, current_of, print_of, program_of, releases_of, session_of
from .upcoming import Candidate, Preview, assemble, candidates, may_publish, preview, select

__all__ = [
    "Candidate",
    "Preview",
    "artefact",
    "assemble",
    "by_number",
    "candidates",
    "current",
    "current_of",
    "may_publish",
    "preview",
    "print_of",
    "program_of",
    "releases_of",
    "select",
    "session_of",
]
