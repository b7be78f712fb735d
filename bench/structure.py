"""Measures the code's shape: lines, files, private functions used once, long template lines.

    python -m bench.structure [--json]

Python lines are those that are not blank; migrations and tests are counted apart. A private function (one leading
underscore, methods too) is used once when its name stands once outside its own definition, in all Python files.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 120


def main(arguments: list[str]) -> None:
    measures = measured()
    print(json.dumps(measures) if "--json" in arguments else _table(measures))


def _table(measures: dict[str, float]) -> str:
    return "\n".join(f"{name:<48}{value:>8}" for name, value in measures.items())


def measured() -> dict[str, float]:
    """Name and figure of each measure."""
    code = sources("expo", "reviews")
    private = private_functions(code)
    once = [name for name, count in private.items() if count == 1]
    templates = [line for path in sorted((ROOT / "templates").rglob("*.html")) for line in path.read_text().split("\n")]
    return {
        "Python files in expo and reviews": len(code),
        "lines in expo and reviews": sum(lines(text) for text in code.values()),
        "lines of re-exports in packages": sum(_re_exports(path, text) for path, text in code.items()),
        "lines in tests": sum(lines(text) for text in sources("tests").values()),
        "lines in bench": sum(lines(text) for text in sources("bench").values()),
        "private functions": len(private),
        "private functions used once": len(once),
        "of all private functions, used once (%)": round(100 * len(once) / len(private)),
        "template lines": len([line for line in templates if line.strip()]),
        f"template lines over {WIDTH}": sum(len(line) > WIDTH for line in templates),
    }


def sources(*folders: str) -> dict[Path, str]:
    """The Python files below these folders, without migrations."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return {path: path.read_text() for path in paths if "migrations" not in path.parts}


def lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.split("\n"))


def private_functions(code: dict[Path, str]) -> dict[tuple[Path, str], int]:
    """How often the name of each private function is used in its own file."""
    counts: dict[tuple[Path, str], int] = {}
    for path, text in code.items():
        tree = ast.parse(text)
        words = Counter(re.findall(r"\b_\w+\b", text))
        defined = Counter(
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name.startswith("_") and not node.name.startswith("__")
        )
        counts |= {(path, name): words[name] - number for name, number in defined.items()}
    return counts


def _re_exports(path: Path, text: str) -> int:
    if path.name != "__init__.py":
        return 0
    tree = ast.parse(text)
    exports = (
        node
        for node in tree.body
        if (isinstance(node, ast.ImportFrom) and node.level)
        or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__")
    )
    return sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in exports)


if __name__ == "__main__":
    main(sys.argv[1:])
