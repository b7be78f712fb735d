"""Reads about reviewers and their assignments."""
