"""Runs an installation: first what it needs, then web server and worker, until somebody stops it or a part fails."""

from __future__ import annotations

import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from pactdesk.project import embedded_postgres
from pactdesk.project.installation import Installation
from pactdesk.project.progress import step

PACTDESK = [sys.executable, "-m", "pactdesk"]
WEB_THREADS = 4  # of each web process; each keeps a connection to the database
WEB = {  # unless the environment says otherwise
    "GRANIAN_WORKERS": str(min(4, os.cpu_count() or 1)),
    "GRANIAN_BLOCKING_THREADS": str(WEB_THREADS),
    "PACTDESK_DATABASE_POOL": str(WEB_THREADS),
}
FIRST_ANSWER = 60  # seconds until the web server has to answer without an error
MOMENT = 2  # seconds for the port of a killed start to become free
GRACE = 15  # seconds for a part to finish what it is doing
PR_SET_PDEATHSIG = 1


class CannotServe(Exception):
    """Says in a sentence for the person at the terminal why the installation does not run, or no longer does."""


def serve(host: str, port: int) -> int:
    """Prepare, listen on this address, and return when stopped: 0 when asked to (SIGINT, SIGTERM, SIGHUP), else 1."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    data = Installation().data.resolve()
    parts = Parts()
    try:
        _require_free_port(host, port)
        environment, postgres = _environment(host, port, data)
        parts.run("preparation", [*PACTDESK, "prepare"], environment)
        parts.start("web server", _web_command(host, port), WEB | environment)
        parts.start("worker", [*PACTDESK, "worker"], environment)
        if Installation().lmtp_listen:
            parts.start("door for mail", [*PACTDESK, "mail-in"], environment)
        _wait_for_first_answer(parts, host, port)
        print(f"\nPactdesk is at {environment['PACTDESK_BASE_URL']} (Ctrl-C stops it)", flush=True)
        while True:
            parts.require_alive()
            if postgres and not embedded_postgres.is_running(postgres):
                raise CannotServe(
                    f"The database server has stopped; its log is in {postgres / 'cluster' / 'log'}."
                )
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
        return 0
    except (CannotServe, embedded_postgres.EmbeddedPostgresError) as error:
        print(f"pactdesk: {error}", file=sys.stderr, flush=True)
        return 1
    finally:
        parts.stop()
        embedded_postgres.release(data / "postgres")


def _environment(host: str, port: int, data: Path) -> tuple[dict[str, str], Path | None]:
    """What the parts are told, and the folder of the database server if it is the embedded one."""
    anywhere = host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    name = "127.0.0.1" if anywhere else f"[{host}]" if ":" in host else host
    defaults = {
        "PACTDESK_BASE_URL": f"http://{quote(name, safe='[]:.')}:{port}",
        "PYTHONUNBUFFERED": "1",
    }
    environment = {**defaults, **os.environ, "PACTDESK_DATA": str(data)}
    if environment.get("DATABASE_URL"):
        return environment, None
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    postgres = data / "postgres"
    with step("Database server"):
        environment["DATABASE_URL"] = embedded_postgres.ensure_running(postgres)
    return environment, postgres


def _web_command(host: str, port: int) -> list[str]:
    listen = ["--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws"]
    # A process that is told to end while it still loads would not notice.
    manners = ["--log-level", "warning", "--workers-kill-timeout", "5"]
    return [sys.executable, "-m", "granian", *listen, *manners, "pactdesk.project.wsgi:application"]


def _require_free_port(host: str, port: int) -> None:
    """Raises `CannotServe` where we cannot listen, after the moment that parts of a killed start need to end."""
    deadline = time.monotonic() + MOMENT
    while error := _bind_error(host, port):
        if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            another = f"Choose another one, for example: PORT={_another(port)} make run"
            sentences = {
                errno.EADDRINUSE: f"Port {port} on {host} is in use by another program. {another}",
                errno.EACCES: f"Port {port} needs more rights than you have. {another}",
            }
            unusable = (
                f"We cannot listen on {host} ({error.strerror}). HOST has to be an address of this machine."
            )
            raise CannotServe(sentences.get(error.errno or 0, unusable))
        time.sleep(0.1)


def _bind_error(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _another(port: int) -> int:
    return port + 1 if 1023 < port < 65535 else 8080


def _wait_for_first_answer(parts: Parts, host: str, port: int) -> None:
    """Wait for an answer and not only for the port, which is open long before anybody is there to answer."""
    with step("Web server and worker"):
        deadline = time.monotonic() + FIRST_ANSWER
        answered = False
        while time.monotonic() < deadline:
            parts.require_alive()
            with suppress(OSError, http.client.HTTPException):
                client = http.client.HTTPConnection(host, port, timeout=1)
                client.request("GET", "/health/")
                status = client.getresponse().status
                client.close()
                if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return
                answered = True
            time.sleep(0.05)
        if answered:
            raise CannotServe("The web server answers with errors only; the reason stands above.")
        raise CannotServe(f"The web server does not answer on {host}, port {port}.")


class Parts:
    """The processes of an installation. Each leads a group of its own: a Ctrl-C reaches only us, and we tell them."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Start a part that has to stay."""
        self._running[name] = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def run(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Run a part that has to end well. Raises `CannotServe`."""
        self.start(name, command, environment)
        if self._running[name].wait():
            raise CannotServe(f"The {name} has failed; the reason stands above.")
        del self._running[name]

    def require_alive(self) -> None:
        """Raises `CannotServe` where a part has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise CannotServe(
                    f"The {name} has ended ({_how(process.returncode)}), so everything else stops too."
                )

    def stop(self) -> None:
        """Ask all parts to end, wait for them, and kill what does not listen; a second signal shortens the wait."""
        self._signal(signal.SIGTERM)
        try:
            deadline = time.monotonic() + GRACE
            for process in self._running.values():
                process.wait(max(0, deadline - time.monotonic()))
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            pass
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            self._signal(signal.SIGKILL)  # also what a part that ended left behind
            for process in self._running.values():
                process.wait()

    def _signal(self, number: signal.Signals) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)


def _die_with_parent() -> None:
    """On Linux a part is told to end when we are killed, so that the next start finds the port free."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _how(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
