"""Files wait until they were checked, and what is found in them refuses them (ASVS 5.4.3)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.models import Attachment
from pactdesk.cases.queries.files import NotServed, contents, files_of_case, files_of_draft
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services import files, scanning
from pactdesk.cases.services.conversation import reply
from pactdesk.cases.services.scanning import CannotScan, Clamd
from pactdesk.cases.services.submission import submit
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from tests import world
from tests.attachments import EICAR, LOG, added, put
from tests.clamd import FakeClamd
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {"BACKEND": "pactdesk.kernel.storage.Folder", "OPTIONS": {"location": tmp_path / "files"}},
    }
    return tmp_path / "files"


@pytest.fixture
def clamd(settings: Any) -> Iterator[FakeClamd]:
    with FakeClamd() as daemon:
        settings.FILE_SCANNER = "pactdesk.cases.services.scanning.Clamd"
        settings.FILE_SCANNER_URL = daemon.url
        yield daemon


@pytest.fixture
def carla() -> Viewer:
    return world.viewer("carla")


@pytest.fixture
def draft(carla: Viewer) -> Place:
    world.team("support", "ines")
    plan = world.agreement(units=2, registered=["carla"], at=NOW)
    return Place(draft_id=ready(carla, plan.id, at=NOW))


@pytest.fixture
def number(draft: Place, carla: Viewer) -> int:
    assert draft.draft_id is not None
    return submit(draft.draft_id, terms_accepted=True, actor=carla, at=NOW).number


def state(file_id: Any) -> str:
    return str(Attachment.objects.get(pk=file_id).state)


def told() -> list[str]:
    return [row.payload["file"] for row in FactRow.objects.filter(code="case.file-added")]


@pytest.mark.parametrize("path", [False, True], ids=["tcp", "unix"])
@pytest.mark.parametrize(
    ("data", "found"),
    [(LOG, ""), (b"", ""), (os.urandom(700_000), ""), (EICAR, "Eicar-Test-Signature")],
)
def test_the_daemon_is_asked_over_its_own_protocol(
    tmp_path: Path, path: bool, data: bytes, found: str
) -> None:
    with FakeClamd(tmp_path / "clamd.ctl" if path else None) as daemon:
        blocks = (data[start : start + 256 * 1024] for start in range(0, len(data), 256 * 1024))
        assert Clamd(daemon.url).finds(blocks) == found
        assert daemon.scanned == [data]


def test_a_daemon_that_is_away_too_small_or_strange_comes_to_no_verdict(tmp_path: Path) -> None:
    with FakeClamd(length=10) as daemon, pytest.raises(CannotScan):
        Clamd(daemon.url).finds([bytes(20)] * 50)
    with pytest.raises(CannotScan):
        Clamd(daemon.url).finds([LOG])
    with pytest.raises(CannotScan):
        Clamd(f"unix://{tmp_path}/nobody").finds([LOG])


def test_a_file_is_held_until_it_was_checked_and_handed_out_to_nobody_before(
    kept: Path, clamd: FakeClamd, draft: Place, carla: Viewer
) -> None:
    file_id = put(draft, carla, at=NOW)
    assert state(file_id) == "held"
    with pytest.raises(NotServed):
        contents(carla, draft, file_id)
    (line,) = files_of_draft(carla, draft.draft_id or new_key())
    assert line.state == "held"
    (job,) = ProcrastinateJob.objects.filter(task_name=files.SCAN_TASK)
    assert job.args == {"file_id": str(file_id)}
    files.scan(file_id, at=LATER)
    assert clamd.scanned == [LOG]
    assert b"".join(contents(carla, draft, file_id).blocks) == LOG
    files.scan(file_id, at=LATER)
    assert len(clamd.scanned) == 1


def test_the_job_that_checks_has_the_name_under_which_it_is_queued() -> None:
    jobs.perform_import_paths()
    assert jobs.tasks[files.SCAN_TASK].queue == "files"


def test_what_is_found_refuses_the_file_and_its_bytes_are_gone(
    kept: Path, clamd: FakeClamd, number: int, carla: Viewer, django_capture_on_commit_callbacks: Any
) -> None:
    file_id = added(number, carla, name="setup.exe", data=b"MZ" + EICAR, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        files.scan(file_id, at=LATER)
    row = Attachment.objects.get(pk=file_id)
    assert (row.state, row.refusal, row.storage_key) == ("refused", "file.infected", "")
    assert not [path for path in kept.rglob("*") if path.is_file()]
    for viewer, at_desk in ((carla, False), (world.viewer("ines"), True)):
        with pytest.raises(NotServed):
            contents(viewer, Place(number=number, at_desk=at_desk), file_id)
    (line,) = files_of_case(row.case, at_desk=True) if row.case else ()
    assert line.refusal == "file.infected"
    assert told() == []


def test_an_added_file_is_told_once_it_can_be_read(
    kept: Path, clamd: FakeClamd, number: int, carla: Viewer
) -> None:
    file_id = added(number, carla, at=NOW)
    assert told() == []
    with_message = put(Place(number=number), carla, at=NOW)
    reply(number, "Here.", key=new_key(), files=[with_message], actor=carla, at=NOW)
    not_added = put(Place(number=number), carla, at=NOW)
    assert files.scan_held(at=LATER) == 3
    assert told() == [str(file_id)]
    assert [state(each) for each in (file_id, with_message, not_added)] == ["ready"] * 3


def test_while_the_scanner_is_down_files_wait_and_are_checked_when_it_is_back(
    kept: Path, settings: Any, draft: Place, carla: Viewer
) -> None:
    with FakeClamd() as gone:
        settings.FILE_SCANNER = "pactdesk.cases.services.scanning.Clamd"
        settings.FILE_SCANNER_URL = gone.url
    waiting = [put(draft, carla, name=f"{number}.log", at=NOW) for number in range(5)]
    for file_id in waiting:
        with pytest.raises(CannotScan):
            files.scan(file_id, at=NOW)
    assert files.scan_held(at=NOW) == 0
    assert {state(file_id) for file_id in waiting} == {"held"}
    with FakeClamd() as back:
        settings.FILE_SCANNER_URL = back.url
        assert files.scan_held(at=LATER) == 5
    assert {state(file_id) for file_id in waiting} == {"ready"}


def test_a_file_that_the_scanner_chokes_on_does_not_stand_in_the_way_of_the_others(
    kept: Path, settings: Any, draft: Place, carla: Viewer
) -> None:
    with FakeClamd(length=100) as daemon:
        settings.FILE_SCANNER = "pactdesk.cases.services.scanning.Clamd"
        settings.FILE_SCANNER_URL = daemon.url
        large = put(draft, carla, name="large.bin", data=bytes(300_000), at=NOW)
        small = [put(draft, carla, name=f"{number}.log", at=NOW) for number in range(5)]
        assert files.scan_held(at=LATER) == 5
    assert [state(each) for each in (large, *small)] == ["held"] + ["ready"] * 5


def test_without_a_scanner_any_more_what_was_held_is_let_out(
    kept: Path, clamd: FakeClamd, settings: Any, draft: Place, carla: Viewer
) -> None:
    file_id = put(draft, carla, at=NOW)
    settings.FILE_SCANNER = ""
    assert scanning.scanner() is None
    assert files.scan_held(at=LATER) == 1
    assert state(file_id) == "ready"


def test_bytes_that_are_not_those_that_came_are_refused(
    kept: Path, clamd: FakeClamd, draft: Place, carla: Viewer
) -> None:
    file_id = put(draft, carla, at=NOW)
    (path,) = (path for path in kept.rglob("*") if path.is_file())
    path.write_bytes(LOG.replace(b"1722", b"1723"))
    files.scan(file_id, at=LATER)
    assert Attachment.objects.get(pk=file_id).refusal == "file.unreadable"


def test_a_file_that_is_not_there_any_more_goes_on_waiting(
    kept: Path, clamd: FakeClamd, draft: Place, carla: Viewer
) -> None:
    file_id = put(draft, carla, at=NOW)
    (path,) = (path for path in kept.rglob("*") if path.is_file())
    path.unlink()
    with pytest.raises(CannotScan):
        files.scan(file_id, at=LATER)
    assert state(file_id) == "held"


def test_a_piece_that_comes_late_cannot_be_slipped_under_a_verdict(
    kept: Path, clamd: FakeClamd, draft: Place, carla: Viewer
) -> None:
    """Two send the same piece; the slow one has something else in it, and arrives after the check."""
    clean = b"12345678" * 10
    begun = files.start(draft, "a.bin", len(clean), actor=carla, at=NOW)

    class Slow:
        done = False

        def read(self, size: int = -1, /) -> bytes:
            if self.done:
                return b""
            self.done = True
            import io

            files.append(draft, begun.id, 0, io.BytesIO(clean), actor=carla, at=NOW)
            files.scan(begun.id, at=NOW)
            return (EICAR + bytes(len(clean)))[: len(clean)]

    line = files.append(draft, begun.id, 0, Slow(), actor=carla, at=NOW)
    assert line.state == "ready"
    assert b"".join(contents(carla, draft, begun.id).blocks) == clean
    assert len([path for path in kept.rglob("*") if path.is_file()]) == 1
