"""Public codes: six characters, readable aloud, never reused."""

import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_code() -> str:
    """A random code of the shape `[0-9A-Z]{6}` that schedule.xml asks for, without 0/O and 1/I."""
    return "".join(secrets.choice(ALPHABET) for _ in range(6))
