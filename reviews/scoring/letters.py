"""By which letter the reviewers of one proposal know one another. Plain Python.

A letter is drawn by a keyed hash, so that it follows neither from names nor from who was asked, read or submitted
first; whoever comes later changes nobody's letter.
"""

import hmac
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import count

#: Without I, O and Q, which are read as digits or as one another.
ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ"
#: How many people get one letter; whoever comes after them gets two.
SINGLE = 16


def letters(key: bytes, people: Sequence[int]) -> dict[int, str]:
    """Each person's letter; `people` in the order in which they came, whoever has left included.

    `key` is secret and another one for each proposal.
    """
    drawn: dict[int, str] = {}
    for person in dict.fromkeys(people):
        width = 1 if len(drawn) < SINGLE else 2
        drawn[person] = next(each for each in _draws(key, person, width) if each not in drawn.values())
    return drawn


def _draws(key: bytes, person: int, width: int) -> Iterator[str]:
    """Letters for one person, drawn again and again."""
    for attempt in count():
        digest = hmac.digest(key, f"{person}:{attempt}".encode(), sha256)
        number = int.from_bytes(digest[:8])
        yield "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(width))
