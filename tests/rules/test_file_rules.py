"""What files may come, and what they are: as tables."""

from __future__ import annotations

import time

import pytest

from pactdesk.cases.rules.files import (
    LOOKED_AT,
    MB,
    PIECE,
    UNKNOWN,
    WHOLE,
    Limits,
    Taken,
    acceptable,
    may_hold_secrets,
    next_piece,
    recognised,
    served_as,
)
from tests.attachments import LOG, PDF, PNG, SVG, ZIP

LIMITS = Limits(file=10 * MB, request=30 * MB, request_files=3, agreement=100 * MB, day=120 * MB)
FREE = Taken()


@pytest.mark.req("WIZ-6")
@pytest.mark.parametrize(
    ("size", "taken", "codes"),
    [
        (1, FREE, ()),
        (0, FREE, ("file.empty",)),
        (10 * MB, FREE, ()),
        (10 * MB + 1, FREE, ("file.too-large",)),
        (1, Taken(request_files=2), ()),
        (1, Taken(request_files=3), ("file.too-many",)),
        (1, Taken(request=30 * MB - 1), ()),
        (2, Taken(request=30 * MB - 1), ("file.request-full",)),
        (1, Taken(agreement=100 * MB - 1), ()),
        (2, Taken(agreement=100 * MB - 1), ("file.agreement-full",)),
        (1, Taken(day=120 * MB - 1), ()),
        (2, Taken(day=120 * MB - 1), ("file.day-full",)),
        (
            11 * MB,
            Taken(request=30 * MB, request_files=3, agreement=100 * MB, day=120 * MB),
            (
                "file.too-large",
                "file.too-many",
                "file.request-full",
                "file.agreement-full",
                "file.day-full",
            ),
        ),
    ],
)
def test_each_limit_holds_at_its_last_byte_and_every_one_that_is_passed_is_named(
    size: int, taken: Taken, codes: tuple[str, ...]
) -> None:
    assert acceptable("a.log", size, taken, LIMITS).codes == codes


def test_an_agreement_without_a_limit_holds_anything() -> None:
    endless = Limits(file=10 * MB, request=30 * MB, request_files=3, agreement=0, day=120 * MB)
    assert acceptable("a.log", MB, Taken(agreement=10**15), endless).allowed


@pytest.mark.parametrize(
    ("size", "received", "expected"),
    [
        (1, 0, 1),
        (WHOLE, 0, WHOLE),
        (WHOLE + 1, 0, PIECE),
        (WHOLE + 1, PIECE, PIECE),
        (WHOLE + 1, 2 * PIECE, 1),
        (WHOLE + 1, WHOLE + 1, 0),
    ],
)
def test_a_file_comes_whole_or_in_pieces_of_one_length(size: int, received: int, expected: int) -> None:
    assert next_piece(size, received) == expected


TYPES = {
    "png": (PNG, "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9", "image/jpeg"),
    "gif": (b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0;", "image/gif"),
    "webp": (b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0\x2f\0\0\0\x10\7\x10\x11\x11\x88\x88\xfe\7\0", "image/webp"),
    "pdf": (PDF, "application/pdf"),
    "log": (LOG, "text/plain"),
    "greek": ("Δεν ξεκινά ο διακομιστής.\r\n".encode(), "text/plain"),
    "coloured log": (b"\x1b[31merror\x1b[0m 1722\n", "text/plain"),
    "mark before text": (b"\xef\xbb\xbfhello", "text/plain"),
    "html": (b"<html><script>alert(1)</script>", UNKNOWN),
    "html after white space": (b" \n\t<ScRipt>alert(1)</script>", UNKNOWN),
    "html after a mark": (b"\xef\xbb\xbf<html>", UNKNOWN),
    "program text": (b"#!/bin/sh\nrm -rf /\n", UNKNOWN),
    "pretends to be a gif": (b"GIF89a/*...*/=0;alert(1)", UNKNOWN),
    "png with a page in it": (PNG + b"<script>alert(1)</script>", UNKNOWN),
    "png that is an archive, too": (PNG + ZIP, UNKNOWN),
    "pdf with a page in it": (PDF + b"<html><script>", UNKNOWN),
    "two documents": (PDF + PDF, UNKNOWN),
    "png that is a document, too": (PNG + PDF, UNKNOWN),
    "binary": (bytes(range(256)), UNKNOWN),
    "control characters": (b"\0\1\2\3 text", UNKNOWN),
    "latin-1": (b"caf\xe9 au lait", UNKNOWN),
    "one byte": (b"x", "text/plain"),
}


@pytest.mark.parametrize("name", TYPES)
def test_a_file_is_recognised_by_what_is_in_it_and_nothing_that_is_two_things(name: str) -> None:
    data, expected = TYPES[name]
    found = recognised(data[:LOOKED_AT], data[-LOOKED_AT:])
    served = {each: served_as(found, f"a.{each}") for each in ("png", "jpg", "gif", "webp", "pdf", "txt")}
    if expected == UNKNOWN:
        assert set(served.values()) == {UNKNOWN}, found
    else:
        assert found == expected
        assert [each for each in served.values() if each != UNKNOWN] == [expected]


@pytest.mark.parametrize("data", [SVG, ZIP, b"MZ" + bytes(100), b"\x7fELF" + bytes(100), b"%!PS-Adobe-3.0\n"])
def test_what_can_do_something_is_handed_out_as_nothing_in_particular(data: bytes) -> None:
    found = recognised(data, data)
    for ending in ("svg", "html", "zip", "exe", "png", "txt", "pdf", "xml"):
        assert served_as(found, f"a.{ending}") == UNKNOWN


def test_a_type_counts_only_with_its_own_ending() -> None:
    assert served_as("image/png", "a.PNG") == "image/png"
    for name in ("a.svg", "a.html", "png", "a.png.html", "a.jpg", ""):
        assert served_as("image/png", name) == UNKNOWN
    assert served_as("text/html", "a.html") == UNKNOWN
    assert served_as("image/svg+xml", "a.svg") == UNKNOWN


def test_letters_that_were_cut_where_the_look_ends_are_still_text() -> None:
    data = "ά".encode() * 5000
    for start in (0, 1):
        head, tail = data[: LOOKED_AT - 1], data[-LOOKED_AT + start :]
        assert recognised(head, tail) == "text/plain"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("session.har", b"{}"),
        ("env", b"A=1"),
        (".env", b"A=1"),
        ("prod.env", b"A=1"),
        ("id_rsa", b"x"),
        ("server.pem", b"x"),
        ("vault.kdbx", b"x"),
        ("aws credentials.txt", b"x"),
        ("notes.txt", b"-----BEGIN OPENSSH PRIVATE KEY-----"),
        ("recording.json", b'{"log": {"version": "1.2", "creator": {}}}'),
        ("settings.txt", b"A=1\nDB_PASSWORD=hunter2\n"),
    ],
)
def test_people_are_asked_about_files_that_often_hold_secrets(name: str, data: bytes) -> None:
    assert may_hold_secrets(name, data)


@pytest.mark.parametrize(
    ("name", "data"), [("error.log", LOG), ("hardware.txt", b"keyboard"), ("environment.pdf", PDF)]
)
def test_nobody_is_asked_about_others(name: str, data: bytes) -> None:
    assert not may_hold_secrets(name, data)


@pytest.mark.parametrize(
    "data",
    [
        b"A" * LOOKED_AT,
        b"SECRET" * (LOOKED_AT // 6),
        b"-----BEGIN " * (LOOKED_AT // 11),
        b"<" * LOOKED_AT,
        b"\x80" * LOOKED_AT,
        ("\N{GREEK SMALL LETTER ALPHA}" * LOOKED_AT).encode()[:LOOKED_AT],
    ],
)
def test_looking_at_a_file_takes_no_time_whatever_is_in_it(data: bytes) -> None:
    started = time.process_time()
    recognised(data, data)
    may_hold_secrets("a" * 120, data)
    may_hold_secrets(("credential" * 12)[:120], data)
    assert time.process_time() - started < 0.2
