"""A broker or cache that hangs, or is gone, holds up nobody for long and stops nobody."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.test import Client
from redis import Redis

from expo.kit import cache as kit_cache
from expo.kit import queue
from expo.ops import queries
from expo.ops.servers import valkey
from tests.factories import UserFactory

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery staple"


@pytest.fixture
def server() -> Iterator[Path]:
    """The socket of a Valkey of our own."""
    with tempfile.TemporaryDirectory() as folder:
        yield valkey.ensure(Path(folder) / "valkey", Path(folder))
        valkey.stop(Path(folder) / "valkey", Path(folder))


@contextmanager
def hanging(socket: Path) -> Iterator[None]:
    pid = int(Redis(unix_socket_path=str(socket)).info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


@pytest.fixture
def broker(server: Path, settings, monkeypatch) -> Path:
    app = Celery("hanging", broker=f"redis+socket://{server}?virtual_host=0", set_as_current=False)
    app.conf.broker_transport_options = django_settings.CELERY_BROKER_TRANSPORT_OPTIONS
    monkeypatch.setattr("celery.current_app", app)
    monkeypatch.setattr(queries, "current_app", app)
    monkeypatch.setattr(queue, "breaker", kit_cache.CircuitBreaker())
    settings.EXPO_DISPATCH_TASKS = True
    return server


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("was_asked_before", [True, False])
def test_a_post_goes_on_while_the_broker_hangs(broker: Path, caplog, was_asked_before: bool) -> None:
    if was_asked_before:
        queue.send("ops.heartbeat")
    with hanging(broker):
        with at_most(6):
            queue.send("ops.heartbeat")
        with at_most(0.5):
            for _ in range(50):
                queue.send("ops.heartbeat")
        with at_most(3):
            assert queries.broker_problem() == "Timeout reading from socket"
    assert [each.getMessage() for each in caplog.records] == ["broker out of reach, a sweep will pick this up"]
    assert queries.broker_problem() is None


@pytest.fixture
def cached(server: Path, settings) -> Path:
    options = {"socket_connect_timeout": 1, "socket_timeout": 1}
    backend = {"BACKEND": "expo.kit.cache.ForgivingCache", "LOCATION": f"unix://{server}?db=1", "OPTIONS": options}
    settings.CACHES = {"default": backend}
    return server


def sign_in() -> int:
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.update_or_create(email=user.email, defaults={"verified": True, "primary": True})
    return Client().post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code


@pytest.mark.django_db
def test_people_sign_in_and_the_api_answers_while_the_cache_hangs_or_is_gone(cached: Path, monkeypatch, caplog) -> None:
    monkeypatch.setattr(kit_cache.ForgivingCache, "breaker", kit_cache.CircuitBreaker())
    with hanging(cached), at_most(4):
        assert (sign_in(), Client().get("/api/v1/editions/").status_code) == (302, 200)
        assert queries.cache_problem() == "Timeout reading from socket"
    assert [each.getMessage() for each in caplog.records] == ["cache out of reach, nothing is limited meanwhile"]

    valkey.stop(cached.parent / "valkey", cached.parent)
    monkeypatch.setattr(kit_cache.ForgivingCache, "breaker", kit_cache.CircuitBreaker())
    assert (sign_in(), Client().get("/api/v1/editions/").status_code) == (302, 200)


@pytest.mark.django_db
def test_requests_are_limited_while_the_cache_answers(cached: Path, monkeypatch) -> None:
    monkeypatch.setattr(kit_cache.ForgivingCache, "breaker", kit_cache.CircuitBreaker())
    answers = [Client().get("/api/v1/editions/").status_code for _ in range(121)]
    assert answers == [200] * 120 + [429]
