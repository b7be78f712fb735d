"""Texts that say nearly the same. Shingles of `WORDS` words; two texts are near-copies when the shorter one's shingles
are in the other to at least `THRESHOLD`, and both have `LEAST` shingles or more.

Five words in a row are rarely shared by chance: no two of 86 real titles of past programs do. A text in which every
tenth word is another keeps half of its runs, one in which every sixth is keeps a fifth: so a half finds what was
touched up, and leaves alone what was written anew on the same subject.
"""

import re

from .folding import fold

WORDS = 5
LEAST = 20
THRESHOLD = 0.5
_word = re.compile(r"\w+")

Shingles = frozenset[tuple[str, ...]]


def shingles(text: str) -> Shingles:
    """All runs of `WORDS` words, whatever their case, accents and punctuation."""
    words = _word.findall(text.lower() if text.isascii() else fold(text).text)
    return frozenset(tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1))


def containment(one: Shingles, other: Shingles) -> float:
    """Which part of the shorter text is in the longer one, 0 to 1; 0 when either is too short to tell."""
    if min(len(one), len(other)) < LEAST:
        return 0.0
    return len(one & other) / min(len(one), len(other))


def is_near_copy(one: Shingles, other: Shingles) -> bool:
    return containment(one, other) >= THRESHOLD


def same_title(one: str, other: str) -> bool:
    """Whether two titles of three words or more are the same but for case and punctuation."""
    words = _word.findall(fold(one).text)
    return len(words) >= 3 and words == _word.findall(fold(other).text)
