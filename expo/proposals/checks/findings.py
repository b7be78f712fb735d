"""What a check is given and what it answers."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: Letters shown before and after what was found.
AROUND = 48


class Code(StrEnum):
    """What was found. The values are kept with proposals, so they stay."""

    NAME = "name"
    SELLING = "selling"
    RECRUITING = "recruiting"
    NOTICE = "notice"
    LINK = "link"
    INSTRUCTION = "instruction"
    HIDDEN = "hidden"
    INVISIBLE = "invisible"
    PRIVATE = "private-characters"
    STACKED = "stacked-marks"
    COPY = "copy"


@dataclass(frozen=True)
class CheckedText:
    """A text of the form: `subject` is what a sentence calls it ("the review text"), `number` the row it is in."""

    field: str
    subject: str
    text: str
    is_blinded: bool = False
    is_public: bool = False
    number: int = 0


@dataclass(frozen=True)
class EarlierText:
    """Something to compare with, and what a sentence calls it."""

    title: str
    words: str
    where: str


@dataclass(frozen=True)
class Writer:
    """Whom the blinded texts must not name: the sponsor's names and domains, its presenters' names and domains."""

    names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    presenters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Everything the checks look at; `is_blinded` says that reviewers score before they know the sponsor."""

    texts: tuple[CheckedText, ...]
    writer: Writer = Writer()
    is_blinded: bool = True
    earlier: tuple[EarlierText, ...] = ()


@dataclass(frozen=True)
class Finding:
    """Something in a text, in words that teach. `stops`: it must be mended; else it may be kept with a reason."""

    code: Code
    field: str
    phrase: str
    excerpt: str
    start: int
    sentence: str
    remedy: str
    stops: bool
    key: str
    number: int = 0
    reason: str = ""
    kept_at: datetime | None = None

    @property
    def is_settled(self) -> bool:
        """Kept with a reason, so that it stands in the way of nothing."""
        return bool(self.reason) and not self.stops

    @property
    def tone(self) -> str:
        """How a notice shows it."""
        return "danger" if self.stops else "warn"

    @property
    def anchor(self) -> str:
        """Where the form has its field."""
        return self.field if self.field in ("presenters", "outline", "links") else f"id_{self.field}"


def found(
    code: Code, text: CheckedText, span: tuple[int, int], sentence: str, remedy: str, *, stops: bool = False
) -> Finding:
    """A finding at a span of a text. Its key changes when the words around it do, so that a kept one is asked anew."""
    start, end = span
    phrase = one_line(text.text[start:end])
    excerpt = excerpt_of(text.text, start, end)
    key = key_of(code, text.field, phrase, excerpt)
    return Finding(code, text.field, phrase, excerpt, start, sentence, remedy, stops, key, text.number)


def key_of(*parts: str) -> str:
    """A stable fingerprint of what was found where, whatever its capitals, spaces and invisible signs."""
    plain = "\n".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", part).casefold()).strip() for part in parts)
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


def excerpt_of(text: str, start: int, end: int) -> str:
    """The words around a span, in one line, cut at spaces."""
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    if first > 0:
        space = text.find(" ", first, start)
        first = space + 1 if space >= 0 else first
    if last < len(text):
        space = text.rfind(" ", end, last)
        last = space if space >= 0 else last
    before, after = "… " if first > 0 else "", " …" if last < len(text) else ""
    return f"{before}{one_line(text[first:last])}{after}"


def one_line(text: str, most: int = 200) -> str:
    """Typed words in one line, not longer than a page can show."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def once_each(findings: Iterable[Finding]) -> list[Finding]:
    """Without those that say the same of the same place."""
    return list({(each.key, each.number): each for each in reversed(list(findings))}.values())[::-1]
