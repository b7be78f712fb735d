"""One meaning per word: the glossary is true, retired words stay away, and a class name means one thing."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIDES = ("expo", "reviews")
#: Names that several apps may have: Django's own, and each engine's question and answer.
SHARED = {"Command", "Meta", "Problem", "Solution"}
#: Plain data with which an engine, or a release's snapshot, mirrors a model of that name.
MIRRORS = ("expo/program/solver/", "expo/releases/snapshot.py", "expo/proposals/conflicts.py")
VAGUE_MODULES = {"ground", "standing", "telling", "words"}
#: Identifiers that meant several things or nothing; what to say instead stands in docs/glossary.md or in the code.
RETIRED_NAMES = {
    *("ground", "hasty", "house", "judged", "looks", "may_tend", "require_tended", "ring_again", "ring_bells", "shot"),
    *(
        "stand",
        "standing",
        "standings",
        "take_turn",
        "TENDED",
        "told",
        "veiled",
        "wording",
        "Ground",
        "Stand",
        "Standing",
    ),
}
#: Phrases for people that a native speaker would not say.
RETIRED_PHRASES = re.compile(
    r"\b(the house|furniture|ring the bell|rings? a bell|ways out|whom it touches|to mend|what became of the table"
    r"|take it along|is it still you|go on writing|your word|turn it down|how firmly|owes|gives? way|lives for"
    r"|not in your run|room in their loads|forget the present places|it is lost anyway)\b",
    re.IGNORECASE,
)


def sources(*folders: str) -> list[Path]:
    return [
        path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts
    ]


def pages() -> list[Path]:
    """What people read: templates and documents."""
    return [*sorted((ROOT / "templates").rglob("*.*")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def glossary() -> Iterator[tuple[str, list[str], list[str]]]:
    """Word, names in code, and what it is not called, row by row."""
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines():
        if line.startswith("| **"):
            word, _, names, retired = (cell.strip() for cell in line.strip("|").split(" |"))
            yield word, re.findall(r"`([\w.]+)`", names), [each.strip() for each in retired.split(",") if each.strip()]


def exists(name: str) -> bool:
    """Whether a dotted name leads to a module or to something in one."""
    module, _, last = name.rpartition(".")
    return find_spec(module) is not None and (hasattr(import_module(module), last) or find_spec(name) is not None)


def test_every_name_of_the_glossary_exists() -> None:
    assert [name for _, names, _ in glossary() for name in names if not exists(name)] == []


def test_no_page_says_what_a_thing_is_not_called() -> None:
    retired = [each for _, _, words in glossary() for each in words]
    pattern = re.compile(rf"\b({'|'.join(retired)})s?\b", re.IGNORECASE)
    said = {relative(path): pattern.findall(visible(path)) for path in pages() if path.name != "glossary.md"}
    assert {path: words for path, words in said.items() if words} == {}


def test_no_page_uses_a_retired_phrase() -> None:
    said = {relative(path): RETIRED_PHRASES.findall(visible(path)) for path in pages()}
    assert {path: phrases for path, phrases in said.items() if phrases} == {}


def test_no_sentence_in_the_code_uses_a_retired_phrase() -> None:
    said = {relative(path): list(retired_in_strings(path)) for path in sources(*SIDES, "bench")}
    assert {path: phrases for path, phrases in said.items() if phrases} == {}


def test_no_identifier_is_a_retired_word() -> None:
    used = {relative(path): names(path) & RETIRED_NAMES for path in sources(*SIDES, "bench", "tests")}
    assert {path: sorted(words) for path, words in used.items() if words} == {}


def test_a_class_name_means_one_thing_on_each_side() -> None:
    twice = {}
    for side in SIDES:
        where = defaultdict(list)
        for path in sources(side):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name not in SHARED:
                    where[node.name].append(relative(path))
        for name, paths in where.items():
            own = [path for path in paths if not path.startswith(MIRRORS)]
            if len(own) > 1 or (len(paths) > 1 and not any("models" in path for path in paths)):
                twice[f"{side}: {name}"] = paths
    assert twice == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [relative(path) for path in sources(*SIDES) if path.stem in VAGUE_MODULES] == []


def visible(path: Path) -> str:
    """A page without its tags, template code and addresses."""
    text = path.read_text()
    if path.suffix == ".html":
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", " ", text, flags=re.DOTALL)
    return re.sub(r"`[^`]*`|\]\([^)]*\)|\s+", " ", text)


def retired_in_strings(path: Path) -> Iterator[str]:
    """Retired phrases in string literals, docstrings and comments, also across lines."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):
            yield from RETIRED_PHRASES.findall(" ".join(token.string.split()))


def names(path: Path) -> set[str]:
    """Every identifier of a file, without leading underscores."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return {token.string.lstrip("_") for token in tokens if token.type == tokenize.NAME}
