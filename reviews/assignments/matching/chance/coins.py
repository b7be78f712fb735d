"""Who may step in where a drawn assignment falls away, so that the cap on a pair's probability survives."""

from collections.abc import Iterable, Mapping

from ..problem import Pair
from .words import WORD, word

#: Probabilities are counted in whole parts of this.
SCALE = 10_000


def parts_of(chance: float) -> int:
    """A cap in whole parts, rounded down so that it is never exceeded. (The small sum undoes 0.29 * 100 = 28.99.)"""
    return int(min(1.0, max(0.0, chance)) * SCALE + 1e-6)


def allowed(pairs: Iterable[Pair], chances: Mapping[Pair, float], q: float, seed: int) -> set[Pair]:
    """The pairs that replacements may use: each says yes with probability (q - x) / (1 - x), x its chance in the draw.

    P(drawn) + P(not drawn) P(yes) = x + (1 - x) (q - x) / (1 - x) = q, and a coin never changes: so however many
    repairs follow, and whatever causes them, the pair comes out with at most q. That holds only while the coins are
    tossed with one and the same seed, that of the draw which gave the chances. A pair without a chance counts as 0.
    """
    most = parts_of(q)
    return {pair for pair in pairs if _face(pair, seed) < yes_faces(round(chances.get(pair, 0.0) * SCALE), most)}


def yes_faces(drawn: int, most: int) -> int:
    """How many of a coin's 2**64 faces say yes, for a chance of `drawn` and a cap of `most` parts; never too many."""
    return WORD if most >= SCALE else max(0, most - drawn) * WORD // max(1, SCALE - drawn)


def _face(pair: Pair, seed: int) -> int:
    return word(seed, b"coin", b"%d:%d" % pair)
