"""Chromium for browser journeys and screenshots: found on the machine, else installed, else explained."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELL = "chromium-headless-shell"  # the same engine without windows to draw: half the work
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = (
    "No Chromium was found, and none could be installed. Install one by hand (Debian: apt-get install chromium; "
    "elsewhere: .venv/bin/python -m playwright install --with-deps chromium), or set CHROMIUM to its path."
)
# A quiet browser: no sandbox (root and containers have none), and no talk to anybody but the site.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def find() -> Path | None:
    """The browser's program, if the machine has one that starts."""
    return next((path for path in _candidates() if _starts(path)), None)


def ensure() -> Path:
    """The browser's program, installed when missing; raises LookupError with advice."""
    path = find()
    for install in (_from_debian, lambda: _run(sys.executable, "-m", "playwright", "install", "chromium")):
        if path is None:
            install()
            path = find()
    if path is None:
        raise LookupError(HOW)
    return path


def _candidates() -> list[Path]:
    named = [os.environ.get("CHROMIUM", ""), *(shutil.which(name) or "" for name in NAMES)]
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    downloaded = sorted(root.glob("chromium-*/chrome-linux*/chrome"), reverse=True)
    mac = sorted(root.glob("chromium-*/chrome-mac*/*.app/Contents/MacOS/*"), reverse=True)
    return [*(Path(name) for name in named if name), *downloaded, *mac]


def _starts(path: Path) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _from_debian() -> None:
    """The one without windows, where this release has it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    if not _is_known(SHELL):
        _run("apt-get", "update", "-qq")
    _apt_install(SHELL if _is_known(SHELL) else "chromium")
    if find() is None:  # what was known was out of date
        _run("apt-get", "update", "-qq")
        _apt_install("chromium")


def _is_known(package: str) -> bool:
    return bool(subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).stdout)


def _apt_install(package: str) -> None:
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)


def _run(*command: str) -> None:
    sys.stderr.write(f"Installing a browser: {' '.join(command[:3])} ...\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment)
