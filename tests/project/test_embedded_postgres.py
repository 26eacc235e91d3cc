"""The server that comes along starts anywhere, for anybody, and after any end of those who used it."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest

from pactdesk.project import embedded_postgres
from pactdesk.project.embedded_postgres import EmbeddedPostgresError, ensure_running, is_running, release

# Forked, so that a user who may not enter the folder of this Python can still run what is loaded already.
fork = multiprocessing.get_context("fork")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that anybody may pass through; pytest's own is closed to the account that root's server runs as."""
    path = Path(tempfile.mkdtemp(prefix="pactdesk-test-"))
    path.chmod(0o711)
    yield path
    for cluster in path.glob("**/cluster"):
        release(cluster.parent)
        shutil.rmtree(cluster.resolve(), ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)


def become_ordinary() -> None:
    """Where we are root, go on as somebody who is not."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)


class Another:
    """Another process that uses the server of a folder until it is told to leave, or killed."""

    def __init__(
        self, folder: Path, *, durable: bool = False, first: Callable[[], None] = lambda: None
    ) -> None:
        self._ours, theirs = fork.Pipe()
        self.process = fork.Process(target=self._use, args=(folder, durable, first, theirs), daemon=True)
        self.process.start()
        self.answer = self._ours.recv()

    @staticmethod
    def _use(folder: Path, durable: bool, first: Callable[[], None], pipe: Connection) -> None:
        embedded_postgres._joined.clear()  # what a fork inherits is not its own
        first()
        try:
            pipe.send(ensure_running(folder, durable=durable))
        except EmbeddedPostgresError as error:
            pipe.send(error)
            return
        pipe.recv()
        release(folder)

    def leave(self) -> None:
        self._ours.send("leave")
        self.process.join(30)

    def kill(self) -> None:
        os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join(30)


def server_of(folder: Path) -> int:
    return int((folder / "cluster" / "data" / "postmaster.pid").read_text().splitlines()[0])


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT current_database()").fetchone() == ("pactdesk",)


def kill_server(folder: Path) -> None:
    os.kill(server_of(folder), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while is_running(folder):
        assert time.monotonic() < deadline


def test_a_second_process_joins_and_the_server_ends_with_the_last(place: Path) -> None:
    folder = place / "postgres"
    first = Another(folder)
    server = server_of(folder)
    second = Another(folder)
    assert second.answer == first.answer
    assert server_of(folder) == server
    first.leave()
    assert answers(second.answer)
    second.leave()
    assert not is_running(folder)


def test_a_server_left_behind_by_a_killed_process_is_joined_and_then_stopped(place: Path) -> None:
    folder = place / "postgres"
    killed = Another(folder)
    server = server_of(folder)
    killed.kill()
    assert is_running(folder)
    assert answers(ensure_running(folder, durable=False))
    assert server_of(folder) == server
    release(folder)
    assert not is_running(folder)


def test_a_killed_server_starts_again_with_what_was_committed(place: Path) -> None:
    folder = place / "postgres"
    killed = Another(folder, durable=True)
    with psycopg.connect(killed.answer) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    killed.kill()
    kill_server(folder)
    with psycopg.connect(ensure_running(folder)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)


def test_the_process_id_of_a_dead_server_may_belong_to_a_stranger_by_now(place: Path) -> None:
    folder = place / "postgres"
    killed = Another(folder)
    killed.kill()
    dead = server_of(folder)
    kill_server(folder)
    stranger = fork.Process(target=_sleep_as_owner_of, args=(folder / "cluster",), daemon=True)
    stranger.start()
    for lock in (
        folder / "cluster/data/postmaster.pid",
        folder / "cluster" / f"{embedded_postgres.SOCKET}.lock",
    ):
        lock.write_text(lock.read_text().replace(str(dead), str(stranger.pid), 1))
    assert answers(ensure_running(folder, durable=False))
    stranger.kill()


def _sleep_as_owner_of(path: Path) -> None:
    if os.geteuid() == 0:
        os.setuid(path.stat().st_uid)
    signal.pause()


def test_what_was_interrupted_while_the_cluster_was_made_is_made_again(place: Path) -> None:
    folder = place / "postgres"
    half = folder / "cluster" / "data.unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        for path in (half.parent, half):
            os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)
    assert answers(ensure_running(folder, durable=False))


def test_an_ordinary_user_starts_it_where_root_has_been_before(place: Path) -> None:
    assert answers(ensure_running(place / "postgres", durable=False))
    own = place / "own"
    own.mkdir()
    if os.geteuid() == 0:
        os.chown(own, pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
    ordinary = Another(own / "postgres", first=become_ordinary)
    assert answers(ordinary.answer)
    ordinary.leave()
    assert not is_running(own / "postgres")


def test_it_never_runs_as_root(place: Path) -> None:
    folder = place / "postgres"
    ensure_running(folder, durable=False)
    assert Path(f"/proc/{server_of(folder)}").stat().st_uid != 0


def test_a_folder_that_only_its_owner_may_enter_will_do(place: Path) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    assert answers(ensure_running(private / "postgres", durable=False))
    assert (private / "postgres" / "cluster").is_symlink() == (os.geteuid() == 0)
    assert private.stat().st_mode & 0o777 == 0o700


def test_programs_in_a_folder_that_only_their_owner_may_enter_will_do(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = embedded_postgres.programs().parents[2]
    private = place / "private"
    private.mkdir(mode=0o700)
    for name in (embedded_postgres.PACKAGE, f"{embedded_postgres.PACKAGE}.libs"):
        (private / name).symlink_to(installed / name)
    monkeypatch.syspath_prepend(private)
    monkeypatch.setattr(embedded_postgres, "SYSTEM_FOLDER", place / "system")
    assert embedded_postgres.programs().is_relative_to(private)
    assert answers(ensure_running(place / "postgres", durable=False))
    assert (place / "system").exists() == (os.geteuid() == 0)


def test_a_path_too_long_for_a_socket_will_do(place: Path) -> None:
    folder = place / ("long" * 30) / "postgres"
    assert answers(ensure_running(folder, durable=False))


def test_a_folder_of_somebody_else_is_told_in_a_sentence(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o555)
    refused = Another(closed / "postgres", first=become_ordinary).answer
    assert isinstance(refused, EmbeddedPostgresError)
    assert "belongs to another user" in str(refused)
    assert "PACTDESK_DATA" in str(refused)
