"""People's names and mail addresses as sources write them, made comparable. No Django."""

import re
import unicodedata
from functools import lru_cache

#: Letters that Unicode does not take apart, though sources do: after case folding.
_SPELLED_OUT = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
#: Letters that look like nothing: fillers of Hangul, and the joiner of graphemes.
_turning = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff]")
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


def without_turns(text: str) -> str:
    """The text without controls, and without signs that reverse or split what is shown beside them.

    Joiners and marks of direction stay: some scripts need them.
    """
    return _turning.sub("", text)


def _is_invisible(sign: str) -> bool:
    return sign in _FILLERS or "\ufe00" <= sign <= "\ufe0f" or unicodedata.category(sign) == "Cf"


@lru_cache(maxsize=50_000)
def plain_address(email: str) -> str:
    """A mail address without what leads to the same mailbox: capitals, invisible signs, a tag after a plus."""
    box, at, domain = visible(email).strip().lower().rpartition("@")
    return f"{box.partition('+')[0] or box}{at}{domain}"


#: What contracts add to a company's name, in plain form.
_LEGAL_FORMS = (
    "ab ag aps as asa bv co company corp corporation gmbh inc incorporated kg kgaa kk limited llc llp lp ltd nv ohg oy "
    "oyj plc pte pty pvt sa sarl sas se spa srl ug"
)
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())


def organisation_key(name: str) -> str:
    """An organisation's name without what differs from keyboard to keyboard: case, spaces, how accents are composed."""
    letters = unicodedata.normalize("NFKC", visible(name)).casefold()
    return " ".join(unicodedata.normalize("NFKC", letters).split())


def organisation_stem(name: str) -> str:
    """An organisation's name without accents, punctuation and the legal form at its end: "Acme, S.A." is "acme"."""
    words = plain("".join(" " if sign == "," else sign for sign in name if sign not in "./'’")).split()
    kept = len(words)
    while kept > 1 and words[kept - 1] in LEGAL_FORMS:
        kept -= 1
    return " ".join(words[:kept]) or organisation_key(name)
