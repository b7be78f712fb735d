"""CSV files that people upload: bytes in, numbered rows out; rows with errors go back as a file. No Django."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .errors import Invalid
from .text import are, listed

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# What makes a spreadsheet run a cell instead of showing it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Some spreadsheets write this into a first line of its own.
STATED_DELIMITER = re.compile(r'"?sep=([,;\t])"?\r?\n', re.IGNORECASE)


@dataclass(frozen=True)
class CsvRow:
    """One line of a table: its number in the file, its cells as they came, and by column name."""

    line: int
    cells: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CsvTable:
    """A table: the header as it came, and its rows."""

    header: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowError:
    """A row that could not be imported, and why."""

    line: int
    column: str
    reason: str
    cells: tuple[str, ...]


def read(data: bytes, *, needed: Sequence[str], known: Sequence[str]) -> CsvTable:
    """Read a CSV file with a header line; commas, semicolons or tabs. Refuses what cannot be read without loss."""
    lines = _records(_text(data))
    if not lines:
        raise Invalid(
            "empty-file", "This file has no lines. The first line names the columns; start from the template."
        )
    (_, header), *body = lines
    names = [_key(name) for name in header]
    _check_header(names, needed)
    rows = tuple(
        CsvRow(line, tuple(cells), {name: _cell(cells, index) for index, name in enumerate(names) if name})
        for line, cells in body
    )
    ignored = tuple(name for name, key in zip(header, names, strict=True) if key and key not in known)
    return CsvTable(tuple(header), rows, ignored)


def csv_text(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A CSV text that spreadsheets open as UTF-8 and never run."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([_escaped(cell) for cell in header])
    writer.writerows([_escaped(cell) for cell in line] for line in lines)
    return out.getvalue()


def example_text(columns: Sequence[tuple[str, bool, str, str]]) -> str:
    """A CSV template: the columns (name, needed, help, example) and one row of examples."""
    return csv_text([name for name, *_ in columns], [[example for *_, example in columns]])


def error_table(header: Sequence[str], errors: Iterable[RowError]) -> str:
    """The rows with errors as a CSV text with a column `reason`, to be corrected and uploaded again."""
    errors = list(errors)
    width = max([len(header), *(len(error.cells) for error in errors)])
    names = [_cell(header, index) for index in range(width)]
    kept = [index for index, name in enumerate(names) if _key(name) != "reason"]
    rows = [
        [
            *(_cell(error.cells, index) for index in kept),
            f"{error.column}: {error.reason}" if error.column else error.reason,
        ]
        for error in errors
    ]
    return csv_text([*(names[index] for index in kept), "reason"], rows)


def unescaped(cell: str) -> str:
    """A cell without the quote that kept a spreadsheet from running it."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def _escaped(cell: str) -> str:
    return f"'{cell}" if _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    """True also behind leading quotes, so that reading what was written gives the same text."""
    return cell.lstrip("'").startswith(FORMULA_STARTS)


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise Invalid(
            "file-too-large", f"This file has {len(data) // 1000} kB; {MOST_BYTES // 1000} kB is the most. Split it."
        )
    encoding = "utf-16" if data[:2] in UTF16_MARKS else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid(
            "not-utf-8",
            f"Line {line} is not UTF-8 text, so names would be garbled. Save the file as “CSV UTF-8”, then try again.",
        ) from None
    if "\x00" in text:
        raise Invalid("not-a-table", "This file is not a text table. Save it as “CSV UTF-8” and upload it again.")
    return text


def _records(text: str) -> list[tuple[int, list[str]]]:
    """Lines with the number where each starts; blank ones are left out."""
    stated = STATED_DELIMITER.match(text)
    above, body = (1, text[stated.end() :]) if stated else (0, text)
    first = body.lstrip("\r\n").partition("\n")[0]
    delimiter = stated[1] if stated else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    start = 1 + above
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((start, [unescaped(cell.strip()) for cell in cells]))
            start = reader.line_num + 1 + above
    except csv.Error as error:
        raise Invalid(
            "broken-table",
            f"The line that starts at {start} cannot be read ({error}): often a quote that is never closed. "
            "Nothing was imported.",
        ) from None
    if len(records) > MOST_ROWS + 1:
        raise Invalid("too-many-lines", f"This file has {len(records) - 1} lines; {MOST_ROWS} is the most. Split it.")
    return records


def _key(name: str) -> str:
    """A column's name as people write it: "Contact E-mail" is contact_email."""
    return "_".join(name.strip().lower().replace("e-mail", "email").replace("-", " ").replace("_", " ").split())


def _check_header(names: Sequence[str], needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in names]
    if missing:
        raise Invalid(
            "columns-missing",
            f"The first line must name the columns; {listed(missing)} {are(len(missing))} missing.",
        )
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Invalid("columns-twice", f"The first line names {listed(twice)} twice. Keep one of them.")
