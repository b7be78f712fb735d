"""Chance: no pair comes out with more than a given probability, so that nobody can count on getting a proposal."""

from .coins import SCALE, allowed, parts_of, yes_faces
from .lottery import best, sample
from .marginals import Marginals, marginals
from .rounding import Circulation, draw

__all__ = [
    "SCALE",
    "Circulation",
    "Marginals",
    "allowed",
    "best",
    "draw",
    "marginals",
    "parts_of",
    "sample",
    "yes_faces",
]
