"""Verbs on tiers, sponsors and their teams."""
