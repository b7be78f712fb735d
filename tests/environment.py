"""Loaded before pytest-django (see pyproject.toml): gives the settings what tests stand on."""

import os
import sys
from pathlib import Path

from expo.ops.environment import prepare

ROOT = Path(__file__).resolve().parent.parent

# Compiled files are kept, whatever the machine says: to rewrite all asserts anew takes every worker many seconds.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

os.environ.update(
    ALLOWED_HOSTS="*",
    DEBUG="off",
    EMAIL_URL="memorymail://",
    EXPO_TESTING="on",
    HSTS_SECONDS="0",
    LOG_LEVEL="WARNING",
    SECRET_KEY="only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
    SITE_URL="http://testserver",
    SSL_REDIRECT="off",
)
os.environ.setdefault("EXPO_TEST_DB", "test_expo")
# Test runs that share one broker must not take each other's tasks.
os.environ["BROKER_PREFIX"] = f"{os.environ['EXPO_TEST_DB']}{os.environ.get('PYTEST_XDIST_WORKER', '')}:"
# Servers of their own, so that `make run` may go on beside them, and fast ones: nobody needs this data tomorrow.
prepare(ROOT / ".data" / "test", durable=False)
os.environ["CACHE_URL"] = ""  # rate limits must not leak from one test into the next
