"""Reads of operations: does everything that the site depends on answer?"""

from datetime import timedelta

from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from expo.kit import clock

from .models import Heartbeat

BROKER_SECONDS = 2


def database_version() -> int:
    """The server's major version; raises OperationalError when it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def has_extension(name: str) -> bool:
    """Whether the extension is installed in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = %s", [name])
        return bool(cursor.fetchone()[0])


def waiting_migrations() -> list[str]:
    """The names of migrations that the code has and the database has not."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def broker_problem() -> str | None:
    """Why the broker cannot be reached, if so."""
    try:
        with current_app.connection(connect_timeout=BROKER_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)
    except (OperationalError, OSError) as error:
        return str(error)
    return None


def cache_problem() -> str | None:
    """Why the cache for rate limits cannot be reached, if so."""
    try:
        getattr(cache, "check", lambda: None)()
    except Exception as error:  # whatever the cache's client raises
        return str(error)
    return None


def queues_served() -> set[str]:
    """The queues that at least one worker listens to right now."""
    workers = current_app.control.inspect(timeout=2.0).active_queues() or {}
    return {queue["name"] for queues in workers.values() for queue in queues}


def silent_for(name: str = "beat") -> timedelta | None:
    """How long ago the named part was last seen, None if never."""
    at = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
    return None if at is None else clock.now() - at
