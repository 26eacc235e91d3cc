"""Somebody else's server, on this machine."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Asked(NamedTuple):
    """What the server was asked: path, headers by lower-case name, body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """An HTTP server on 127.0.0.1 that notes what it is asked, and answers as it is told to.

    `statuses` are used up one after the other, then `status` counts.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.status = 200
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.body = b"ok"
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.asked.append(Asked(self.path, headers, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

            do_POST = do_GET = answer  # noqa: N815 - their names

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self.http.server_address[1])
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path: str = "/in") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
