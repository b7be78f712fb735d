"""Reads about the day itself."""
