"""The browser for journeys: the first one that starts is taken."""

from pathlib import Path

import pytest

from expo.ops import browser


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only programs are those that a test puts there."""
    for name in ("PATH", "HOME", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


def program(path: Path, *, code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_a_bare_machine_has_none(bare_machine: Path) -> None:
    assert browser.find() is None


def test_one_on_the_path_is_found(bare_machine: Path) -> None:
    expected = program(bare_machine / "chromium")
    assert browser.find() == expected


def test_one_without_windows_comes_before_one_with_them(bare_machine: Path) -> None:
    program(bare_machine / "chromium")
    expected = program(bare_machine / "chromium-headless-shell")
    assert browser.find() == expected


def test_one_that_playwright_downloaded_is_found(bare_machine: Path) -> None:
    expected = program(bare_machine / "chromium-1200" / "chrome-linux64" / "chrome")
    assert browser.find() == expected


def test_one_that_does_not_start_is_passed_over(bare_machine: Path) -> None:
    program(bare_machine / "chromium", code=1)
    expected = program(bare_machine / "google-chrome")
    assert browser.find() == expected


def test_the_one_somebody_names_comes_first(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare_machine / "chromium")
    monkeypatch.setenv("CHROMIUM", str(program(bare_machine / "mine" / "browser")))
    assert browser.find() == bare_machine / "mine" / "browser"


@pytest.fixture
def debian(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian of which one is the owner; its `apt-get` brings what it is asked for and keeps a list of its orders."""
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", f"{bare_machine}:/usr/bin:/bin")
    monkeypatch.setattr(browser, "NAMES", ("chromium-of-this-test", "shell-of-this-test"))
    monkeypatch.setattr(browser, "SHELL", "shell-of-this-test")
    program(bare_machine / "apt-cache").write_text("#!/bin/sh\ntest -e $(dirname $0)/knows-$2 && echo Package: $2\n")
    program(bare_machine / "apt-get").write_text(
        '#!/bin/sh\nhere=$(dirname $0); echo "$@" >> $here/orders; for last; do :; done; test $last = -qq && exit\n'
        "test $last = chromium && last=chromium-of-this-test\n"
        'printf "#!/bin/sh\\n" > $here/$last; chmod +x $here/$last\n'
    )
    return bare_machine


def orders(machine: Path) -> list[str]:
    return [line.split()[-1] for line in (machine / "orders").read_text().splitlines()]


def test_the_one_without_windows_is_installed_where_there_is_one(debian: Path) -> None:
    (debian / "knows-shell-of-this-test").touch()
    assert browser.ensure() == debian / "shell-of-this-test"
    assert orders(debian) == ["shell-of-this-test"]


def test_else_the_one_with_windows_is_installed(debian: Path) -> None:
    assert browser.ensure() == debian / "chromium-of-this-test"
    assert orders(debian) == ["-qq", "chromium"]


def test_nothing_is_installed_beside_one_that_starts(debian: Path) -> None:
    expected = program(debian / "chromium-of-this-test")
    assert browser.ensure() == expected
    assert not (debian / "orders").exists()
