"""Test databases made and emptied in a fraction of the time that Django takes for it."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

PREFIX = "expo_template_"
LOCK = 4_517_326_001  # any number that nothing else locks
KEPT_TEMPLATES = 3
# What Django fills after migrating stays: it is the same before and after every test.
ALWAYS_THE_SAME = {"django_content_type", "auth_permission", "django_migrations"}


def use_template() -> None:
    """Let the test database be copied from one that is migrated already; makes that one where it is missing.

    A template is kept from run to run and named for all migrations, so it never outlives a change of one.
    """
    name = PREFIX + _digest()
    with connection._nodb_cursor() as cursor:
        # One worker builds, the others wait.
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            if name not in _templates(cursor):
                _build(cursor, name)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    connection.settings_dict["TEST"] |= {"TEMPLATE": name, "MIGRATE": False}


def leave_nobody_inside() -> None:
    """End what a killed worker or a server's thread left connected, or the database could not be dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def empty(*_: Any) -> None:
    """Delete the rows of the tables that hold any.

    Django's own way truncates all, which makes hundreds of files anew, and then every content type and permission.
    No trigger may object: neither of those that keep some rows for ever nor of those that watch the order of deletion.
    """
    quote = connection.ops.quote_name
    tables = sorted(set(connection.introspection.table_names()) - ALWAYS_THE_SAME)
    questions = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {quote(table)})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(questions))
        if touched := [quote(table) for (table,) in cursor.fetchall()]:
            with transaction.atomic():
                # Whoever still writes, such as a worker, ends first.
                cursor.execute(f"LOCK TABLE {', '.join(touched)} IN SHARE ROW EXCLUSIVE MODE")
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute("; ".join(f"DELETE FROM {table}" for table in touched))


def _digest() -> str:
    """Of everything that a fresh database depends on: all migrations, and whose models come without any."""
    digest = hashlib.sha256(version("django-rest-knox").encode())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        module, _ = MigrationLoader.migrations_module(app.label)
        folder = Path(app.path) / "migrations" if module else None
        for path in sorted(folder.glob("*.py")) if folder else ():
            digest.update(f"{app.label} {path.name} ".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _build(cursor: Any, name: str) -> None:
    draft = f"{name}_draft"
    cursor.execute(f"DROP DATABASE IF EXISTS {draft} WITH (FORCE)")
    test, before = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    wanted = test["NAME"]
    try:
        test["NAME"] = draft
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        test["NAME"] = wanted
        connection.close()
        connection.settings_dict["NAME"] = before
    cursor.execute(f"ALTER DATABASE {draft} RENAME TO {name}")
    for old in _templates(cursor)[:-KEPT_TEMPLATES]:
        cursor.execute(f"DROP DATABASE IF EXISTS {old}")


def _templates(cursor: Any) -> list[str]:
    """Names, oldest first; drafts do not count."""
    cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s ORDER BY oid", [f"^{PREFIX}[0-9a-f]+$"])
    return [name for (name,) in cursor.fetchall()]
