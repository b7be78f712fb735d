"""Every app has the same modules, and no others; engines stay free of frameworks; files stay readable."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    ROOT / side / app
    for side, apps in {
        "expo": "accounts journal notify editions sponsors proposals program releases onsite",
        "reviews": "rubrics assignments scoring decisions insight",
    }.items()
    for app in apps.split()
]
MODULES = {
    "__init__", "apps", "states", "models", "rules", "queries", "services", "tasks", "forms", "views", "api", "urls",
    "migrations",
}  # fmt: skip
EXTRA = {
    "accounts": {"authentication", "requests", "signals"},
    "notify": {"adapter"},
    "editions": {"context"},
    "decisions": {"management"},
    "insight": {"templatetags"},
    "proposals": {"shown", "signals", "templatetags"},
    "releases": {"attendee_preview", "public_facts", "public_pages", "serving"},
    "rubrics": {"requests"},
    "scoring": {"templatetags"},
    "sponsors": {"templatetags"},
}
IMPURE = {"django", "rest_framework", "celery", "kombu"}
LONGEST = 500


def others(app: Path) -> list[Path]:
    """An app's modules beyond the usual ones: engines, which must import no framework, and the extras by name."""
    modules = [path for path in app.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    known = MODULES | EXTRA.get(app.name, set())
    return sorted(path for path in modules if path.stem not in known)


def pure_files() -> list[Path]:
    """Engines (files, and the files of packages), state tables, and the demo's plan."""
    engines = [path for app in APPS for path in others(app)]
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


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_a_room_has_models_or_reads_somebody_elses_and_rules(app: Path) -> None:
    assert {"__init__", "apps", "rules"} <= {path.stem for path in app.iterdir()}


def test_engines_and_states_import_no_framework() -> None:
    impure = {str(path.relative_to(ROOT)): imports(path) & IMPURE for path in pure_files()}
    assert {path: names for path, names in impure.items() if names} == {}


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
def test_imports_keep_to_the_layers() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([sys.executable, str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
