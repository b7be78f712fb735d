"""Pages of the queue: the reviewer's, the board, and runs."""
