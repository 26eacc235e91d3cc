"""The tests' database: migrated once for each state of the migrations, then copied for every run and every worker.

Running all migrations takes longer than most test runs; PostgreSQL copies a database in a moment.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from pactdesk.project import embedded_postgres

ROOT = Path(__file__).parents[1]
_KEPT = "pactdesk_migrated_"


def copy_migrated(name: str, folder: Path) -> None:
    """Make the database `name`, migrated and otherwise empty, on the server of `connection`.

    `folder` is where runs on one machine take turns with the making of the original.
    """
    with _turn(folder / "migrated.lock"), _server() as server:
        original = _original(server)
        _drop(server, name)
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(original))
        )


def use_server(folder: Path) -> None:
    """Let `connection` lead to the tests' own server, or to that of DATABASE_URL."""
    if not os.environ.get("DATABASE_URL"):
        parts = conninfo_to_dict(embedded_postgres.ensure_running(folder, durable=False))
        connection.settings_dict.update(
            NAME=parts["dbname"], USER=parts["user"], HOST=parts["host"], PORT="", PASSWORD=""
        )


def migrate(folder: Path) -> None:
    """Make the original, for whoever copies it later."""
    with _turn(folder / "migrated.lock"), _server() as server:
        _original(server)


def _original(server: psycopg.Connection[tuple[object, ...]]) -> str:
    original = _KEPT + _state()
    _let_triggers_be_switched_off()
    if not _exists(server, original):
        for old in _originals(server):
            _drop(server, old)
        _migrate(original, server)
    return original


# What migrating writes and no test changes.
_STAYS = ("django_migrations", "django_content_type", "auth_permission")


def empty() -> None:
    """Take every row away that a test has committed, as Django's flush does.

    Few tables hold any, and asking all of them costs less than truncating them. Triggers and references stay out of
    it: what a test has left is not judged. On a server that does not let us switch them off, tables are truncated.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        if cursor.fetchone() != (True,):
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
            return
        tables = [name for name in connection.introspection.table_names(cursor) if name not in _STAYS]
        with transaction.atomic():
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name in _holding_rows(cursor, tables):
                cursor.execute(f'DELETE FROM "{name}"')


def _holding_rows(cursor: CursorWrapper, tables: list[str]) -> list[str]:
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
    cursor.execute(asked)
    return [str(name) for (name,) in cursor.fetchall()]


def forget_counts() -> None:
    """Within this transaction, let the planner know as little of the tables as on the first day.

    The server counts rows whenever it clears emptied ones away, and so the way to the rows of one test would depend on
    what others have left behind. Servers before PostgreSQL 18 cannot forget.
    """
    if connection.pg_version < 180000:  # type: ignore[attr-defined]  # PostgreSQL's connection has it
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_clear_relation_stats('public', relname) FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND reltuples >= 0"
        )


def _let_triggers_be_switched_off() -> None:
    """For `empty`, on our own server, which trusts whoever reaches its socket."""
    about = connection.settings_dict
    if about["USER"] != embedded_postgres.NAME:
        return
    with (
        suppress(psycopg.OperationalError),
        psycopg.connect(host=about["HOST"], user="postgres", dbname="postgres", autocommit=True) as server,
    ):
        server.execute(f"GRANT SET ON PARAMETER session_replication_role TO {embedded_postgres.NAME}")


def drop(name: str) -> None:
    """Take the database away again, whoever is still connected to it."""
    connection.close()
    with _server() as server:
        _drop(server, name)


def _migrate(original: str, server: psycopg.Connection[tuple[object, ...]]) -> None:
    """Under another name until it is complete, so that nobody copies half of it."""
    half = f"{original}_half"
    _drop(server, half)
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(half)))
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = half
    try:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    server.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(half), sql.Identifier(original))
    )


def _state() -> str:
    """What the tables depend on: our migrations, and the versions of those who bring their own."""
    seen = hashlib.sha256()
    for path in (
        *sorted((ROOT / "src").glob("pactdesk/*/migrations/*.py")),
        ROOT / "requirements" / "run.txt",
    ):
        seen.update(path.name.encode() + path.read_bytes())
    return seen.hexdigest()[:16]


@contextmanager
def _turn(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _server() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    about = connection.settings_dict
    parts = {
        "host": about["HOST"],
        "port": about["PORT"],
        "user": about["USER"],
        "password": about["PASSWORD"],
    }
    given = {name: str(value) for name, value in parts.items() if value}
    with psycopg.connect(dbname="postgres", autocommit=True, **given) as server:
        yield server


def _exists(server: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _originals(server: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_KEPT])
    return [str(name) for (name,) in rows]


def _drop(server: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    # Not WITH (FORCE): that refuses where the server's own vacuum is at work, which a plain DROP ends.
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
        [name],
    )
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


if __name__ == "__main__":
    django.setup()
    server = Path(sys.argv[1])
    use_server(server)
    migrate(server)
