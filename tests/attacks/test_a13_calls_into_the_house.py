"""A13: nobody makes us call an address inside somebody's house: not by the form of a URL, not by a redirect, not by a
name that changes what it means between the look and the call."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pactdesk.kernel import outbound
from pactdesk.kernel.addresses import is_open
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.outbound import Borders, CannotCall, Target, post, read_url
from tests.receiver import Receiver

OPEN = Borders(ports=frozenset({443, 8443}))
HOME = Borders(ports=frozenset({443, 8443}), home=True)

# Every form leads, or has led some client, to 127.0.0.1, 169.254.169.254, a private network, or elsewhere than it says.
INWARD = """
http://127.0.0.1/
http://hooks.example.com/
https://127.0.0.1/
https://127.0.0.1:443/
https://127.1/
https://127.0.1/
https://127.0.0.1./
https://127.000.000.001/
https://0177.0.0.1/
https://0177.0.0.01/
https://017700000001/
https://0x7f.0.0.1/
https://0x7f.1/
https://0x7f000001/
https://0X7F000001/
https://2130706433/
https://4294967297/
https://0/
https://0.0.0.0/
https://0x0/
https://00000/
https://127.0.0.1.0x1/
https://1.1.1.1/
https://169.254.169.254/latest/meta-data/
https://2852039166/
https://0xa9fea9fe/
https://0251.0376.0251.0376/
https://168.63.129.16/
https://100.100.100.200/
https://10.0.0.1/
https://172.16.0.1/
https://192.168.1.1/
https://255.255.255.255/
https://[::]/
https://[::1]/
https://[0:0:0:0:0:0:0:1]/
https://[::ffff:127.0.0.1]/
https://[::ffff:7f00:1]/
https://[::127.0.0.1]/
https://[::ffff:0:127.0.0.1]/
https://[64:ff9b::7f00:1]/
https://[64:ff9b:1::7f00:1]/
https://[2002:7f00:1::]/
https://[2001:0:7f00:1::]/
https://[fe80::1]/
https://[fe80::1%25eth0]/
https://[fc00::1]/
https://[fd00:ec2::254]/
https://[ff02::1]/
https://[2606:4700:4700::1111]/
https://[::1
https://::1/
https://localhost/
https://LOCALHOST/
https://localhost./
https://app.localhost/
https://printer.local/
https://metadata.google.internal/
https://127.0.0.1.in-addr.arpa/
https://router/
https://hidden.onion/
https://user@hooks.example.com/
https://user:secret@hooks.example.com/
https://hooks.example.com@127.0.0.1/
https://127.0.0.1@hooks.example.com/
https://hooks.example.com%40127.0.0.1/
https://@127.0.0.1/
https://hooks.example.com#@127.0.0.1/
https://127.0.0.1#.hooks.example.com/
https://127.0.0.1?.hooks.example.com/
https://hooks.example.com\\@127.0.0.1/
https:\\\\127.0.0.1/
https:/127.0.0.1/
https:127.0.0.1/
https:///127.0.0.1/
//127.0.0.1/
https://hooks.example.com:22/
https://hooks.example.com:80/
https://hooks.example.com:6379/
https://hooks.example.com:0/
https://hooks.example.com:65536/
https://hooks.example.com:-1/
https://hooks.example.com:443:22/
https://hooks.example.com:4%343/
https://hooks.example.com.:443/
https://hooks..example.com/
https://.example.com/
https://-hooks.example.com/
https://hooks_.example.com/
https://１２７.０.０.１/
https://①②⑦.⓪.⓪.①/
https://127。0。0。1/
https://lоcalhost.example.com/
https://ⓛocalhost/
https://bücher.example.com/
https://hooks.example.com /
 https://hooks.example.com/
https://hooks.example.com/\u0009x
https://hooks.example.com/\u000d\u000aX-Injected: 1
https://hooks.example.com/\u0000
https://hooks.example.com/\u202e
ftp://hooks.example.com/
file:///etc/passwd
gopher://127.0.0.1:6379/_PING
dict://127.0.0.1:11211/
jar:https://hooks.example.com!/
ws://hooks.example.com/
javascript:alert(1)
data:text/plain,x
"""
FORMS = [
    line.encode("ascii", "backslashreplace").decode("unicode_escape") if "\\u" in line else line
    for line in INWARD.strip("\n").split("\n")
]

# What a name may turn out to mean. One such address among many is enough to refuse.
INWARD_ADDRESSES = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.255.255.254 169.254.0.1
169.254.169.254 168.63.129.16 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1
100::1 2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1
fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff02::1 ff0e::1 4000::1
"""
OPEN_ADDRESSES = "1.1.1.1 8.8.8.8 93.184.216.34 192.1.0.1 2606:4700:4700::1111 2001:4860:4860::8888"


def test_there_are_enough_forms() -> None:
    assert len(FORMS) >= 100
    assert len(set(FORMS)) == len(FORMS)


@pytest.mark.parametrize("form", FORMS)
def test_a_url_that_leads_inward_is_not_even_read(form: str) -> None:
    assert isinstance(read_url(form, OPEN), Reason), form


@pytest.mark.parametrize("form", FORMS)
def test_a_demonstration_opens_the_own_machine_by_its_plain_names_and_nothing_else(form: str) -> None:
    target = read_url(form, HOME)
    assert isinstance(target, Reason) or target.host in {"127.0.0.1", "[::1]", "localhost"}, form


@pytest.mark.parametrize(
    ("form", "target"),
    [
        ("https://hooks.example.com", Target("https", "hooks.example.com", 443, "/")),
        ("HTTPS://Hooks.Example.COM/in?a=b%20c", Target("https", "hooks.example.com", 443, "/in?a=b%20c")),
        ("https://hooks.example.com:8443/x", Target("https", "hooks.example.com", 8443, "/x")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        ("https://a.b?q=http://127.0.0.1/", Target("https", "a.b", 443, "/?q=http://127.0.0.1/")),
    ],
)
def test_an_honest_url_is_read_as_it_is_meant(form: str, target: Target) -> None:
    assert read_url(form, OPEN) == target


@pytest.mark.parametrize("text", INWARD_ADDRESSES.split())
def test_an_address_that_is_not_open_is_not_called_whatever_its_name(text: str) -> None:
    assert not is_open(ip_address(text))
    for answer in ([text], ["1.1.1.1", text], [text, "1.1.1.1"]):
        with pytest.raises(CannotCall) as refused:
            post(NAMED, b"", {}, borders=OPEN, seconds=2, resolver=lambda host, answer=answer: answer)
        assert refused.value.reason.code == "call.address-not-open"


@pytest.mark.parametrize("text", OPEN_ADDRESSES.split())
def test_an_open_address_is_open(text: str) -> None:
    assert is_open(ip_address(text))


NAMED = Target("https", "hooks.example.com", 443, "/in")


# Servers on this machine stand for what is inside the house


@pytest.fixture
def server() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def inside() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.close()


def here(server: Receiver, path: str = "/in") -> Target:
    target = read_url(f"http://127.0.0.1:{server.port}{path}", HOME)
    assert isinstance(target, Target)
    return target


def test_an_answer_comes_back_with_its_status_and_body(server: Receiver) -> None:
    server.status, server.body = 503, b"later"
    server.headers = {"Retry-After": "120"}
    answer = post(here(server, "/in?a=1"), b'{"x": 1}', {"X-One": "1"}, borders=HOME, seconds=5)
    assert (answer.status, answer.body, answer.retry_after) == (503, b"later", "120")
    [(path, headers, body)] = server.asked
    assert (path, body, headers["x-one"], headers["host"]) == (
        "/in?a=1",
        b'{"x": 1}',
        "1",
        f"127.0.0.1:{server.port}",
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(server: Receiver, inside: Receiver, status: int) -> None:
    server.status = status
    server.headers = {"Location": f"http://127.0.0.1:{inside.port}/latest/meta-data/"}
    assert post(here(server), b"{}", {}, borders=HOME, seconds=5).status == status
    assert inside.asked == []


def test_the_twin_that_follows_redirects_is_led_inside(server: Receiver, inside: Receiver) -> None:
    """What the test above would miss if we called as most programs do."""
    server.status = 302
    server.headers = {"Location": f"http://127.0.0.1:{inside.port}/latest/meta-data/"}
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        urllib.request.Request(f"http://127.0.0.1:{server.port}/in", data=b"{}"), timeout=5
    )
    assert [path for path, _headers, _body in inside.asked] == ["/latest/meta-data/"]


class Rebinding:
    """A name server of the attacker's: an open address the first time, one inside the house from then on."""

    def __init__(self, first: str, then: str) -> None:
        self.answers = [first]
        self.then = then
        self.times = 0

    def __call__(self, host: str) -> Sequence[str]:
        self.times += 1
        return [self.answers.pop()] if self.answers else [self.then]


def test_a_name_that_changes_its_mind_is_asked_once_and_only_what_was_checked_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = noted_connections(monkeypatch)
    names = Rebinding("93.184.216.34", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    with pytest.raises(CannotCall):
        post(NAMED, b"{}", {}, borders=OPEN, seconds=2, resolver=names)
    assert names.times == 1
    assert called == [("93.184.216.34", 443)]


def test_the_twin_that_looks_a_second_time_is_led_inside(inside: Receiver) -> None:
    """The usual mistake: check what the name means, then let the library find out for itself."""
    names = Rebinding("93.184.216.34", "127.0.0.1")

    def vulnerable_post(host: str, port: int) -> int:
        assert all(is_open(ip_address(each)) for each in names(host))
        (address,) = names(host)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"http://{address}:{port}/", timeout=5
        ) as answer:
            return int(answer.status)

    assert vulnerable_post("hooks.example.com", inside.port) == 200
    assert len(inside.asked) == 1


def test_a_second_address_inside_the_house_is_refused_although_the_first_is_open() -> None:
    answer = ["93.184.216.34", "127.0.0.1"]
    with pytest.raises(CannotCall) as refused:
        post(NAMED, b"", {}, borders=OPEN, seconds=2, resolver=lambda host: answer)
    assert refused.value.reason.code == "call.address-not-open"


def test_proxies_of_the_environment_are_not_heeded(
    server: Receiver, inside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
    monkeypatch.setenv("no_proxy", "")
    assert post(here(server), b"{}", {}, borders=HOME, seconds=5).status == 200
    assert (len(server.asked), inside.asked) == (1, [])


def test_a_header_with_a_line_break_is_not_sent(server: Receiver) -> None:
    with pytest.raises(CannotCall):
        post(here(server), b"", {"X-One": "1\r\nX-Two: 2"}, borders=HOME, seconds=2)
    assert server.asked == []


# Bounded, whatever the other side does


def one_answer(*parts: bytes, pause: float = 0.0, linger: float = 0.0) -> tuple[int, threading.Thread]:
    """A port where one caller is sent these parts, with pauses between them."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _address = listening.accept()
        with line, listening:
            try:
                line.recv(65536)
                for part in parts:
                    line.sendall(part)
                    time.sleep(pause)
                time.sleep(linger)
            except OSError:
                pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return listening.getsockname()[1], thread


def calling(port: int, seconds: float = 1.0) -> outbound.Answer:
    return post(Target("http", "127.0.0.1", port, "/"), b"", {}, borders=HOME, seconds=seconds)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("parts", "pause", "code"),
    [
        ([OK] + [b"X-A: 1\r\n"] * 60, 0.1, "call.timed-out"),
        ([bytes([byte]) for byte in OK * 5], 0.1, "call.timed-out"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"] * 60, 0.1, "call.timed-out"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" * 9000], 0.0, "call.not-http"),
        ([OK + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n"], 0.0, "call.not-http"),
        ([OK + b"X-A: 1\r\n" * 9000 + b"\r\n"], 0.0, "call.not-http"),
        ([b"SSH-2.0-OpenSSH_9.6\r\n"], 0.0, "call.not-http"),
        ([b"\x00" * 100], 0.0, "call.not-http"),
        ([b""], 0.0, "call.not-http"),
    ],
    ids=[
        "slow headers",
        "slow line",
        "slow 100s",
        "many 100s",
        "long header",
        "many headers",
        "ssh",
        "nul",
        "empty",
    ],
)
def test_whatever_answers_slowly_or_endlessly_is_left_in_time(
    parts: list[bytes], pause: float, code: str
) -> None:
    port, _thread = one_answer(*parts, pause=pause)
    began = time.monotonic()
    with pytest.raises(CannotCall) as failed:
        calling(port)
    assert failed.value.reason.code == code
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize(
    ("parts", "pause"),
    [
        ([OK + b"\r\n"] + [b"x" * 4096] * 1000, 0.0),
        ([OK + b"Content-Length: 999999999\r\n\r\n" + b"x" * 100_000], 0.0),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"x" * 65535 + b"\r\nffff\r\n"], 0.0),
        ([OK + b"\r\n"] + [b"x"] * 60, 0.1),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], 0.0),
    ],
    ids=["endless", "claims more", "chunked", "slow body", "broken chunks"],
)
def test_of_an_answer_no_more_is_kept_than_64_kilobytes_and_its_status_stands(
    parts: list[bytes], pause: float
) -> None:
    port, _thread = one_answer(*parts, pause=pause, linger=0.2)
    began = time.monotonic()
    answer = calling(port)
    assert answer.status == 200
    assert len(answer.body) <= outbound.MOST_ANSWER
    assert time.monotonic() - began < 2.5


def test_a_name_server_that_never_answers_is_left_in_time() -> None:
    hanging = threading.Event()
    began = time.monotonic()

    def never(host: str) -> Sequence[str]:
        hanging.wait(10)
        return []

    with pytest.raises(CannotCall) as failed:
        post(NAMED, b"", {}, borders=OPEN, seconds=0.3, resolver=never)
    hanging.set()
    assert failed.value.reason.code == "call.timed-out"
    assert time.monotonic() - began < 2


def test_nobody_listening_and_nobody_known_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(CannotCall) as closed:
        calling(port)
    assert closed.value.reason.code == "call.no-connection"

    def unknown(host: str) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    for resolver in (unknown, lambda host: []):
        with pytest.raises(CannotCall) as nobody:
            post(NAMED, b"", {}, borders=OPEN, seconds=2, resolver=resolver)
        assert nobody.value.reason.code == "call.name-unknown"


# Encrypted for the name that was typed, by somebody who can prove to have it


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, ssl.SSLContext]]:
    """Makes a certificate for a name, and what trusts it."""
    folder = tmp_path_factory.mktemp("authority")

    def certify(name: str) -> tuple[Path, ssl.SSLContext]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        path = folder / f"{name}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return path, ssl.create_default_context(cafile=str(path))

    return certify


@pytest.fixture
def encrypted(server: Receiver, authority: Callable[[str], tuple[Path, ssl.SSLContext]]) -> ssl.SSLContext:
    """The server speaks TLS as hooks.example.com and notes which name was asked for; this is what trusts it."""
    path, trusting = authority("hooks.example.com")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.names = []  # type: ignore[attr-defined]  # only here
    context.sni_callback = lambda line, name, given: server.names.append(name)  # type: ignore[attr-defined]
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    return trusting


def test_the_name_stands_in_the_handshake_and_in_the_host_header(
    server: Receiver, encrypted: ssl.SSLContext
) -> None:
    target = Target("https", "hooks.example.com", server.port, "/in")
    answer = post(
        target, b"{}", {}, borders=HOME, seconds=5, resolver=lambda host: ["127.0.0.1"], tls=encrypted
    )
    assert answer.status == 200
    assert server.names == ["hooks.example.com"]  # type: ignore[attr-defined]
    assert server.asked[0].headers["host"] == f"hooks.example.com:{server.port}"


@pytest.mark.parametrize("trusted", [True, False], ids=["another name", "an unknown authority"])
def test_whoever_cannot_prove_the_name_gets_nothing(
    server: Receiver, encrypted: ssl.SSLContext, trusted: bool
) -> None:
    target = Target("https", "other.example.com" if trusted else "hooks.example.com", server.port, "/in")
    with pytest.raises(CannotCall) as failed:
        post(
            target,
            b"secret",
            {},
            borders=HOME,
            seconds=5,
            resolver=lambda host: ["127.0.0.1"],
            tls=encrypted if trusted else None,
        )
    assert failed.value.reason.code == "call.certificate"
    assert server.asked == []


def test_a_server_that_speaks_no_tls_gets_nothing(server: Receiver) -> None:
    target = Target("https", "hooks.example.com", server.port, "/in")
    with pytest.raises(CannotCall) as failed:
        post(target, b"secret", {}, borders=HOME, seconds=2, resolver=lambda host: ["127.0.0.1"])
    assert failed.value.reason.code in {"call.tls", "call.no-connection"}
    assert server.asked == []


def forbidden(*args: object, **kwargs: object) -> object:
    raise AssertionError("a second look at the name")


def noted_connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where a socket wants to go, without its going there."""
    called: list[tuple[str, int]] = []

    class Noting(socket.socket):
        def connect(self, address: tuple[str, int]) -> None:  # type: ignore[override]
            called.append(address)
            raise ConnectionRefusedError

    monkeypatch.setattr(outbound.socket, "socket", Noting)
    return called
