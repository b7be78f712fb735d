"""Verbs on decisions, split by noun."""

from .batches import Report, Skipped, create_batch, put_in_batch, release_batch, take_out_of_batch
from .deciding import decide
from .fits import execute_fit, start_fit, sweep_fits

__all__ = [
    "Report",
    "Skipped",
    "create_batch",
    "decide",
    "execute_fit",
    "put_in_batch",
    "release_batch",
    "start_fit",
    "sweep_fits",
    "take_out_of_batch",
]
