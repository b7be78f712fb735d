"""What may be written where: limits of length, and the form in which a text is kept. Plain Python."""

import unicodedata

from expo.editions.catalogue import CATALOGUE
from expo.kit.errors import Invalid

from .checks.characters import astray, is_invisible, named, without_strays

ONE_LINE = frozenset({"title", "public_title"})
MOST_PRESENTERS = CATALOGUE["presenters"].most


def tidy(text: str, *, one_line: bool = False) -> str:
    """The text as it is kept: composed Unicode, plain line ends, nothing astray that nobody sees, no white edges.

    What is taken out is named by `taken_out`.
    """
    text = unicodedata.normalize("NFC", without_strays(_plain_ends(text)))
    text = " ".join(text.split()) if one_line else text.strip()
    return text if any(not is_invisible(sign) for sign in text) else ""


def taken_out(text: str) -> str:
    """The signs that `tidy` takes out of a text because nobody sees them, by name and code point; mostly nothing."""
    text = _plain_ends(text)
    return named("".join(text[at] for at in astray(text)))


def _plain_ends(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def too_long(name: str, text: str, limit: int) -> str:
    """A sentence when the text of this field is over its limit, else nothing."""
    return over_limit(f"The {CATALOGUE[name].subject}", text, limit)


def over_limit(subject: str, text: str, limit: int) -> str:
    """A sentence about a text with more than `limit` characters, else nothing."""
    length = len(text)
    if length <= limit:
        return ""
    return f"{subject} has {length:,} characters and may have {limit:,}. Shorten it by {length - limit:,}."


def checked_reason(reason: str, *, most: int = 500, one_line: bool = False, field: str = "reason") -> str:
    """Somebody's reason, tidied, which may be empty; refuses what is too long to keep."""
    reason = tidy(reason, one_line=one_line)
    if len(reason) > most:
        sentence = f"The reason has {len(reason)} characters and may have {most}. Shorten it."
        raise Invalid("too-long", sentence, field=field)
    return reason


def required_reason(reason: str, *, field: str = "reason") -> str:
    """The same, where there has to be one."""
    reason = checked_reason(reason, field=field)
    if not reason:
        raise Invalid("reason-needed", "Say why, in a sentence.", field=field)
    return reason
