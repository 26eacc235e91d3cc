"""A15: files of agreements that are to cost more than they are worth: each costs little time and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator

import pytest

from pactdesk.imports.rules import ENCODINGS, Known, Options, Unreadable, judge, read
from pactdesk.imports.rules.reading import MB, MOST_BYTES
from tests import imported
from tests.imported import table

HEAD = imported.HEAD.encode()
FULL = MOST_BYTES // 2
BOMBS = {
    "separators": HEAD + b"\n" + b"," * FULL,
    "separators first": b";" * FULL,
    "quotes": HEAD + b"\n" + b'"' * FULL,
    "an open quote": HEAD + b'\n"' + b"a\n" * (FULL // 2),
    "lines": HEAD + b"\n" * FULL,
    "rows of nothing": HEAD + b"\n" + b",\n" * (FULL // 2),
    "one cell": HEAD + b"\n" + b"9" * FULL,
    "one name": b"a" * FULL,
    "spaces": b" " * FULL + b"x",
    "letters of a code page": b"a" * 19_000 + b"\xff" * (FULL // 2),
    "marks": HEAD + b"\n" + "a\u0301\u0323".encode() * (FULL // 5),
    "ligatures": b"\xef\xb7\xba" * (FULL // 3),
    "exponents": (HEAD + b"\n" + b"1e9999999999,1E+99999999999999,\n" * 5_000),
    "digits everywhere": table(*[{"organization": "1 " * 249, "programme": "1." * 249}] * 1000).encode(),
    "names much like others": table(
        *[{"organization": f"Northern Lights Trading {n:05} Ltd"} for n in range(3000)]
    ).encode(),
}
KNOWN = Known(names=tuple(f"Northern Trading Lights {n:04} Limited" for n in range(2000)))


def most_memory() -> int:
    """The most that this process has ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.fixture
def little() -> Iterator[None]:
    before, started = most_memory(), time.process_time()
    yield
    assert time.process_time() - started < 10  # on a busy machine everything costs several times as much
    assert most_memory() - before < 256 * MB


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.usefixtures("little")
def test_a_bomb_costs_little(name: str) -> None:
    try:
        reading = read(BOMBS[name], Options())
    except Unreadable:
        return
    judgement = judge(reading, KNOWN, Options())
    assert not judgement.taken


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_encoding_makes_much_of_little(encoding: str) -> None:
    try:
        reading = read(b"a\xff\x00" * 50_000, Options(encoding=encoding))
    except Unreadable:
        return
    assert not reading.rows
