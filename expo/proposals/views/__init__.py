"""Pages of proposals, conflicts and claims."""
