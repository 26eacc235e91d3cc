"""A15: files that burst where somebody unpacks, decodes or counts them. Here nobody does (ASVS 5.2.1, 5.2.3, 5.2.6)."""

from __future__ import annotations

import ast
import io
import resource
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

import pactdesk
from pactdesk.cases.models import Attachment
from pactdesk.cases.queries.files import contents
from pactdesk.cases.rules.files import MB, Place
from tests import world
from tests.attachments import put
from tests.doors.guided import problem_form
from tests.doors.visitors import visitor
from tests.drafts import ready

pytestmark = pytest.mark.django_db

NOW = timezone.now()
MOST_SECONDS, MOST_MEMORY = 2.0, 256 * MB


def zip_bomb() -> bytes:
    """A gigabyte of nothing in about a megabyte."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a", "w") as inside:
        for _each in range(1024):
            inside.write(bytes(MB))
    return packed.getvalue()


def nested_zips() -> bytes:
    data = b"x"
    for depth in range(50):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{depth}.zip", data)
        data = packed.getvalue()
    return data


def many_entries() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"../../{number}", b"")
    return packed.getvalue()


def pixel_flood() -> bytes:
    """A PNG that claims four billion pixels a side."""
    head = struct.pack(">IIBBBBB", 0xFFFFFFF, 0xFFFFFFF, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + chunk + struct.pack(">I", zlib.crc32(chunk)) + bytes(100)


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a zip bomb": ("a.zip", zip_bomb),
    "a zip bomb that is called a document": ("a.docx", zip_bomb),
    "a gzip bomb": ("a.gz", lambda: zlib.compress(bytes(500 * MB), 9, 31)),
    "zips in zips": ("a.zip", nested_zips),
    "many entries that leave their folder": ("a.zip", many_entries),
    "a pixel flood": ("a.png", pixel_flood),
    "a gif that floods": ("a.gif", lambda: b"GIF89a\xff\xff\xff\xff\xf7\0\0" + bytes(1000)),
    "a pdf of names": ("a.pdf", lambda: b"%PDF-1.7\n" + b"<<" * 100_000),
    "xml that grows": (
        "a.xml",
        lambda: b"<?xml version='1.0'?><!DOCTYPE x [" + b"<!ENTITY a '&b;&b;'>" * 1000 + b"]><x>&a;</x>",
    ),
    "one long line": ("a.txt", lambda: b"a" * (5 * MB)),
    "nothing but line breaks": ("a.txt", lambda: b"\n" * (5 * MB)),
    "half letters": ("a.txt", lambda: b"\xce" * (5 * MB)),
    "secrets over secrets": ("a.txt", lambda: b"SECRET" * MB),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_kept_and_handed_out_as_it_came_and_costs_nothing(name: str) -> None:
    carla = world.viewer("carla")
    plan = world.agreement(units=1, registered=["carla"], at=NOW)
    place = Place(draft_id=ready(carla, plan.id, at=NOW))
    called, make = BOMBS[name]
    data = make()
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    file_id = put(place, carla, name=called, data=data, at=NOW)
    served = contents(carla, place, file_id)
    assert b"".join(served.blocks) == data
    assert time.process_time() - started < MOST_SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MOST_MEMORY


def test_nothing_of_ours_unpacks_or_decodes_a_file() -> None:
    """No module of the rooms that touch files has the means to."""
    source = Path(pactdesk.__file__).parent
    means = {
        "zipfile",
        "tarfile",
        "gzip",
        "bz2",
        "lzma",
        "zlib",
        "PIL",
        "shutil",
        "xml",
        "lxml",
        "defusedxml",
    }
    mistakes = []
    for room in ("cases", "pages", "portal", "desk"):
        for path in sorted((source / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                mistakes += [f"{path}: {each}" for each in names if each.partition(".")[0] in means]
    assert not mistakes


@pytest.fixture
def step() -> tuple[Any, str]:
    plan = world.agreement(units=1, registered=["carla"], at=NOW)
    draft = ready(world.viewer("carla"), plan.id, at=NOW)
    return visitor("carla"), reverse("portal:intake-step", args=[draft, "problem"])


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_more_files_than_a_form_may_bring_are_refused_as_a_whole(step: tuple[Any, str]) -> None:
    client, url = step
    form = {**problem_form(), "files": [upload(f"{each}.log", b"x") for each in range(101)]}
    assert client.post(url, form).status_code == 400
    assert not Attachment.objects.exists()


def test_more_files_than_a_request_may_have_stop_at_the_limit(step: tuple[Any, str], settings: Any) -> None:
    client, url = step
    settings.FILE_LIMITS = {**settings.FILE_LIMITS, "request_files": 5}
    answer = client.post(url, {**problem_form(), "files": [upload(f"{each}.log", b"x") for each in range(9)]})
    assert answer.status_code == 422
    assert answer.content.decode().count("is one too many") == 4
    assert Attachment.objects.count() == 5


class Flood(io.RawIOBase):
    """A form whose file does not end; `given` is how much of it was read."""

    def __init__(self, before: bytes, length: int) -> None:
        super().__init__()
        self.given = 0
        self._before, self._length = before, length

    def read(self, size: int = -1) -> bytes:
        size = min(64 * 1024 if size < 0 else size, self._length - self.given)
        block = (self._before[self.given : self.given + size]).ljust(size, b"x")
        self.given += len(block)
        return block


def flooded(client: Any, url: str, length: int) -> tuple[int, int]:
    """What a form of `length` bytes is answered, and how much of it was read."""
    head = (
        b'--b\r\nContent-Disposition: form-data; name="summary"\r\n\r\nx\r\n'
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
    )
    flood = Flood(head, length)
    answer = client.generic(
        "POST",
        url,
        b"",
        "multipart/form-data; boundary=b",
        **{
            "wsgi.input": flood,
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
        },
    )
    return answer.status_code, flood.given


def test_a_huge_form_is_not_read_to_its_end_and_kept_nowhere(step: tuple[Any, str], settings: Any) -> None:
    client, url = step
    settings.FILE_LIMITS = {**settings.FILE_LIMITS, "file": MB}
    started = time.process_time()
    status, read = flooded(client, url, 10_000 * MB)
    assert status == 422
    assert read < MB
    assert time.process_time() - started < MOST_SECONDS
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("who", ["anonymous", "olaf"])
@pytest.mark.parametrize(
    "name", ["account_login", "portal:profile", "portal:set-theme", "portal:request-new"]
)
def test_a_huge_form_to_any_page_of_a_stranger_is_not_read_either(who: str, name: str) -> None:
    status, read = flooded(visitor(who), reverse(name), 10_000 * MB)
    assert status < 500
    assert read < MB


def test_a_piece_that_is_longer_than_it_may_be_is_not_read_beyond_that(step: tuple[Any, str]) -> None:
    client, url = step
    row = client.post(
        url.replace("problem/", "files/"), {"file_name": "a.bin", "file_size": "1000", "file_mark": ""}
    )
    address = row.content.decode().partition('data-url="')[2].partition('"')[0]
    flood = Flood(b"", 10_000 * MB)
    answer = client.generic(
        "PUT",
        address,
        b"",
        "application/octet-stream",
        **{
            "wsgi.input": flood,
            "CONTENT_LENGTH": str(10_000 * MB),
            "CONTENT_TYPE": "application/octet-stream",
            "HTTP_UPLOAD_OFFSET": "0",
        },
    )
    assert answer.status_code == 422
    assert flood.given == 1001
    assert Attachment.objects.get().received == 0
