"""A process that reads pages as a signed-in browser would and says how long the server took.

Server time is taken inside: the application is called as the web server calls it, in a process that has warmed up. One
such process stands beside each database, so that they can take turns.

Run as `python -m bench.reader` this module is that process: a line of JSON in, a line of JSON out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, Self
from unittest import mock

from bench.place import HOST, CannotMeasure, Place, python
from bench.report import median


class Reader:
    """Such a process, ended with the `with` block."""

    def __init__(self, place: Place, database: str | None) -> None:
        self._place = place
        self._process = place.start(
            python("bench.reader"),
            place.environment(database),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._place.end(self._process)

    def __call__(self, paths: Sequence[str], cookies: str, *, mark: str, marks: int) -> dict[str, float]:
        """Read these pages: medians of "server" and "database", in seconds, and of "queries".

        Each page has to show `marks` different places where the pattern `mark` fits. Raises `CannotMeasure`.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        question = {"paths": list(paths), "cookies": cookies, "mark": mark, "marks": marks}
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise CannotMeasure("A reader of pages has ended; what it said stands above.")
        answer: dict[str, float] = json.loads(line)
        return answer


def main() -> None:
    """Answer each question until there are no more."""
    from pactdesk.project.wsgi import application

    for line in sys.stdin:
        print(json.dumps(_read(application, **json.loads(line))), flush=True)


def _read(application: Any, paths: list[str], cookies: str, mark: str, marks: int) -> dict[str, float]:
    import psycopg

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
        for path in paths:
            spent.clear()
            started = time.perf_counter()
            status, body = call(application, path, cookies)
            server.append(time.perf_counter() - started)
            database.append(sum(spent))
            queries.append(len(spent))
            found = len(set(re.findall(mark.encode(), body)))
            if status != "200 OK" or found != marks:
                raise SystemExit(f"{path}: {status}, {found} of {marks} times {mark}")
    return {"server": median(server), "database": median(database), "queries": median(queries)}


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
