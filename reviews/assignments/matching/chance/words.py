"""Repeatable random words: from a seed and a purpose, without any hidden state, so that anybody can draw again."""

import hashlib
from collections.abc import Iterator

WORD = 2**64


def stream(seed: int, purpose: bytes) -> Iterator[int]:
    """Endless 64-bit words: BLAKE2b of a counter, keyed by the seed. Different purposes are independent."""
    counter = 0
    while True:
        block = _digest(seed, purpose, b"%d" % counter, 64)
        yield from (int.from_bytes(block[at : at + 8], "big") for at in range(0, 64, 8))
        counter += 1


def word(seed: int, purpose: bytes, subject: bytes) -> int:
    """One 64-bit word that belongs to the subject, however often and in whatever order it is asked for."""
    return int.from_bytes(_digest(seed, purpose, subject, 8), "big")


def _digest(seed: int, purpose: bytes, told: bytes, size: int) -> bytes:
    return hashlib.blake2b(told, digest_size=size, key=b"%d" % seed, person=purpose).digest()
