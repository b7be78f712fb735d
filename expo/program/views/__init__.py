"""Pages of this room."""

from . import answers, board, editor, runs, sessions, slots

__all__ = ["answers", "board", "editor", "runs", "sessions", "slots"]
