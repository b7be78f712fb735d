"""The documents stay true: every path they name exists, every command and page they promise is there."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMED = re.compile(r"`((?:expo|reviews|tests|docs|templates)/[\w./-]+)`|\]\(((?!https?:|#|/)[^)]+)\)")


def named_paths(document: Path) -> list[str]:
    return [first or second.partition("#")[0] for first, second in NAMED.findall(document.read_text())]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_a_document_names_exists(document: Path) -> None:
    missing = [
        name
        for name in named_paths(document)
        if not (ROOT / name).exists() and not (document.parent / name).exists() and "<" not in name and "*" not in name
    ]
    assert missing == []


def test_every_command_a_document_names_exists() -> None:
    named = {name for each in DOCUMENTS for name in re.findall(r"manage\.py (\w+)", each.read_text())}
    assert named - set(get_commands()) == set()


def test_every_target_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pattern = re.compile(r"(?:`|^ {4})make ([a-z-]+)", re.MULTILINE)
    named = {name for each in DOCUMENTS for name in pattern.findall(each.read_text())}
    assert named - targets == set()
