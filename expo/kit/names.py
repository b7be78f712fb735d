"""People's names and mail addresses as sources write them, made comparable. No Django."""

import unicodedata
from functools import lru_cache

#: Letters that Unicode does not take apart, though sources do: after case folding.
_SPELLED_OUT = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
#: Letters that look like nothing: fillers of Hangul, and the joiner of graphemes.
_FILLERS = frozenset("\u034f\u115f\u1160\u3164\uffa0")
#: Marks that make another letter (nukta, the voicing of kana, virama), unlike accents and points.
_OF_THE_LETTER = (0, 7, 8, 9)


@lru_cache(maxsize=50_000)
def plain(name: str) -> str:
    """A name without what differs from source to source: case, accents, points, hyphens, and "Last, First"."""
    last, comma, first = name.partition(",")
    turned = f"{first} {last}" if comma else name
    letters = unicodedata.normalize("NFKD", turned).casefold().translate(_SPELLED_OUT)
    return " ".join("".join(_plain_sign(sign) for sign in letters if not _is_invisible(sign)).split())


def _plain_sign(sign: str) -> str:
    if unicodedata.category(sign).startswith("M"):
        return sign if unicodedata.combining(sign) in _OF_THE_LETTER else ""
    return sign if sign.isalnum() else " "


def visible(text: str) -> str:
    """The text without signs that nobody sees, as they come along with what was copied."""
    return "".join(sign for sign in text if not _is_invisible(sign))


def _is_invisible(sign: str) -> bool:
    return sign in _FILLERS or "\ufe00" <= sign <= "\ufe0f" or unicodedata.category(sign) == "Cf"


@lru_cache(maxsize=50_000)
def plain_address(email: str) -> str:
    """A mail address without what leads to the same mailbox: capitals, invisible signs, a tag after a plus."""
    box, at, domain = visible(email).strip().lower().rpartition("@")
    return f"{box.partition('+')[0] or box}{at}{domain}"
