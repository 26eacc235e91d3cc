"""A small stand-in for ClamAV's daemon that speaks its real protocol (INSTREAM) over TCP or a Unix socket."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from tests.attachments import EICAR


class FakeClamd:
    """Finds EICAR and nothing else; `length` is its StreamMaxLength. `scanned` is what it was given."""

    def __init__(self, path: Path | None = None, *, length: int = 100 * 1024 * 1024) -> None:
        if path is not None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(path))
            self.url = f"unix://{path}"
        else:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.url = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._listener.listen()
        self._length = length
        self.scanned: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> FakeClamd:
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._answer(connection)
                except OSError:
                    continue

    def _answer(self, connection: socket.socket) -> None:
        if _read(connection, 10) != b"zINSTREAM\0":
            connection.sendall(b"UNKNOWN COMMAND\0")
            return
        data = b""
        while size := int.from_bytes(_read(connection, 4), "big"):
            data += _read(connection, size)
            if len(data) > self._length:
                connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.scanned.append(data)
        found = b"Eicar-Test-Signature FOUND" if EICAR in data else b"OK"
        connection.sendall(b"stream: " + found + b"\0")


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data
