"""Reads about reviews, the ranking and the pools of formats."""
