"""A24: secrets in files. They go where they were sent and nowhere else, and people are asked whether they meant it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from pactdesk.cases.rules.files import Place
from pactdesk.cases.services import files
from pactdesk.cases.services.submission import submit
from tests import world
from tests.attachments import EICAR, put
from tests.clamd import FakeClamd
from tests.doors.guided import problem_form
from tests.doors.visitors import visitor
from tests.drafts import ready

pytestmark = pytest.mark.django_db

NOW = timezone.now()
CANARY = "hunter2-canary-9b1d"
SECRET = f"DB_PASSWORD={CANARY}\n".encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (".env", SECRET),
        ("prod.env", SECRET),
        ("login.har", b'{"log":{"version":"1.2","entries":[]}}'),
        ("server.pem", b"-----BEGIN RSA PRIVATE KEY-----\n"),
        ("notes.txt", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("id_ed25519", b"x"),
        ("vault.kdbx", b"x"),
        ("settings.txt", SECRET),
        ("credentials.csv", b"x"),
        ("keystore.jks", b"x"),
    ],
)
def test_whoever_sends_what_looks_like_secrets_is_asked_at_once_and_before_sending(
    name: str, data: bytes
) -> None:
    plan = world.agreement(units=1, registered=["carla"], at=NOW)
    draft = ready(world.viewer("carla"), plan.id, at=NOW)
    client = visitor("carla")
    step = reverse("portal:intake-step", args=[draft, "problem"])
    client.post(step, {**problem_form(), "files": [SimpleUploadedFile(name, data)], "action": "files"})
    for url in (step, reverse("portal:intake-step", args=[draft, "verify"])):
        assert "This looks like a file with keys or passwords in it." in client.get(url).content.decode()


def everything_in_the_database() -> str:
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        found = []
        for table in tables:
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')
            found.append(cursor.fetchone()[0] or "")
    return "\n".join(found)


def test_what_is_in_a_file_stands_in_no_table_and_no_log(
    caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    carla = world.viewer("carla")
    plan = world.agreement(units=1, registered=["carla"], at=NOW)
    draft = ready(carla, plan.id, at=NOW)
    with FakeClamd() as daemon:
        settings.FILE_SCANNER = "pactdesk.cases.services.scanning.Clamd"
        settings.FILE_SCANNER_URL = daemon.url
        clean = put(Place(draft_id=draft), carla, name="a.env", data=SECRET, at=NOW)
        infected = put(Place(draft_id=draft), carla, name="b.env", data=SECRET + EICAR, at=NOW)
        for file_id in (clean, infected):
            files.scan(file_id, at=NOW)
    # What breaks off in the middle is told without its bytes, too.
    begun = files.start(Place(draft_id=draft), "c.env", len(SECRET) + 1, actor=carla, at=NOW)
    visitor("carla").put(
        f"{reverse('portal:draft-files', args=[draft])}{begun.id}/",
        SECRET,
        "application/octet-stream",
        headers={"Upload-Offset": "0"},
    )
    number = submit(draft, terms_accepted=True, actor=carla, at=NOW).number
    visitor("carla").get(reverse("portal:request-file", args=[f"PD-{number}", clean]))
    assert CANARY not in everything_in_the_database()
    assert CANARY not in caplog.text
