"""Looking for viruses: what a scanner has to be able to do, and the one that comes along."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import closing
from typing import Protocol, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

PATIENCE = 60  # seconds, for each step: connecting, each block, the answer


class CannotScan(Exception):
    """The scanner cannot be reached, or did not come to a verdict. The file goes on waiting."""


class Scanner(Protocol):
    """Says of a file whether it may be handed out."""

    def finds(self, blocks: Iterable[bytes]) -> str:
        """The name of what was found in it, "" where nothing was. Raises `CannotScan`."""


def scanner() -> Scanner | None:
    """The scanner that the settings name; None where files are not checked."""
    if not settings.FILE_SCANNER:
        return None
    return cast(Scanner, import_string(settings.FILE_SCANNER)(settings.FILE_SCANNER_URL))


class Clamd:
    """ClamAV's daemon, asked over its own protocol (INSTREAM), at tcp://host:port or unix:///path."""

    def __init__(self, url: str) -> None:
        self._place = urlsplit(url)

    def finds(self, blocks: Iterable[bytes]) -> str:
        try:
            with closing(self._connected()) as connection:
                connection.sendall(b"zINSTREAM\0")
                for block in blocks:
                    connection.sendall(len(block).to_bytes(4, "big") + block)
                connection.sendall(bytes(4))
                answer = _read_answer(connection)
        except OSError as error:
            # It hangs up in the middle of a file that is longer than its StreamMaxLength.
            raise CannotScan(str(error)) from error
        if answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        if answer != "stream: OK":
            raise CannotScan(answer or "it hung up")
        return ""

    def _connected(self) -> socket.socket:
        if self._place.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE)
            try:
                connection.connect(self._place.path)
            except OSError:
                connection.close()
                raise
            return connection
        return socket.create_connection((self._place.hostname or "", self._place.port or 3310), PATIENCE)


def _read_answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 1000 and (more := connection.recv(1000)):
        answer += more
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
