"""A text as a reader takes it in, whatever it is disguised with, and where each of its letters stands in the original.

Case, accents, look-alike letters of other alphabets, invisible signs and HTML entities are undone.
"""

import html
import re
import unicodedata
from dataclasses import dataclass

from .characters import is_invisible

_ALIKE = {
    "а": "a", "α": "a", "ɑ": "a", "ᴀ": "a", "ас": "ac", "в": "b", "ь": "b", "β": "b", "ʙ": "b", "с": "c",
    "ϲ": "c", "ᴄ": "c", "ԁ": "d", "đ": "d", "ᴅ": "d", "е": "e", "ҽ": "e", "ε": "e", "ᴇ": "e", "һ": "h",
    "н": "h", "հ": "h", "ʜ": "h", "і": "i", "ї": "i", "ι": "i", "ı": "i", "ɩ": "i", "ɪ": "i", "ј": "j",
    "ϳ": "j", "յ": "j", "ᴊ": "j", "к": "k", "κ": "k", "ᴋ": "k", "ӏ": "l", "ł": "l", "ʟ": "l", "м": "m",
    "ᴍ": "m", "п": "n", "η": "n", "ո": "n", "ɴ": "n", "о": "o", "ο": "o", "σ": "o", "օ": "o", "ø": "o",
    "ᴏ": "o", "р": "p", "ρ": "p", "ᴘ": "p", "ԛ": "q", "զ": "q", "г": "r", "ʀ": "r", "ѕ": "s", "ꜱ": "s",
    "т": "t", "τ": "t", "ᴛ": "t", "у": "y", "ү": "y", "γ": "y", "ʏ": "y", "ԝ": "w", "ω": "w", "ᴡ": "w",
    "х": "x", "χ": "x", "ѵ": "v", "ν": "v", "ᴠ": "v", "з": "3", "μ": "u", "υ": "u", "ս": "u", "ᴜ": "u",
    "ց": "g", "ɡ": "g", "ɢ": "g", "ӕ": "ae", "ᴢ": "z", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-",
    "—": "-", "‐": "-", "‑": "-", "−": "-", "⁄": "/", "∕": "/",
}  # fmt: skip
_entity = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,12});")


@dataclass(frozen=True)
class Folded:
    """Plain small letters; `places[i]` is where the letter `i` stands in the original."""

    text: str
    places: tuple[int, ...]
    end: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original a stretch of the plain letters stands."""
        if start >= len(self.places):
            return self.end, self.end
        return self.places[start], (self.places[end] if end < len(self.places) else self.end)

    def squeezed(self) -> "Folded":
        """Letters and digits alone: what is left when words are s p a c e d or dotted."""
        kept = [(sign, place) for sign, place in zip(self.text, self.places, strict=True) if sign.isalnum()]
        return Folded("".join(sign for sign, _ in kept), tuple(place for _, place in kept), self.end)


def fold(text: str) -> Folded:
    """The text in plain small letters, with white space of every kind as single spaces but for line ends."""
    letters: list[str] = []
    places: list[int] = []
    for place, shown in _shown(text):
        for sign in _plain(shown):
            if sign == " " and letters and letters[-1] in " \n":
                continue
            letters.append(sign)
            places.append(place)
    return Folded("".join(letters), tuple(places), len(text))


def _shown(text: str) -> list[tuple[int, str]]:
    """Each sign with its place; an HTML entity is the sign that it stands for."""
    signs: list[tuple[int, str]] = []
    at = 0
    for hit in _entity.finditer(text):
        signs += enumerate(text[at : hit.start()], at)
        signs += [(hit.start(), sign) for sign in html.unescape(hit.group())]
        at = hit.end()
    return [*signs, *enumerate(text[at:], at)]


def _plain(sign: str) -> str:
    if sign == "\n" or sign.isascii():
        return "\n" if sign == "\n" else " " if sign.isspace() else sign.lower()
    if is_invisible(sign):
        return ""
    plain = unicodedata.normalize("NFKD", _ALIKE.get(sign, sign)).casefold()
    kept = "".join(_ALIKE.get(each, each) for each in plain if unicodedata.category(each) not in ("Mn", "Me"))
    return " " if kept.isspace() else kept
