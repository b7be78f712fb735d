"""Verbs on proposals: everything that changes one, a claim or a conflict."""
