"""Public codes: six characters, readable aloud, never reused."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_unguessable = random.SystemRandom()
_source: ContextVar[random.Random | None] = ContextVar("source", default=None)


def new_code() -> str:
    """A random code of the shape `[0-9A-Z]{6}` that schedule.xml asks for, without 0/O and 1/I."""
    source = _source.get() or _unguessable
    return "".join(source.choice(ALPHABET) for _ in range(6))


@contextmanager
def seeded(seed: str) -> Iterator[None]:
    """The same codes for the same seed inside the block: for the demo edition only."""
    token = _source.set(random.Random(seed))  # noqa: S311 - codes are names, not secrets
    try:
        yield
    finally:
        _source.reset(token)
