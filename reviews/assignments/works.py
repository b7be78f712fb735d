"""Publication lists: BibTeX, a CSV table, or one title per line. Pure; lines that cannot be read are returned."""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from expo.kit import csv_import
from expo.kit.errors import Invalid

Kind = Literal["list", "bibtex", "csv"]
MOST_BYTES = csv_import.MOST_BYTES
MOST_WORKS = 500
MOST_TITLE, MOST_ABSTRACT, MOST_NAME, MOST_ECHO = 300, 5_000, 120, 2_000
#: A work by more people than this is a consortium's, and says nothing about who knows whom.
MOST_AUTHORS = 60
YEARS = range(1900, 2201)
NEEDED = ("title",)
KNOWN = (*NEEDED, "abstract", "year", "authors")
_bullet = re.compile(r"^\s*(?:[-*•–·]|\(?\d{1,3}[.)\]]|\[\d{1,3}\])\s+")
_year_at_end = re.compile(r"\s*(?:[(\[]|[,.]\s)\s*((?:19|20)\d\d)[)\]]?\.?\s*$")
# Within one line: else a million blank lines take a million times as long.
_entry = re.compile(r"^[ \t]*@[ \t]*\w+[ \t]*[{(]", re.MULTILINE)


@dataclass(frozen=True)
class Work:
    """Something somebody wrote. `year=None`: not known. `authors` in the order of the source, if it names any."""

    title: str
    abstract: str = ""
    year: int | None = None
    authors: tuple[str, ...] = ()


@dataclass(frozen=True)
class BadLine:
    """A line (or entry that starts there) that could not be read, and why."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Works:
    """What a list holds: each title once, and the lines that are no work."""

    works: tuple[Work, ...] = ()
    bad: tuple[BadLine, ...] = ()


def kind_of(text: str, filename: str = "") -> Kind:
    """What a list is: by its name if that says so, else by its first words."""
    name = filename.lower()
    if name.endswith((".bib", ".bibtex")) or _entry.search(text):
        return "bibtex"
    header = text.lstrip("\ufeff\r\n ").partition("\n")[0].lower()
    cells = {cell.strip(' "\r') for cell in re.split("[,;\t]", header)}
    return (
        "csv"
        if name.endswith((".csv", ".tsv")) or {"title", "year"} <= cells or {"title", "authors"} <= cells
        else "list"
    )


def decoded(data: bytes) -> str:
    """The text of a file; refuses what is no text or too long."""
    if len(data) > MOST_BYTES:
        raise Invalid(
            "list-too-long", f"This list has {len(data) // 1000} kB; {MOST_BYTES // 1000} kB is the most. Split it."
        )
    try:
        text = data.decode("utf-16" if data[:2] in csv_import.UTF16_MARKS else "utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(
            "list-not-text", "This file is not UTF-8 text. Export it as BibTeX or as “CSV UTF-8”, then try again."
        ) from None
    if "\x00" in text:
        raise Invalid("list-not-text", "This is not a text file. Export the list as BibTeX or CSV, or paste titles.")
    return text


def read(text: str, kind: Kind) -> Works:
    """All works of a list in its order. Refuses a list that is empty, too long or no list at all."""
    text = text.replace("\x00", "").encode(errors="ignore").decode()
    if len(text.encode()) > MOST_BYTES:
        raise Invalid("list-too-long", f"This list is longer than {MOST_BYTES // 1000} kB. Split it.")
    entries = list({"list": _lines, "bibtex": _bibtex, "csv": _table}[kind](text))
    works = tuple({work.title.casefold(): work for work in entries if isinstance(work, Work)}.values())
    bad = tuple(line for line in entries if isinstance(line, BadLine))
    if not works:
        first = f" Line {bad[0].line}: {bad[0].reason} “{bad[0].text[:80]}”" if bad else ""
        raise Invalid(
            "list-empty", f"There is no work in this list.{first} Paste one title per line, or upload BibTeX or CSV."
        )
    if len(works) > MOST_WORKS:
        raise Invalid(
            "list-too-long", f"This list has {len(works)} works; {MOST_WORKS} is the most. Keep the latest ones."
        )
    return Works(works, bad)


def as_list(work: Work) -> str:
    """A list that `read` takes for exactly this work, its authors left out."""
    return csv_import.csv_text(("title", "abstract", "year"), [(work.title, work.abstract, str(work.year or ""))])


def _lines(text: str) -> Iterator[Work | BadLine]:
    for number, raw in enumerate(text.splitlines(), start=1):
        line = " ".join(_bullet.sub("", raw).split())
        if line:
            hit = _year_at_end.search(line)
            title = line[: hit.start()] if hit and hit.start() else line
            yield _work(number, raw, title, year=hit.group(1) if hit else "")


def _table(text: str) -> Iterator[Work | BadLine]:
    for row in csv_import.read(text.encode(), needed=NEEDED, known=KNOWN).rows:
        cell = row.values
        # names are between semicolons or "and"; commas part them only where nothing else does and none is inverted
        authors = " ".join(cell.get("authors", "").split())
        if ";" in authors or re.search(r" (?:and|&) ", authors):
            names = re.split(r";| (?:and|&) ", authors)
        else:
            names = authors.split(",")
            names = names if all(" " in name.strip() for name in names) else [authors]
        yield _work(
            row.line,
            ", ".join(cell for cell in row.cells if cell),
            cell["title"],
            cell.get("abstract", ""),
            cell.get("year", ""),
            names,
        )


def _bibtex(text: str) -> Iterator[Work | BadLine]:
    import bibtexparser
    from bibtexparser.middlewares import LatexDecodingMiddleware

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    model, decoding = bibtexparser.model, LatexDecodingMiddleware()
    for block in bibtexparser.parse_string(text, append_middleware=[decoding]).blocks:
        if isinstance(block, model.Entry):
            yield _read_entry(block)
        elif isinstance(block, model.DuplicateBlockKeyBlock) and isinstance(block.ignore_error_block, model.Entry):
            # a key used twice is no reason to lose a work
            library = bibtexparser.Library([block.ignore_error_block])
            for step in [*bibtexparser.middlewares.parsestack.default_parse_stack(), decoding]:
                library = step.transform(library)
            yield _read_entry(library.entries[0])
        elif isinstance(block, model.ParsingFailedBlock):
            line, reason = (block.start_line or 0) + 1, "This entry is broken: often a brace that is never closed."
            yield BadLine(line, reason, _short(block.raw or ""))


def _read_entry(entry: Any) -> Work | BadLine:
    fields = {key.lower(): str(field.value) for key, field in entry.fields_dict.items()}
    names = re.split(r"\s+and\s+", _tidy(fields.get("author", "")))
    line = (entry.start_line or 0) + 1
    year = fields.get("year") or fields.get("date", "")[:4]
    return _work(line, entry.raw or "", fields.get("title", ""), fields.get("abstract", ""), year, names)


def _work(
    line: int, raw: str, title: str, abstract: str = "", year: str = "", authors: Iterable[str] = ()
) -> Work | BadLine:
    title = _tidy(title)
    if not any(char.isalpha() for char in title):
        return BadLine(line, "It has no title.", _short(raw))
    if len(title) > MOST_TITLE:
        return BadLine(line, f"Its title has {len(title)} characters; {MOST_TITLE} is the most.", _short(raw))
    digits = year.strip()
    known_year = int(digits) if re.fullmatch("[0-9]{4}", digits) and int(digits) in YEARS else None
    names = [name for name in map(_tidy, authors) if any(map(str.isalpha, name)) and name.lower() != "others"]
    if len(names) > MOST_AUTHORS:
        names = []
    people = tuple(dict.fromkeys(name for name in names if len(name) <= MOST_NAME))
    return Work(title, _tidy(abstract)[:MOST_ABSTRACT], known_year, people)


def _tidy(text: str) -> str:
    return " ".join(text.replace("{", "").replace("}", "").split())


def _short(text: str) -> str:
    return text.strip()[:MOST_ECHO]
