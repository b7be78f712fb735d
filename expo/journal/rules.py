"""The journal has no pages: what shows it (the audit desk, a proposal's history) asks its own room's policy."""
