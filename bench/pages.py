"""The list of requests, fifty rows a page, at three sizes of the database.

Server time is taken inside: the application is called as the web server calls it, in a process that has warmed up, with
the session of a signed-in reader. One such process stands beside each database and they take turns.

Run as `python -m bench.pages` this module is that process: a line of JSON in, a line of JSON out.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from unittest import mock

from bench.place import HOST, CannotMeasure, Place, python
from bench.report import Table, in_ms, median, quantile, say

# Who reads what: the reader of very many and the reader of few, the newest page, and any page further down.
KINDS = {
    "contact of every fifth, newest page": ("busy", False),
    "contact of every fifth, an older page": ("busy", True),
    "contact of sixty, newest page": ("few", False),
    "contact of sixty, an older page": ("few", True),
}
ROWS = 50
SAMPLES = 60  # pages of each kind and round
WARM_UP = 40
GOAL_MS, GOAL_RATIO = 15.0, 1.3


def measure(place: Place, world: Any, table: Table, *, seconds: float, rounds: int) -> None:
    """Server time, its share in the database, and time over HTTP."""
    from bench.submitting import drive
    from bench.world import database_of

    sizes = world.sizes
    databases = {size: None if size == sizes[-1] else database_of(size) for size in sizes}
    inside: dict[tuple[int, str], list[dict[str, float]]] = {}
    over_http: dict[int, list[float]] = {size: [] for size in sizes}
    say("the list of requests, server time")
    with ExitStack() as stack:
        readers = {size: stack.enter_context(_Reader(place, databases[size], world, size)) for size in sizes}
        for _ in range(rounds):
            for kind in KINDS:
                for size in sizes:
                    inside.setdefault((size, kind), []).append(readers[size](kind))
    say("the list of requests over HTTP")
    with ExitStack() as stack:
        ports = {size: stack.enter_context(place.web_server(databases[size]))[0] for size in sizes}
        # Short turns and many of them, so that whatever disturbs the machine disturbs all sizes alike.
        for turn in range(4 * rounds + 1):
            for size in sizes:
                result = drive(
                    ports[size],
                    [world.session_of(world.busy).cookies],
                    [("/requests/", 0, "")],
                    min(seconds, 0.5),
                    status=200,
                    repeat=True,
                    clients=1,
                )
                if turn:  # the first one only warms up
                    over_http[size] += result["latencies"]
    _report(table, sizes, inside, over_http)


def _report(
    table: Table,
    sizes: list[int],
    inside: dict[tuple[int, str], list[dict[str, float]]],
    over_http: dict[int, list[float]],
) -> None:
    goals = f"goals: largest / smallest ≤ {GOAL_RATIO}, server < {GOAL_MS:.0f} ms"
    table.heading(f"The list of requests, {ROWS} rows ({goals})")
    table.row("requests in the database", *(f"{size:,}" for size in sizes), "largest / smallest", "queries")
    for kind in KINDS:
        rounds = {size: inside[size, kind] for size in sizes}
        for name, key in (("server time", "server"), ("of it in the database", "database")):
            values = {size: median([each[key] for each in rounds[size]]) for size in sizes}
            pairs = zip(rounds[sizes[-1]], rounds[sizes[0]], strict=True)
            ratio = median([largest[key] / smallest[key] for largest, smallest in pairs])
            label = f"{kind}: {name}" if key == "server" else f"  {name}"
            queries = f"{rounds[sizes[0]][0]['queries']:.0f}" if key == "server" else ""
            table.row(label, *(f"{values[size] * 1000:.2f} ms" for size in sizes), f"{ratio:.2f}", queries)
    for share in (0.50, 0.99):
        values = {size: quantile(over_http[size], share) for size in sizes}
        table.row(
            f"over HTTP, one client, p{share * 100:.0f}",
            *(in_ms(values[size]) for size in sizes),
            f"{values[sizes[-1]] / values[sizes[0]]:.2f}",
        )


class _Reader:
    """A process that reads pages on demand."""

    def __init__(self, place: Place, database: str | None, world: Any, size: int) -> None:
        self._place = place
        self._process = place.start(
            python("bench.pages"),
            place.environment(database),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        # Requests of the past by their place in the history. The reader of few has little more than one page: for them,
        # what is older than the next one to come.
        below = {"busy": (size // 10, size), "few": (size + 1, size + 1000)}
        sessions = {
            "busy": asdict(world.session_of(world.busy)),
            "few": asdict(world.session_of(world.few[str(size)])),
        }
        self._ask({"sessions": sessions, "older": below, "first": world.model_case})

    def __enter__(self) -> Callable[[str], dict[str, float]]:
        return lambda kind: self._ask({"kind": kind})

    def __exit__(self, *error: object) -> None:
        self._place.end(self._process)

    def _ask(self, question: dict[str, Any]) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise CannotMeasure("A reader of the list has ended; what it said stands above.")
        answer: dict[str, float] = json.loads(line)
        return answer


def main() -> None:
    """Warm up with the first question, then answer each with medians, in seconds."""
    from pactdesk.project.wsgi import application

    plan = json.loads(sys.stdin.readline())
    for kind in KINDS:
        _read(application, plan, kind, WARM_UP)
    print("{}", flush=True)
    for line in sys.stdin:
        print(json.dumps(_read(application, plan, json.loads(line)["kind"], SAMPLES)), flush=True)


def _read(application: Any, plan: dict[str, Any], kind: str, samples: int) -> dict[str, float]:
    import psycopg

    who, older = KINDS[kind]
    cookies = plan["sessions"][who]["cookies"]
    spent: list[float] = []

    def stopwatch(*statement: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*statement, **options)
        finally:
            spent.append(time.perf_counter() - started)

    server, database, queries = [], [], []
    # In the driver itself, because not every statement passes Django.
    execute = psycopg.Cursor.execute
    with mock.patch.object(psycopg.Cursor, "execute", stopwatch):
        for _ in range(samples):
            path = (
                f"/requests/?older={_place(plan, random.randint(*plan['older'][who]))}"
                if older
                else "/requests/"
            )
            spent.clear()
            started = time.perf_counter()
            status, body = call(application, path, cookies)
            server.append(time.perf_counter() - started)
            database.append(sum(spent))
            queries.append(len(spent))
            rows = len(set(re.findall(rb'href="/requests/PD-[0-9]+/"', body)))
            if status != "200 OK" or rows != ROWS:
                raise SystemExit(f"{path} for the reader of {who}: {status}, {rows} rows")
    return {"server": median(server), "database": median(database), "queries": median(queries)}


def _place(plan: dict[str, Any], n: int) -> str:
    """Where the list goes on after request `n` of the history (`history.sql`): its instant and its number."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + n * timedelta(seconds=20)
    return f"{at.timestamp():.6f}-{plan['first'] + n}"


def call(application: Any, path: str, cookies: str, form: bytes = b"") -> tuple[str, bytes]:
    """Call the application as the web server does; answers status and body."""
    path, _, query = path.partition("?")
    head: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        head.append(status)

    answer: Iterable[bytes] = application(
        {
            "REQUEST_METHOD": "POST" if form else "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": HOST,
            "SERVER_PORT": "8170",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": HOST,
            "HTTP_HOST": f"{HOST}:8170",
            "HTTP_ORIGIN": f"http://{HOST}:8170",
            "HTTP_COOKIE": cookies,
            "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.8",
            "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if form else "",
            "CONTENT_LENGTH": str(len(form)) if form else "",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(form),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        },
        start_response,
    )
    try:
        body = b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    return head[0], body


if __name__ == "__main__":
    main()
