"""The difference between two revisions, word by word, for people. Plain Python."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

LABELS = {
    "title": "Title",
    "format": "Format",
    "track": "Track",
    "abstract": "Review text",
    "takeaways": "Takeaways",
    "topics": "Topics",
    "expected_audience": "Expected audience",
    "needs": "Needs",
    "presenters": "Presenters",
    "public_title": "Public title",
    "public_text": "Public text",
}
_words = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Part:
    """A stretch of text that is `same`, `added` or `removed`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """What happened to one field; `kind` is added, removed or changed."""

    label: str
    kind: str
    parts: tuple[Part, ...]

    @property
    def sign(self) -> str:
        return {"added": "+", "removed": "−"}.get(self.kind, "~")


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The fields that differ, in the order of the form."""
    pairs = ((label, told(old.get(name)), told(new.get(name))) for name, label in LABELS.items())
    return [_change(label, before, after) for label, before, after in pairs if before != after]


def written(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Everything it says, in the order of the form."""
    rows = ((label, told(content.get(name))) for name, label in LABELS.items())
    return [(label, text) for label, text in rows if text]


def told(value: Any) -> str:
    """A frozen value as text: one presenter or topic per line."""
    if isinstance(value, list):
        return "\n".join(told(each) for each in value)
    if isinstance(value, Mapping):
        who = f"{value.get('name', '')} <{value.get('email', '')}>"
        return ", ".join(filter(None, [who, value.get("affiliation", "")]))
    return "" if value is None else str(value)


def _change(label: str, before: str, after: str) -> Change:
    kind = "changed" if before and after else "added" if after else "removed"
    return Change(label, kind, tuple(_parts(before, after)))


def _parts(before: str, after: str) -> Iterator[Part]:
    old, new = _words.findall(before), _words.findall(after)
    for tag, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield Part("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Part("removed", "".join(old[a:b]))
        if d > c:
            yield Part("added", "".join(new[c:d]))
