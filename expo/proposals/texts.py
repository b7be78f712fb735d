"""What may be written where: limits of length, characters that break exports, and notices that must not be published.

Plain Python. The phrases come from what really slipped into public programs: review-only notices and job adverts.
"""

import re
import unicodedata
from dataclasses import dataclass

from expo.editions.catalogue import CATALOGUE
from expo.kit.errors import Invalid

ONE_LINE = frozenset({"title", "public_title"})
MOST_PRESENTERS = 12

_CONTROL = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))  # and surrogates
_INVISIBLE = (0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080))
_NO_CHARACTERS = (*range(0xFDD0, 0xFDF0), *range(0xFFFE, 0x110000, 0x10000), *range(0xFFFF, 0x110000, 0x10000))
_NOT_KEPT = dict.fromkeys((*_CONTROL, *_INVISIBLE, *_NO_CHARACTERS))
_NOTICES = (
    (
        r"for\s+(?:the\s+)?(?:purposes?\s+of\s+)?(?:review|evaluation)"
        r"(?:\s+(?:and|or|/)\s*(?:review|evaluation))?(?:\s+purposes?)?\s+only"
    ),
    r"(?:do|may|must|should|can)\s*not\s+(?:be\s+)?(?:re)?distribut\w*",
    r"not\s+(?:intended\s+)?for\s+(?:public\s+)?(?:re)?(?:distribution|publication|release)",
    r"(?:strictly|company|commercially|proprietary\s+and|commercial[\s-]+in[\s-]+)\W*confiden\w+",
    r"confidential(?=\s*(?:$|[.!,:;)\]\n]|[-–—]\s|information|material|document|draft|content|property|do\s+not|and\s+proprietary))",
    r"(?:for\s+)?internal\s+use\s+only",
    r"embargoed\s+until|under\s+(?:an?\s+)?embargo",
    r"non-?disclosure\s+agreement|under\s+nda",
)
_HIRING = (
    r"(?:we\s+are|we['’]re|now|also)\s+(?:currently\s+|actively\s+)?(?:hiring|recruiting)",
    r"join\s+(?:our|the)\s+(?:\w+\s+)?team",
    r"open\s+(?:positions|roles)|job\s+openings?|career\s+(?:page|opportunit\w+)|internship\s+opportunit\w+",
    r"send\s+(?:us\s+)?your\s+(?:cv|r[eé]sum[eé])",
    r"meet\s+(?:our\s+|the\s+)?recruiters?|recruiting\s+(?:booth|event|team)",
)
_notices = re.compile("|".join(_NOTICES), re.IGNORECASE)
_hiring = re.compile("|".join(_HIRING), re.IGNORECASE)


@dataclass(frozen=True)
class TextObjection:
    """A phrase that does not belong into public text; `stops` says whether the text may be published with it."""

    phrase: str
    stops: bool

    @property
    def tone(self) -> str:
        """How a notice shows it."""
        return "danger" if self.stops else "warn"

    @property
    def sentence(self) -> str:
        if self.stops:
            return f"The public text says “{self.phrase}”, so it cannot be published. Take that sentence out."
        return f"The public text says “{self.phrase}”. The Expo is for research, not recruiting: better leave it out."


def tidy(text: str, *, one_line: bool = False) -> str:
    """The text as it is kept: composed Unicode, plain line ends, nothing invisible, no edges of white space."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.translate(_NOT_KEPT)
    return " ".join(text.split()) if one_line else text.strip()


def too_long(name: str, text: str, limit: int) -> str:
    """A sentence when the text of this field is over its limit, else nothing."""
    return over_limit(f"The {CATALOGUE[name].subject}", text, limit)


def over_limit(subject: str, text: str, limit: int) -> str:
    """A sentence about a text with more than `limit` characters, else nothing."""
    length = len(text)
    if length <= limit:
        return ""
    return f"{subject} has {length:,} characters and may have {limit:,}. Shorten it by {length - limit:,}."


def objections(*texts: str) -> list[TextObjection]:
    """What in these texts must not, or should not, be published."""
    objections = [TextObjection(_one_line(hit), True) for text in texts for hit in _notices.finditer(text)]
    objections += [TextObjection(_one_line(hit), False) for text in texts for hit in _hiring.finditer(text)]
    return list(dict.fromkeys(objections))


def _one_line(hit: re.Match[str]) -> str:
    return " ".join(hit.group(0).split())


def checked_reason(reason: str, *, most: int = 500, one_line: bool = False, field: str = "reason") -> str:
    """Somebody's reason, tidied, which may be empty; refuses what is too long to keep."""
    reason = tidy(reason, one_line=one_line)
    if len(reason) > most:
        sentence = f"The reason has {len(reason)} characters and may have {most}. Shorten it."
        raise Invalid("too-long", sentence, field=field)
    return reason
