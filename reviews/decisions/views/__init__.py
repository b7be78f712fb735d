"""Pages of the chairs, a module per subject."""
