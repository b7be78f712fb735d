"""Verbs on decisions, split by noun."""

from .batches import Report, Skipped, create_batch, put_in_batch, release_batch, take_out_of_batch
from .deciding import decide

__all__ = ["Report", "Skipped", "create_batch", "decide", "put_in_batch", "release_batch", "take_out_of_batch"]
