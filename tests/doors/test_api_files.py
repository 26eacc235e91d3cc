"""Programs send files to requests, whole or in pieces, and fetch what they may see."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest
from django.test import override_settings

from pactdesk.cases.models import Attachment, Case
from pactdesk.cases.rules.files import MB, PIECE
from pactdesk.cases.rules.status import Side
from pactdesk.cases.services import files
from tests import world
from tests.doors.programs import Program, codes, kind, new_key, program, request_body

pytestmark = pytest.mark.django_db

PATH = "/requests/{number}/files"


@pytest.fixture
def carla() -> Program:
    world.team("support", "ines")
    return program("carla")


@pytest.fixture
def path(carla: Program) -> str:
    plan = world.agreement(registered=["carla"])
    made = carla.post("/requests", request_body(plan.id), key=new_key())
    return f"/requests/{made.json()['number']}/files"


def send(asking: Program, path: str, data: bytes, **about: Any) -> Any:
    return asking.ask("PUT", path + "/content", raw=data, content_type="application/octet-stream", **about)


def begin(asking: Program, path: str, name: str, size: int) -> str:
    begun = asking.post(path, {"name": name, "size": size})
    assert begun.status_code == 201, begun.content
    return f"{path}/{begun.json()['id']}"


@pytest.mark.req("REQ-2")
def test_a_file_is_sent_and_fetched_and_everybody_who_sees_the_request_sees_it(
    carla: Program, path: str
) -> None:
    data = b"error 1722\n" * 100
    begun = carla.post(path, {"name": "../replication.log", "size": len(data)})
    assert begun.json()["name"] == "replication.log"
    file = begun["Location"].removeprefix("/api/v1")
    told = send(carla, file, data)
    assert told.status_code == 200, told.content
    assert (told.json()["state"], told.json()["received"]) == ("ready", len(data))
    assert told.json()["sha256"] == hashlib.sha256(data).hexdigest()
    assert told.json()["added_at"]
    assert carla.get(path).json()["items"] == [carla.get(file).json()]

    fetched = carla.get(file + "/content")
    assert b"".join(fetched.streaming_content) == data
    assert fetched["Content-Type"] == "application/octet-stream"
    assert fetched["Content-Disposition"] == 'attachment; filename="replication.log"'
    assert fetched["Content-Security-Policy"].startswith("sandbox")
    assert fetched["X-Content-Type-Options"] == "nosniff"
    carla.post(path.removesuffix("files") + "contacts", {"name": "Cem", "email": world.viewer("cem").email})
    assert program("cem").get(file).status_code == 200


def test_a_large_file_comes_in_pieces_and_goes_on_where_it_was_left(carla: Program, path: str) -> None:
    data = os.urandom(11 * MB)
    file = begin(carla, path, "dump.bin", len(data))
    first = send(carla, file, data[:PIECE])
    assert (first.json()["state"], first.json()["received"]) == ("uploading", PIECE)
    gap = send(carla, file, data[2 * PIECE :], Upload_Offset=str(2 * PIECE))
    assert (kind(gap), codes(gap)) == ("conflict", ["file.gap"])
    # Begun anew by another process: it is the same file, and says where to go on.
    assert begin(carla, path, "dump.bin", len(data)) == file
    received = carla.get(file).json()["received"]
    again = send(carla, file, data[:PIECE])
    assert again.json()["received"] == received == PIECE
    while received < len(data):
        piece = data[received : received + PIECE]
        received = send(carla, file, piece, Upload_Offset=str(received)).json()["received"]
    told = carla.get(file).json()
    assert (told["state"], told["sha256"]) == ("ready", hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("sent", "problem", "code"),
    [
        (b"short", "refused", "file.cut-short"),
        (b"much too long", "refused", "file.longer-than-announced"),
    ],
)
def test_what_is_not_as_long_as_announced_is_not_kept(
    carla: Program, path: str, sent: bytes, problem: str, code: str
) -> None:
    file = begin(carla, path, "a.txt", 10)
    refused = send(carla, file, sent)
    assert (kind(refused), codes(refused)) == (problem, [code])
    assert carla.get(file).json()["received"] == 0


def test_limits_are_told_by_what_is_wrong(carla: Program, path: str) -> None:
    too_large = carla.post(path, {"name": "a.txt", "size": 10**12})
    assert too_large.status_code == 413
    assert "file.too-large" in codes(too_large)
    for body in (
        {"name": "", "size": 1},
        {"name": "a.txt", "size": 0},
        {"name": "a.txt", "size": "1"},
        {"size": 1},
    ):
        assert kind(carla.post(path, body)) == "invalid", body
    file = begin(carla, path, "a.txt", 10)
    assert kind(carla.ask("PUT", file + "/content", {"a": 1})) == "media-type"
    for offset in ("-1", "x", "1.5"):
        assert kind(send(carla, file, b"0123456789", Upload_Offset=offset)) == "invalid", offset


def test_what_is_not_complete_can_be_given_up_and_what_is_there_stays(carla: Program, path: str) -> None:
    file = begin(carla, path, "a.txt", 3)
    cannot = carla.get(file + "/content")
    assert (kind(cannot), codes(cannot)) == ("conflict", ["file.cannot-be-had"])
    assert carla.delete(file).status_code == 204
    assert carla.delete(file).status_code == 204
    assert carla.get(path).json()["items"] == []
    file = begin(carla, path, "a.txt", 3)
    send(carla, file, b"abc")
    stays = carla.delete(file)
    assert (kind(stays), codes(stays)) == ("conflict", ["file.not-yours-to-remove"])


@override_settings(
    FILE_SCANNER="pactdesk.cases.services.scanning.Clamd", FILE_SCANNER_URL="tcp://127.0.0.1:1"
)
def test_what_waits_for_the_virus_check_cannot_be_fetched(carla: Program, path: str) -> None:
    file = begin(carla, path, "a.txt", 3)
    assert send(carla, file, b"abc").json()["state"] == "held"
    assert kind(carla.get(file + "/content")) == "conflict"


def test_a_closed_request_takes_no_files(carla: Program, path: str) -> None:
    carla.post(path.removesuffix("files") + "close", {"reason": "Solved"})
    refused = carla.post(path, {"name": "a.txt", "size": 3})
    assert (kind(refused), codes(refused)) == ("conflict", ["case.is-closed"])


@pytest.mark.req("REQ-1")
def test_files_of_others_and_of_the_desk_are_not_there(carla: Program, path: str) -> None:
    file = begin(carla, path, "a.txt", 3)
    send(carla, file, b"abc")
    number = Case.objects.get().pk
    ines = world.viewer("ines")
    at = Attachment.objects.get().started_at
    internal = files.store_bytes(
        number,
        "note.txt",
        b"secret",
        side=Side.VENDOR,
        uploader_id=ines.account_id,
        uploader_name=ines.name,
        internal=True,
        at=at,
    )
    assert carla.get(f"{path}/{internal}").status_code == 404
    assert carla.get(f"{path}/{internal}/content").status_code == 404
    assert len(carla.get(path).json()["items"]) == 1
    elsewhere = path.replace(str(number), "999999")
    for who in ("olaf", "ines"):
        asking = program(who)
        for method, address in (
            ("GET", path),
            ("GET", file),
            ("GET", file + "/content"),
            ("DELETE", file),
        ):
            theirs = asking.ask(method, address)
            nobodys = asking.ask(method, address.replace(path, elsewhere))
            assert theirs.status_code == nobodys.status_code == 404
            assert theirs.content == nobodys.content
        assert send(asking, file, b"abc").status_code == 404
        assert asking.post(path, {"name": "a.txt", "size": 3}).status_code == 404
    assert Attachment.objects.count() == 2
