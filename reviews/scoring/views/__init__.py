"""Pages of reviews, the ranking and dossiers."""
