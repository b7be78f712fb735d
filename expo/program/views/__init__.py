"""Pages of this room."""

from . import answers, board, editor, links, reasons, runs, sessions, slots

__all__ = ["answers", "board", "editor", "links", "reasons", "runs", "sessions", "slots"]
