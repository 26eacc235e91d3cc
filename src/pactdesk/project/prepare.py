"""Brings an installation to where it can serve: each step looks first whether there is anything to do."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from pactdesk.project.installation import ROOT
from pactdesk.project.progress import step
from pactdesk.project.translations import compile_stale

EXAMPLE = ROOT / "catalogs"


def prepare() -> None:
    """Tables, translations and static files; in a demo also the example catalogue, its articles and its people."""
    with step("Tables"):
        _migrate()
    with step("Translations"):
        compile_stale()
    with step("Static files"):
        _collect_static_files(Path(settings.STATIC_ROOT))
    if settings.DEMO:
        with step("Catalogue"):
            _load("catalog", "apply", EXAMPLE / "partner-support.yaml")
        with step("Articles"):
            _load("articles", "load", EXAMPLE / "articles")
        with step("Demo world"):
            call_command("demo_world", stdout=io.StringIO())
        print()
        call_command("demo_world", show=True)


def _load(command: str, verb: str, source: Path) -> None:
    """Load an example file or folder once into each database, and again when it has changed.

    Not at every start: what operators have edited since then in the admin would be undone.
    """
    seen = hashlib.sha256(_identity_of_database().encode())
    for path in sorted([source, *source.rglob("*")]):
        if path.is_file():
            seen.update(path.read_bytes())
    note = Path(settings.INSTALLATION.data) / f"loaded-{source.stem}"
    if not note.exists() or note.read_text() != seen.hexdigest():
        call_command(command, verb, str(source), stdout=io.StringIO())
        note.write_text(seen.hexdigest())


def _identity_of_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()"
        )
        return str(cursor.fetchone())


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def _collect_static_files(target: Path) -> None:
    """Collect, compress and name by content what browsers fetch, if any source differs from the last time."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            seen.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    note = target / "collected-from"
    if note.exists() and note.read_text() == seen.hexdigest():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    note.write_text(seen.hexdigest())
