"""What every test stands on: real servers of its own, a fast hasher, mail kept in memory."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def prepare_environment() -> None:
    """Runs before Django reads its settings. Test servers stand apart from those of `make run`."""
    from expo.ops.environment import prepare

    os.environ.update(EXPO_TESTING="on", DEBUG="off", SSL_REDIRECT="off", HSTS_SECONDS="0", LOG_LEVEL="WARNING")
    os.environ.update(EMAIL_URL="memorymail://", SITE_URL="http://testserver", ALLOWED_HOSTS="*")
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    os.environ.setdefault("EXPO_TEST_DB", "test_expo")
    os.environ["BROKER_PREFIX"] = f"{os.environ['EXPO_TEST_DB']}{worker}:"
    prepare(ROOT, folder=".data/test", durable=False)
    os.environ["CACHE_URL"] = ""  # rate limits must not leak from one test into the next


prepare_environment()
