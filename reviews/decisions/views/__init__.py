"""Pages of the chairs, split by noun."""

from .desk import batch, create_batch, decide, desk, put, release, take_out
from .fits import ask, fit, fits

__all__ = ["ask", "batch", "create_batch", "decide", "desk", "fit", "fits", "put", "release", "take_out"]
