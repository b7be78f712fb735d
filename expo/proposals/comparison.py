"""Two contents of a proposal side by side, for reading: paragraphs, lists row by row, single values.

Plain Python. A content is what a revision freezes (`queries.content.content_of`). Of every text the left column,
joined, is the old one, and the right column the new one: nothing is left out, and nothing is woven together.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from typing import Any, Literal, NamedTuple

from expo.editions.catalogue import CATALOGUE

#: Share of common words (Dice, 0 to 1) from which two paragraphs are shown beside each other as the same one, changed.
SIMILAR = 0.3
#: Share of common words below which such a pair is shown whole, old beside new, without marks on its words.
REWRITTEN = 0.6
#: Unchanged words between two changes that are not worth an island of their own.
ISLAND = 2
#: Units on a side above which a text is compared as one (nobody writes it; the time grows with the square).
MOST_UNITS = 150

LABELS = {
    "format": "Format",
    "track": "Track",
    **{name: field.label for name, field in CATALOGUE.items()},
    "preferred_rooms": "Rooms you would like",
    "excluded_rooms": "Rooms that are impossible",
}
#: Texts of which every line counts by itself; of others a line belongs to its paragraph, as in Markdown.
ONE_PER_LINE = frozenset({"takeaways"})
_ORDER = {name: at for at, name in enumerate(LABELS)}
_words = re.compile(r"\s+|\w+|[^\w\s]")
_lines = re.compile(r"[^\n]*\n|[^\n]+")
_item = re.compile(r"[ \t]*(?:[-*+•–]|\d{1,3}[.)]|#{1,6})[ \t]")  # begins a list's item, or is a heading


class ComparedText(NamedTuple):
    """A stretch of text, and whether the other side lacks it."""

    text: str
    is_marked: bool


RowKind = Literal["same", "changed", "removed", "added"]


@dataclass(frozen=True)
class ComparedRow:
    """A paragraph, an item of a list or a value, on both sides; a side without it is empty."""

    kind: RowKind
    old: tuple[ComparedText, ...]
    new: tuple[ComparedText, ...]

    @property
    def is_same(self) -> bool:
        return self.kind == "same"


@dataclass(frozen=True)
class ComparedField:
    """A field that differs, with its rows in order."""

    name: str
    label: str
    rows: tuple[ComparedRow, ...]

    @property
    def parts(self) -> list[tuple[int, ComparedRow | None]]:
        """Its rows as a page shows them: a run of more than two unchanged ones is only its number, and None."""
        parts: list[tuple[int, ComparedRow | None]] = []
        for is_same, run in groupby(self.rows, lambda row: row.is_same):
            rows = list(run)
            parts += [(len(rows), None)] if is_same and len(rows) > 2 else [(1, row) for row in rows]
        return parts

    @property
    def is_only_space(self) -> bool:
        """Only blank lines, or spaces at the ends of paragraphs, differ."""
        return all(row.is_same for row in self.rows)


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ComparedField]:
    """The fields that differ, in the order of the form."""
    return [compare_field(name, before.get(name), after.get(name)) for name in _changed(before, after)]


def changed_labels(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What the fields that differ are called, in the order of the form."""
    return [label_of(name) for name in _changed(before, after)]


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in _in_order({*before, *after}) if (before.get(name) or "") != (after.get(name) or "")]


def _in_order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))


def compare_field(name: str, old: Any, new: Any) -> ComparedField:
    """One field: a list by its items, a text by its paragraphs."""
    if isinstance(old, list) or isinstance(new, list):
        units = [[as_text(each) + "\n" for each in value or ()] for value in (old, new)]
    else:
        units = [paragraphs(as_text(value), by_line=name in ONE_PER_LINE) for value in (old, new)]
    return ComparedField(name, label_of(name), tuple(_rows(*units)))


def label_of(name: str) -> str:
    """What a page calls a field."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def written(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Everything it says, in the order of the form: label and text."""
    rows = ((label_of(name), as_text(content[name])) for name in _in_order(content))
    return [(label, text) for label, text in rows if text]


def as_text(value: Any) -> str:
    """A frozen value as people read it; an item per line."""
    if isinstance(value, list):
        return "\n".join(as_text(each) for each in value)
    if isinstance(value, Mapping):
        return _entry_as_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _entry_as_text(entry: Mapping[str, Any]) -> str:
    """A presenter, a part of the outline or a link, the important first; what is not known here follows by its name."""
    rest = {name: value for name, value in entry.items() if value not in (None, "", [], ())}
    minutes = rest.pop("minutes", None)
    heading = [f"{minutes} min"] if minutes is not None else []
    heading += [str(rest.pop(name)) for name in ("title", "label", "name") if name in rest]
    if "email" in rest:
        heading.append(f"<{rest.pop('email')}>")
    first = " ".join(heading)
    lines = [", ".join(filter(None, [first, str(rest.pop("affiliation", ""))]))]
    lines += [str(rest.pop(name)) for name in ("url", "link", "biography", "text") if name in rest]
    for name, value in rest.items():
        said = ", ".join(map(as_text, value)) if isinstance(value, list) else as_text(value)
        lines.append(f"{name.replace('_', ' ').capitalize()}: {said}")
    return "\n".join(filter(None, lines))


# --- Paragraphs -------------------------------------------------------------------------------------------


def paragraphs(text: str, *, by_line: bool = False) -> list[str]:
    """The text in pieces that follow each other: paragraphs, items of lists and headings, each with its line ends."""
    units: list[str] = []
    starts = True
    for line in _lines.findall(text):
        is_blank = not line.strip()
        if units and (is_blank or not (starts or _item.match(line))):
            units[-1] += line
        else:
            units.append(line)
        starts = by_line or is_blank
    return units if len(units) <= MOST_UNITS else [text]


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[ComparedRow]:
    """Both sides aligned: what is the same first, and between that the paragraphs that resemble each other."""
    left_keys, right_keys = ([unit.strip() for unit in side] for side in (old, new))
    for tag, a, b, c, d in SequenceMatcher(None, left_keys, right_keys, autojunk=False).get_opcodes():
        if tag == "equal":
            for left, right in zip(old[a:b], new[c:d], strict=True):
                yield ComparedRow("same", _whole(left), _whole(right))
        else:
            yield from _aligned(old[a:b], new[c:d])


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[ComparedRow]:
    """A stretch in which no paragraph is the same: pairs by likeness, in order; what is left over by its place."""
    done_old = done_new = 0
    for a, b in [*_pairs(old, new), (len(old), len(new))]:
        for left, right in zip_longest(old[done_old:a], new[done_new:b]):
            yield _row(left, right)
        if a < len(old):
            yield _row(old[a], new[b])
        done_old, done_new = a + 1, b + 1


def _pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of paragraphs, none crossing another, whose likeness adds up to most."""
    bags = [[Counter(_words.findall(unit.casefold())) for unit in side] for side in (old, new)]
    best: list[list[tuple[float, tuple[tuple[int, int], ...]]]] = [[(0.0, ())] * (len(new) + 1)]
    for a, left in enumerate(bags[0]):
        row: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())]
        for b, right in enumerate(bags[1]):
            choices = [best[a][b + 1], row[b]]
            likeness = _likeness(left, right)
            if likeness >= SIMILAR:
                score, pairs = best[a][b]
                choices.append((score + likeness, (*pairs, (a, b))))
            row.append(max(choices, key=lambda choice: choice[0]))
        best.append(row)
    return list(best[-1][-1][1])


def _likeness(left: Counter[str], right: Counter[str]) -> float:
    """Twice the common words over all words; spaces and punctuation do not count."""
    sizes = [sum(count for word, count in bag.items() if word[0].isalnum()) for bag in (left, right)]
    common = sum(min(count, right[word]) for word, count in left.items() if word[0].isalnum())
    return 2 * common / sum(sizes) if sum(sizes) else 0.0


# --- Words ------------------------------------------------------------------------------------------------


def _row(old: str | None, new: str | None) -> ComparedRow:
    if old is None or new is None:
        return ComparedRow("added" if old is None else "removed", _whole(old or ""), _whole(new or ""))
    left, right = (_words.findall(unit) for unit in (old, new))
    matcher = SequenceMatcher(None, left, right)
    if _likeness(Counter(left), Counter(right)) < REWRITTEN or matcher.ratio() < REWRITTEN:
        return ComparedRow("changed", _whole(old), _whole(new))
    spans = _without_islands(matcher.get_opcodes(), left)
    return ComparedRow(
        "changed",
        tuple(ComparedText("".join(left[a:b]), differs) for differs, a, b, _, _ in spans if b > a),
        tuple(ComparedText("".join(right[c:d]), differs) for differs, _, _, c, d in spans if d > c),
    )


def _whole(text: str) -> tuple[ComparedText, ...]:
    return (ComparedText(text, False),) if text else ()


Span = tuple[bool, int, int, int, int]


def _without_islands(opcodes: Iterable[tuple[str, int, int, int, int]], words: Sequence[str]) -> list[Span]:
    """Stretches that differ or not, joined where only a word or two between two of them are the same."""
    codes = list(opcodes)
    merged: list[Span] = []
    for at, (tag, a, b, c, d) in enumerate(codes):
        is_between = 0 < at < len(codes) - 1
        is_island = tag == "equal" and is_between and sum(word[0].isalnum() for word in words[a:b]) <= ISLAND
        differs = tag != "equal" or is_island
        if merged and merged[-1][0] == differs:
            merged[-1] = (differs, merged[-1][1], b, merged[-1][3], d)
        else:
            merged.append((differs, a, b, c, d))
    return merged
