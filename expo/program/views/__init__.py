"""Pages of this room."""

from . import answers, board, runs, sessions, slots

__all__ = ["answers", "board", "runs", "sessions", "slots"]
