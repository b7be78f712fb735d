"""`.venv/bin/python expo/ops/install.py FILE`: install pinned packages with uv, or with pip where uv fails.

Plain Python that imports nothing of Expo, because nothing is installed yet.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping

UV = "requirements-uv.txt"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
PIP_INSTALL = [*PIP, "install", "--quiet", "--require-hashes", "-r"]
UV_INSTALL = [sys.executable, "-m", "uv", "--quiet", "pip", "install", "--python", sys.executable]
# uv does not read pip's configuration: a setting of pip, and the variable that tells uv the same.
VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}
SECTIONS = ("global", "install", ":env:")  # of pip's configuration; a later one wins


def pip_settings(listed: str) -> dict[str, str]:
    """The lines of `pip config list` as values by name."""
    lines = [line.partition("=")[::2] for line in listed.splitlines()]
    values = {tuple(key.rsplit(".", 1)): str(ast.literal_eval(value)) for key, value in lines if value}
    return {name: value for section in SECTIONS for (at, name), value in values.items() if at == section}


def uv_environment(pip: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The environment for uv: pip's settings, except where something is set for uv itself."""
    separators = {"find-links": ","}
    settings = {VARIABLES[name]: separators.get(name, " ").join(pip[name].split()) for name in VARIABLES if name in pip}
    if own.get("UV_INDEX_URL"):
        settings.pop("UV_DEFAULT_INDEX", None)
    # The files name exact versions with hashes, so whichever index has them may give them.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **settings, **own}


def main(file: str) -> int:
    """Install the file; the exit code of the installer."""
    if not subprocess.run([*PIP_INSTALL, UV], check=False).returncode:
        listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=False).stdout
        pip = pip_settings(listed)
        command = [*UV_INSTALL, *(["--no-index"] if "no-index" in pip else []), "--require-hashes", "-r", file]
        if not subprocess.run(command, env=uv_environment(pip, os.environ), check=False).returncode:
            return 0
    sys.stderr.write("uv could not install the packages; pip tries, which is slower ...\n")
    return subprocess.run([*PIP_INSTALL, file], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
