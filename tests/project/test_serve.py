"""One command runs everything, says what stands in its way, and leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from pactdesk.project import serve
from pactdesk.project.embedded_postgres import is_running
from pactdesk.project.serve import CannotServe, Parts
from tests.receiver import Receiver

PATIENCE = 90


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data folder that anybody may pass through, for PostgreSQL does not run as root. Starts share it."""
    path = Path(tempfile.mkdtemp(prefix="pactdesk-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """`pactdesk serve` in a process of its own, and what it has said."""

    def __init__(self, data: Path, port: int | str, *, inherit: tuple[str, ...] = (), **more: str) -> None:
        wanted = {"PACTDESK_DATA": str(data), "PACTDESK_DEMO": "0", "PORT": str(port), "GRANIAN_WORKERS": "1"}
        wanted |= more
        dropped = {"DATABASE_URL", "HOST"} - set(inherit)
        inherited = {name: value for name, value in os.environ.items() if name not in dropped}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pactdesk", "serve"],
            env={**inherited, **wanted, "PYTHONPATH": "src"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=serve._die_with_parent,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, output: IO[str]) -> None:
        for line in output:
            self.said += line

    def wait_until_it_says(self, sentence: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while sentence not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            self._reader.join(0.05)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_it_answers_and_control_c_ends_all_of_it(data: Path, port: int) -> None:
    installation = Installation(data, port)
    installation.wait_until_it_says(f"Pactdesk is at http://127.0.0.1:{port}")
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("GET", "/")
    assert client.getresponse().status < 500
    parts = children_of(installation.process.pid)
    assert len(parts) == 3  # database server, web server, worker
    assert installation.end(signal.SIGINT) == 0, installation.said
    assert is_free(port)
    assert not is_running(data / "postgres")
    assert not any(map(is_alive, parts))


def test_mail_is_taken_in_where_it_is_to_be_and_after_a_kill_it_starts_again_on_the_same_ports(
    data: Path, port: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        mail_port = probe.getsockname()[1]
    mail = {
        "PACTDESK_LMTP_LISTEN": f"127.0.0.1:{mail_port}",
        "PACTDESK_MAIL_REPLY_ADDRESS": "support@reply.vendor.example",
    }
    killed = Installation(data, port, **mail)
    killed.wait_until_it_says("Pactdesk is at")
    killed.wait_until_it_says(f"Mails are taken in on 127.0.0.1:{mail_port}")
    with smtplib.LMTP("127.0.0.1", mail_port, timeout=30) as client:
        assert (
            client.sendmail("a@x.example", ["support@reply.vendor.example"], b"Subject: x\r\n\r\nHello") == {}
        )
    assert len(children_of(killed.process.pid)) == 4
    killed.end(signal.SIGKILL)
    again = Installation(data, port, **mail)
    again.wait_until_it_says("Pactdesk is at")
    again.wait_until_it_says(f"Mails are taken in on 127.0.0.1:{mail_port}")
    assert again.end(signal.SIGTERM) == 0, again.said
    assert is_free(mail_port)
    assert not is_running(data / "postgres")


def test_a_part_that_is_killed_takes_everything_down_and_is_named(data: Path, port: int) -> None:
    installation = Installation(data, port)
    installation.wait_until_it_says("Pactdesk is at")
    worker = max(children_of(installation.process.pid))
    os.kill(worker, signal.SIGKILL)
    assert installation.wait() == 1
    assert "The worker has ended (signal SIGKILL)" in installation.said
    assert is_free(port)
    assert not is_running(data / "postgres")


def test_a_port_in_use_is_named_before_anything_else_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = Installation(tmp_path / "data", port)
        assert refused.wait() == 1
    assert f"Port {port} on 127.0.0.1 is in use by another program" in refused.said
    assert "PORT=" in refused.said
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    refused = Installation(tmp_path / "data", "http")
    assert refused.wait() == 2
    assert "PORT has to be a number from 1 to 65535, not 'http'" in refused.said


STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"])
print(child.pid, file=open(sys.argv[1], "w"), flush=True)
signal.pause()
"""


def test_a_part_that_does_not_listen_is_killed_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "GRACE", 0.2)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    note = tmp_path / "child"
    parts = Parts()
    parts.start("stubborn part", [sys.executable, "-c", STUBBORN, str(note)], os.environ)
    deadline = time.monotonic() + PATIENCE
    while not (note.exists() and note.read_text().endswith("\n")):
        assert time.monotonic() < deadline
    parts.stop()
    for number, handler in zip((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), before, strict=True):
        signal.signal(number, handler)
    while is_alive(int(note.read_text())):
        assert time.monotonic() < deadline


def test_a_preparation_that_fails_is_named() -> None:
    with pytest.raises(CannotServe, match="preparation"):
        Parts().run("preparation", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)


def test_a_web_server_that_answers_with_errors_only_does_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "FIRST_ANSWER", 0.5)
    broken = Receiver()
    broken.statuses, broken.status = [500], 200
    serve._wait_for_first_answer(Parts(), "127.0.0.1", broken.port)
    assert len(broken.asked) == 2
    broken.status = 500
    with pytest.raises(CannotServe, match="errors only"):
        serve._wait_for_first_answer(Parts(), "127.0.0.1", broken.port)
    broken.close()


def test_a_database_that_cannot_be_reached_is_told_in_a_sentence(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@127.0.0.1:{port}/nothing")
    refused = Installation(tmp_path / "data", port, inherit=("DATABASE_URL",))
    assert refused.wait() == 1
    assert "The database cannot be used." in refused.said
    assert "The preparation has failed" in refused.said
    assert "Traceback" not in refused.said
