"""Every room has the same furniture, and nothing else; pure files stay pure; files stay readable."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = [
    ROOT / side / room
    for side, rooms in {
        "expo": "accounts journal notify editions sponsors proposals program releases onsite",
        "reviews": "rubrics assignments scoring decisions insight",
    }.items()
    for room in rooms.split()
]
FURNITURE = {
    "__init__", "apps", "states", "models", "rules", "queries", "services", "tasks", "forms", "views", "api", "urls",
    "migrations",
}  # fmt: skip
EXTRA = {
    "accounts": {"authentication", "signals"},
    "notify": {"adapter"},
    "editions": {"context"},
    "proposals": {"shown", "signals", "templatetags"},
    "releases": {"serving"},
    "scoring": {"filters", "templatetags"},
    "sponsors": {"templatetags"},
    "decisions": {"filters"},
}
IMPURE = {"django", "rest_framework", "celery", "kombu"}
LONGEST = 500


def others(room: Path) -> list[Path]:
    """A room's modules that are not furniture: engines, which must be pure, and the extras by name."""
    modules = [path for path in room.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    known = FURNITURE | EXTRA.get(room.name, set())
    return sorted(path for path in modules if path.stem not in known)


def pure_files() -> list[Path]:
    """Engines (files, and the files of packages), state tables, and the demo's plan."""
    engines = [path for room in ROOMS for path in others(room)]
    files = [file for path in engines for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    return [*files, *sorted(ROOT.glob("*/*/states.py")), ROOT / "reviews/demo/plan.py"]


def imports(path: Path) -> set[str]:
    """The top packages a file imports, absolutely, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def source_files() -> list[Path]:
    return [
        path
        for side in ("expo", "reviews")
        for path in sorted((ROOT / side).rglob("*.py"))
        if "migrations" not in path.parts
    ]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_has_models_or_reads_somebody_elses_and_rules(room: Path) -> None:
    assert {"__init__", "apps", "rules"} <= {path.stem for path in room.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("path", pure_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_engines_and_states_import_no_framework(path: Path) -> None:
    assert imports(path) & IMPURE == set()


def test_no_file_outgrows_500_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): n for path in source_files() if (n := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


@pytest.mark.slow
def test_functions_are_short() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in source_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[len(lengths) // 2] < 10


@pytest.mark.slow
def test_imports_go_in_the_directions_of_the_house() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([sys.executable, str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
