"""Texts that say nearly the same. Shingles of `WORDS` words; two texts are near-copies when the shorter one's shingles
are in the other to at least `THRESHOLD`, and both have `LEAST` shingles or more.

Five words in a row are rarely shared by chance: among the real titles and descriptions of past programs, and among
texts on one subject by different people, containment stays below a tenth; a text whose every sixth word was replaced
keeps about a third, one with a sentence more or less nine tenths. Half lies well between.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from .folding import fold

WORDS = 5
LEAST = 20
THRESHOLD = 0.5
_word = re.compile(r"\w+")

Key = TypeVar("Key", bound=Hashable)
Shingles = frozenset[tuple[str, ...]]


def shingles(text: str) -> Shingles:
    """All runs of `WORDS` words, whatever their case, accents and punctuation."""
    words = _word.findall(fold(text).text)
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


def near_copies(texts: Mapping[Key, str]) -> list[tuple[Key, Key, float]]:
    """Every pair of near-copies among many texts with how much of the shorter is in the longer, the nearest first."""
    sets = {key: shingles(text) for key, text in texts.items()}
    owners: dict[tuple[str, ...], list[Key]] = defaultdict(list)
    for key, each in sets.items():
        for shingle in each:
            owners[shingle].append(key)
    shared: dict[tuple[Key, Key], int] = defaultdict(int)
    for keys in owners.values():
        _count_pairs(keys, shared)
    pairs = [(one, other, containment(sets[one], sets[other])) for (one, other) in shared]
    return sorted((pair for pair in pairs if pair[2] >= THRESHOLD), key=lambda pair: -pair[2])


def _count_pairs(keys: Sequence[Key], shared: dict[tuple[Key, Key], int]) -> None:
    for at, one in enumerate(keys):
        for other in keys[at + 1 :]:
            shared[(one, other)] += 1
