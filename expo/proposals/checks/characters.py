"""Characters that nobody sees, or that change how others are shown: which stand where they belong, which are astray.

An emoji family, a Persian or Indic joiner, a variant of an ideograph need such signs. Everywhere else they hide text,
split words or turn their order, so they are taken out when a text is saved, and the writer reads which they were.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

#: Default-ignorable code points of Unicode 16, assigned or not.
_IGNORABLE = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
#: Formats that are not: annotations, the place of an object, controls of hieroglyphs, the empty Braille pattern.
_FORMATS = ((0xFFF9, 0xFFFC), (0x13430, 0x1343F), (0x2800, 0x2800))
#: Controls but tab and line ends, halves of characters, and code points that are no characters.
_BROKEN = (
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xD800, 0xDFFF), (0xFDD0, 0xFDEF),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
)  # fmt: skip
#: Where words are written with joiners: Arabic, Syriac, N'Ko and their kin, Indic scripts, Myanmar, Khmer, Mongolian.
_JOINING = (
    (0x0600, 0x08FF), (0x0900, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x18AF), (0x1900, 0x1AAF), (0x1B00, 0x1C4F),
    (0xA800, 0xA82F), (0xA840, 0xA8FF), (0xA980, 0xA9DF), (0xAA00, 0xAADF), (0xABC0, 0xABFF), (0xFB50, 0xFDFF),
    (0xFE70, 0xFEFC), (0x10A00, 0x10A5F), (0x10D00, 0x10D3F), (0x11000, 0x11FFF), (0x1E900, 0x1E95F),
)  # fmt: skip
_FLAGS = frozenset({"gbeng", "gbsct", "gbwls"})
_ZWNJ, _ZWJ, _TEXT_STYLE, _EMOJI_STYLE, _KEYCAP = "\u200c", "\u200d", "\ufe0e", "\ufe0f", "\u20e3"
_DIRECTIONS = frozenset("\u200e\u200f\u061c")
#: How far a mark of direction may be from a letter that is written from right to left: signs of its sentence between.
_NEAR = 4
#: Most marks on one letter: Hebrew with points and accents, or Tibetan, needs four.
MOST_MARKS = 4


def _class(*spans: tuple[int, int]) -> str:
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in spans)


_suspects = re.compile(f"[{_class(*_IGNORABLE, *_FORMATS, *_BROKEN)}]")
_joining = re.compile(f"[{_class(*_JOINING)}]")
_tags = re.compile("\U0001f3f4([\U000e0020-\U000e007e]+)\U000e007f")
_private = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")


def is_invisible(sign: str) -> bool:
    """Whether nobody sees this sign by itself, wherever it stands."""
    return _suspects.match(sign) is not None


def astray(text: str) -> list[int]:
    """The positions of all invisible and broken signs that do not belong where they are."""
    flags = [range(*hit.span()) for hit in _tags.finditer(text) if _letters(hit.group(1)) in _FLAGS]
    belonging = {place for span in flags for place in span}
    return [
        hit.start()
        for hit in _suspects.finditer(text)
        if hit.start() not in belonging and not _belongs(text, hit.start())
    ]


def _letters(tags: str) -> str:
    return "".join(chr(ord(tag) - 0xE0000) for tag in tags)


def _belongs(text: str, at: int) -> bool:
    """Whether the sign before it needs it there, as in an emoji, a Persian word or a variant of an ideograph."""
    sign, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    point = ord(sign)
    if sign == "\r":  # part of a line end, however it is written
        return True
    if sign in _DIRECTIONS:
        return any(map(_is_right_to_left, text[max(0, at - _NEAR) : at] + text[at + 1 : at + 1 + _NEAR]))
    if not before:
        return False
    if sign == _ZWNJ:
        return _joining.match(before) is not None
    if sign == _ZWJ:
        return _joining.match(before) is not None or (_ends_pictograph(before) and _is_pictograph(after))
    if sign in (_TEXT_STYLE, _EMOJI_STYLE):
        return _is_pictograph(before) or (before in "0123456789#*" and after == _KEYCAP)
    if 0xFE00 <= point <= 0xFE02 or 0xE0100 <= point <= 0xE01EF:
        return _is_ideograph(before) or (point == 0xFE00 and unicodedata.category(before) == "Sm")
    if 0x180B <= point <= 0x180F:
        return 0x1820 <= ord(before) <= 0x18AA
    if 0x13430 <= point <= 0x1343F:
        return 0x13000 <= ord(before) <= 0x1345F
    return point == 0x2800 and any(0x2801 <= ord(near) <= 0x28FF for near in (before, after) if near)


def _is_right_to_left(sign: str) -> bool:
    """Whether it is a letter that is written from right to left; the marks of direction themselves are none."""
    return sign not in _DIRECTIONS and unicodedata.bidirectional(sign) in ("R", "AL")


def _is_ideograph(sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD)))


def _is_pictograph(sign: str) -> bool:
    return bool(sign) and (unicodedata.category(sign) in ("So", "Sk") or sign in "©®‼⁉↔↕↖↗↘↙⤴⤵〰〽")


def _ends_pictograph(sign: str) -> bool:
    return _is_pictograph(sign) or sign in (_EMOJI_STYLE, "\U000e007f")


def without_strays(text: str) -> str:
    """The text without signs that are astray."""
    gone = set(astray(text))
    return "".join(sign for at, sign in enumerate(text) if at not in gone) if gone else text


def named(signs: str) -> str:
    """Signs by name and code point, the most frequent first: "2 × zero width space (U+200B)"."""
    counts = Counter(signs).most_common()
    shown = [f"{f'{count} × ' if count > 1 else ''}{_name(sign)} (U+{ord(sign):04X})" for sign, count in counts[:4]]
    if len(counts) > 4:
        shown.append(f"{len(counts) - 4} other kinds")
    return ", ".join(shown)


def _name(sign: str) -> str:
    category = unicodedata.category(sign)
    unnamed = {"Cc": "control character", "Cs": "half of a character", "Co": "private character"}
    return unicodedata.name(sign, unnamed.get(category, "character without a meaning")).lower()


def private_runs(text: str) -> Iterator[tuple[int, int]]:
    """Where characters stand that mean something in one font only."""
    return (hit.span() for hit in _private.finditer(text))


def stacks(text: str) -> Iterator[tuple[int, int]]:
    """Where more marks are piled on one letter than any script needs."""
    start, letters = 0, unicodedata.category
    for at in range(len(text) + 1):
        if at < len(text) and (letters(text[at]) in ("Mn", "Me") and not is_invisible(text[at])):
            continue
        if at - start - 1 > MOST_MARKS:
            yield max(start, 0), at
        start = at
