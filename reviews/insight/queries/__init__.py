"""Reads for chairs, computed over what the viewer sees."""
