"""`python -m expo.ops.probe /healthz`: asks the site in this container, under the name it answers to."""

import os
import sys
import urllib.request
from urllib.parse import urlsplit


def main(path: str = "/healthz") -> int:
    """0 when the path answers well; the exit code is all that a container's health check reads."""
    host = urlsplit(os.environ.get("SITE_URL", "")).netloc or "localhost"
    request = urllib.request.Request(f"http://127.0.0.1:8000{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=4) as response:  # noqa: S310 - this container itself
            return 0 if response.status == 200 else 1
    except OSError as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
