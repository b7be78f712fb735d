"""Verbs on decisions, batches and questions to the scheduler."""
