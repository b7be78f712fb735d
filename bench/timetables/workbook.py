"""Reads .xlsx files with the standard library: sheets as rows of text."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

Rows = list[list[str]]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def sheets(path: Path) -> dict[str, Rows]:
    """Every sheet by name; an empty cell is an empty text, and rows are as long as the longest."""
    with ZipFile(path) as archive:
        shared = _shared(archive)
        targets = {
            each.get("Id"): each.get("Target", "") for each in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        }
        book = ET.fromstring(archive.read("xl/workbook.xml"))
        return {
            sheet.get("name", ""): _rows(archive, targets[sheet.get(LINK)], shared)
            for sheet in book.iter(f"{MAIN}sheet")
        }


def _shared(archive: ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(each) for each in ET.fromstring(archive.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")]


def _text(node: ET.Element) -> str:
    return "".join(part.text or "" for part in node.iter(f"{MAIN}t"))


def _rows(archive: ZipFile, target: str, shared: list[str]) -> Rows:
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found: Rows = []
    for row in ET.fromstring(archive.read(name)).iter(f"{MAIN}row"):
        found += [[] for _ in range(int(row.get("r", len(found) + 1)) - 1 - len(found))]
        cells = {_column(cell.get("r", "A")): _value(cell, shared) for cell in row.iter(f"{MAIN}c")}
        found.append([cells.get(at, "") for at in range(max(cells, default=-1) + 1)])
    width = max(map(len, found), default=0)
    return [row + [""] * (width - len(row)) for row in found]


def _value(cell: ET.Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{MAIN}v") or ""
    return shared[int(value)] if cell.get("t") == "s" and value else value


def _column(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]*", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number - 1
