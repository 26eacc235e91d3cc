"""Calling addresses that people have typed, without being led into anybody's own house (SSRF).

A URL is read strictly (`read_url`) and the call (`post`) resolves its name once, looks at every address that came of
it, and connects to one of those that were looked at. It follows no redirects, heeds no proxy of the environment, and is
bounded in time and size, whatever the other side does.
"""

from __future__ import annotations

import http.client
import io
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pactdesk.kernel.addresses import Address, is_loopback, is_open
from pactdesk.kernel.decisions import Reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_URL = 1000  # characters
MOST_ANSWER = 64 * 1024  # bytes that are kept of an answer's body
_MOST_READ = MOST_ANSWER + 32 * 1024  # with its headers
_MOST_ADDRESSES = 4

_URL = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<place>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?")
_PLACE = re.compile(r"(?P<host>\[[0-9a-fA-F:.]*\]|[^:@\[\]]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Of the characters that a URL may hold (RFC 3986), so neither spaces nor anything that others read in another way.
_PLAIN = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
# Names that are nobody's in the open internet.
_CLOSED_NAMES = ("localhost", "local", "internal", "arpa", "onion", "invalid", "localdomain")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"https": 443, "http": 80}

Resolver = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Borders:
    """How far calls may go: `ports` in the open internet, always by https. With `home`, also this machine itself, by
    http or https and at any port, which is for demonstrations and tests."""

    ports: frozenset[int]
    home: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was read. `host` is in lower case, an IPv6 address in brackets; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host and port as the Host header says them."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `body` has at most `MOST_ANSWER` bytes, `seconds` is how long all of it took."""

    status: int
    body: bytes
    retry_after: str
    seconds: float


class CannotCall(Exception):
    """There was no answer; `reason` says why."""

    def __init__(self, code: str) -> None:
        self.reason = Reason(code)
        super().__init__(code)


def read_url(text: str, borders: Borders) -> Target | Reason:
    """The target that `text` names, or the first reason why we do not call it. Looks nothing up."""
    if len(text) > MOST_URL:
        return Reason("url.too-long", {"length": len(text), "most": MOST_URL})
    if not _PLAIN.fullmatch(text):
        return Reason("url.characters")
    parts = _URL.fullmatch(text)
    if parts is None:
        return Reason("url.fragment" if "#" in text else "url.not-a-url")
    if "@" in parts["place"]:
        return Reason("url.userinfo")
    place = _PLACE.fullmatch(parts["place"])
    if place is None:
        return Reason("url.host")
    scheme, host = parts["scheme"].lower(), place["host"].lower()
    if scheme not in _DEFAULT_PORTS:
        return Reason("url.not-https")
    port = int(place["port"]) if place["port"] else _DEFAULT_PORTS[scheme]
    target = Target(scheme, host, port, (parts["path"] or "/") + (parts["query"] or ""))
    if borders.home and host in _THIS_MACHINE:
        return target if 0 < port < 65536 else Reason("url.port", {"ports": _in_words(borders.ports)})
    if scheme != "https":
        return Reason("url.not-https")
    if (reason := _refusal_of(host)) is not None:
        return reason
    if port not in borders.ports:
        return Reason("url.port", {"ports": _in_words(borders.ports)})
    return target


def _in_words(ports: frozenset[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))


def _refusal_of(host: str) -> Reason | None:
    """Why `host` is no name in the open internet; None where it may be one."""
    labels = host.split(".")
    # What ends in a number is an address, in one of the many ways in which addresses are written.
    if host.startswith("[") or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1] or labels[-2:][0]):
        return Reason("url.host-is-address")
    if labels[-1] in _CLOSED_NAMES:
        return Reason("url.host-not-open")
    if len(labels) < 2 or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return Reason("url.host")
    return None


def resolve(host: str) -> list[str]:
    """The addresses of `host`, as the system finds them. Raises OSError."""
    found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    *,
    borders: Borders,
    seconds: float,
    resolver: Resolver = resolve,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send `body` to `target` and answer what came back within `seconds`, all of it included.

    Whatever status came back is an answer. Raises `CannotCall`. `tls` says whom to trust; None is the system's choice.
    """
    started = time.monotonic()
    deadline = started + seconds
    try:
        addresses = _checked(target, borders, resolver, deadline)
        with _connected(target, addresses, deadline, tls) as line:
            _send(line, _request(target, body, headers), deadline)
            status, retry_after, kept = _receive(line, deadline)
    except TimeoutError as error:
        raise CannotCall("call.timed-out") from error
    except ssl.SSLCertVerificationError as error:
        raise CannotCall("call.certificate") from error
    except ssl.SSLError as error:
        raise CannotCall("call.tls") from error
    except (http.client.HTTPException, ValueError) as error:
        raise CannotCall("call.not-http") from error
    except OSError as error:
        raise CannotCall("call.no-connection") from error
    return Answer(status, kept, retry_after, time.monotonic() - started)


def _checked(target: Target, borders: Borders, resolver: Resolver, deadline: float) -> list[Address]:
    """The addresses of the target, of which every single one may be called."""
    try:
        texts = _within(deadline, lambda: resolver(target.host))
    except TimeoutError:
        raise
    except (OSError, UnicodeError) as error:
        raise CannotCall("call.name-unknown") from error
    addresses = [ip_address(text) for text in texts]
    if not addresses:
        raise CannotCall("call.name-unknown")
    if not all(is_open(each) or (borders.home and is_loopback(each)) for each in addresses):
        raise CannotCall("call.address-not-open")
    return addresses[:_MOST_ADDRESSES]


def _within(deadline: float, ask: Callable[[], Sequence[str]]) -> Sequence[str]:
    """What `ask` answers. A system's resolver cannot be told how long it may take, so it is left behind instead."""
    answers: queue.SimpleQueue[Sequence[str] | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(ask())
        except BaseException as error:  # carried over to the thread that waits
            answers.put(error)

    threading.Thread(target=run, name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=_left(deadline))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _connected(
    target: Target, addresses: Sequence[Address], deadline: float, tls: ssl.SSLContext | None
) -> socket.socket:
    """A connection to the first of the addresses that takes one; encrypted for the target's name, where it is https."""
    line = _first_that_takes(addresses, target.port, deadline)
    if target.scheme != "https":
        return line
    try:
        line.settimeout(_left(deadline))
        context = tls or ssl.create_default_context()
        return context.wrap_socket(line, server_hostname=target.host.strip("[]"))
    except BaseException:
        line.close()
        raise


def _first_that_takes(addresses: Sequence[Address], port: int, deadline: float) -> socket.socket:
    failure: OSError = OSError("no address")
    for position, address in enumerate(addresses):
        line = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        try:
            # What is left is shared out, so that one address that does not answer leaves time for the next.
            line.settimeout(_left(deadline) / (len(addresses) - position))
            line.connect((str(address), port))
            return line
        except OSError as error:
            line.close()
            failure = error
    raise failure


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.place}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in {**headers, "Connection": "close"}.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header with a line break")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


def _send(line: socket.socket, request: bytes, deadline: float) -> None:
    line.settimeout(_left(deadline))
    line.sendall(request)


def _receive(line: socket.socket, deadline: float) -> tuple[int, str, bytes]:
    """Status, Retry-After, and as much of the body as is kept. Once there is a status, nothing makes it unsaid."""
    response = http.client.HTTPResponse(_Line(line, deadline), method="POST")  # type: ignore[arg-type]  # all it uses
    response.begin()
    kept = bytearray()
    try:
        while len(kept) < MOST_ANSWER and (part := response.read1(MOST_ANSWER - len(kept))):
            kept += part
    except (OSError, http.client.HTTPException, ValueError):
        pass
    return response.status, response.headers.get("Retry-After", ""), bytes(kept)


def _left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Line:
    """As much of a socket as an HTTP answer reads from."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line, self._deadline = line, deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bounded(self._line, self._deadline))


class _Bounded(io.RawIOBase):
    """Reads until the deadline and no more than so many bytes, however slowly or much is sent."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line, self._deadline, self._room = line, deadline, _MOST_READ

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)[: self._room]
        if not view:
            return 0
        self._line.settimeout(_left(self._deadline))
        count = self._line.recv_into(view)
        self._room -= count
        return count
