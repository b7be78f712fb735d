"""Verbs on rubrics, by subject."""
