"""Pages of this room."""

from . import answers, board, editor, reasons, runs, sessions, slots

__all__ = ["answers", "board", "editor", "reasons", "runs", "sessions", "slots"]
