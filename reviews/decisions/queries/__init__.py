"""Reads about decisions: what they rest on, the desk, batches, and whether the accepted fit."""
