"""An installation of its own, as `pactdesk serve` would run it, in a folder that is removed afterwards."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.report import say
from pactdesk.project import embedded_postgres
from pactdesk.project import serve as production

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / ".pactdesk" / "bench"
POSTGRES = DATA / "postgres"
FILLED = DATA / "filled"
HOST = "127.0.0.1"
PORTS = range(8170, 8180)
PATIENCE = 60  # seconds
# Ours before anything was added to it for the Django that fills the tables.
BEFORE = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


class CannotMeasure(Exception):
    """Says in a sentence why a measurement did not come about, or cannot be trusted."""


class Place:
    """The folder, its database server, and what runs on it. Everything it started ends with it."""

    def __init__(self) -> None:
        DATA.mkdir(mode=0o711, parents=True, exist_ok=True)
        # Durable, because a database that may lose what it said it has kept is not worth comparing with.
        self.url = embedded_postgres.ensure_running(POSTGRES, durable=True)
        parts = conninfo_to_dict(self.url)
        self.socket, self.database = str(parts["host"]), str(parts["dbname"])
        self._processes: list[subprocess.Popen[Any]] = []

    def environment(
        self, database: str | None = None, port: int = PORTS.start, *, web: bool = True
    ) -> dict[str, str]:
        """What `pactdesk serve` tells its web server (or, without `web`, its worker), for one of our databases."""
        environment = {
            **BEFORE,
            "PACTDESK_DATA": str(DATA),
            "PACTDESK_DEMO": "0",
            "DATABASE_URL": self.url_of(database),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), BEFORE.get("PYTHONPATH")])),
        }
        with mock.patch.dict(os.environ, environment, clear=True):
            told, _ = production._environment(HOST, port, DATA)
        return production.WEB | told if web else told

    @property
    def server_pid(self) -> int:
        """The process of the database server whose children are all others."""
        return int((POSTGRES / "cluster" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    def url_of(self, database: str | None) -> str:
        return self.url.replace(f"/{self.database}?", f"/{database or self.database}?")

    def pactdesk(self, *words: str) -> None:
        """Run one command of Pactdesk on our database."""
        done = subprocess.run(
            [*production.PACTDESK, *words],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotMeasure(f"pactdesk {' '.join(words)} failed:\n{done.stdout}")

    def start(
        self, command: list[str], environment: Mapping[str, str], **options: Any
    ) -> subprocess.Popen[Any]:
        """Start a process that ends at the latest when we do."""
        options = {"stdin": subprocess.DEVNULL, **options}
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            preexec_fn=production._die_with_parent,
            **options,
        )
        self._processes.append(process)
        return process

    def end(self, process: subprocess.Popen[Any], number: signal.Signals = signal.SIGTERM) -> None:
        """Ask a process to end, as it ends its children itself; kill what is left of them."""
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._processes = [each for each in self._processes if each is not process]

    @contextmanager
    def web_server(
        self, database: str | None = None, application: str | None = None
    ) -> Iterator[tuple[int, subprocess.Popen[Any]]]:
        """The web server of production; its port and process. `application` takes the place of Pactdesk."""
        port = free_port()
        command = production._web_command(HOST, port)
        if application:
            command[-1] = application
        process = self.start(command, self.environment(database, port))
        try:
            wait_for_answer(process, port)
            yield port, process
        finally:
            self.end(process)

    @contextmanager
    def superuser(self, database: str | None = None) -> Iterator[psycopg.Connection[Any]]:
        """A connection that may do what only preparing needs: skip triggers, copy databases, checkpoint."""
        with psycopg.connect(
            host=self.socket, user="postgres", dbname=database or self.database, autocommit=True
        ) as connection:
            yield connection

    def copy_database(self, name: str) -> None:
        """Keep the database as it is now under another name. Nobody may be connected to it."""
        with psycopg.connect(
            host=self.socket, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(
                f'CREATE DATABASE "{name}" TEMPLATE "{self.database}" OWNER "{embedded_postgres.NAME}"'
            )

    def checkpoint(self) -> None:
        """Write everything down now, so that no round pays for the one before it."""
        with self.superuser() as connection:
            connection.execute("CHECKPOINT")

    def close(self, *, keep: bool) -> None:
        """End everything, and remove the folder unless it is to be kept for the next time."""
        for process in list(self._processes):
            self.end(process)
        embedded_postgres.release(POSTGRES)
        if not keep:
            remove(DATA)


def made_from(*about: object) -> str:
    """A digest of what kept data depend on: these words, the tables, and how we fill them."""
    seen = hashlib.sha256(repr(about).encode())
    sources = [
        *ROOT.glob("src/pactdesk/*/migrations/*.py"),
        ROOT / "src" / "pactdesk" / "project" / "settings.py",
    ]
    for path in sorted([*sources, *ROOT.glob("bench/world.py"), *ROOT.glob("bench/*.sql")]):
        seen.update(path.read_bytes())
    return seen.hexdigest()


def remove(data: Path) -> None:
    """Remove a data folder whose server has ended, with the cluster, which may lie behind a link."""
    shutil.rmtree((data / "postgres" / "cluster").resolve(), ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)


def free_port() -> int:
    """A port of ours on which nobody listens."""
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                return port
    raise CannotMeasure(f"None of the ports {PORTS.start} to {PORTS.stop - 1} is free.")


def wait_for_answer(process: subprocess.Popen[Any], port: int) -> None:
    """Return as soon as somebody listens on the port."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotMeasure(f"The web server on port {port} has ended with status {process.returncode}.")
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    raise CannotMeasure(f"The web server does not answer on port {port}.")


@contextmanager
def opened(made_from: str, *, keep: bool) -> Iterator[Place]:
    """The place, closed whatever happens; with `keep` its data are there the next time.

    `made_from` says what the data depend on: kept ones that were made from something else are thrown away.
    """
    DATA.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    alone = open(DATA.with_name("bench.lock"), "a")  # noqa: SIM115 - held until we end
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotMeasure(
            "Somebody is measuring in this checkout already; two at once would measure nothing."
        ) from error
    if DATA.exists() and not (FILLED.exists() and json.loads(FILLED.read_text())["made_from"] == made_from):
        remove(DATA)
    os.environ.pop("DATABASE_URL", None)
    place = Place()
    try:
        yield place
    finally:
        say("ending everything")
        place.close(keep=keep and FILLED.exists())


def python(*words: str) -> list[str]:
    """A command line that runs a module of ours."""
    return [sys.executable, "-m", *words]
