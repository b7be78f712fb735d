"""Pages of this room."""

from . import board, runs, sessions

__all__ = ["board", "runs", "sessions"]
