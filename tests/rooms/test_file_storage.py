"""Where bytes are kept: in a folder, and in a bucket of a server that speaks S3. Never by half."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pactdesk.cases.models import Attachment
from pactdesk.cases.queries.files import contents
from pactdesk.cases.rules.files import PIECE, WHOLE, Place
from pactdesk.cases.services import files
from pactdesk.cases.services.files import CannotStore
from pactdesk.kernel.bucket import Bucket
from pactdesk.kernel.storage import FOLDERS, CouldNotRead, Shelf, new_name, shelf
from tests import world
from tests.attachments import LOG, put
from tests.drafts import ready

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def bucket_options(address: str, name: str = "files") -> dict[str, Any]:
    return {
        "endpoint_url": address,
        "bucket_name": name,
        "location": "desk",
        "access_key": "key",
        "secret_key": "secret",
        "region_name": "eu-central-1",
    }


def client(address: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="eu-central-1",
    )


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> str:
    """Files are kept in a folder, and the same again in a bucket."""
    if request.param == "folder":
        use_folder(settings, tmp_path)
    else:
        address = request.getfixturevalue("s3")
        s3_client = client(address)
        name = f"files-{time.monotonic_ns()}"
        s3_client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        settings.STORAGES = {
            **settings.STORAGES,
            "files": {"BACKEND": "pactdesk.kernel.bucket.Bucket", "OPTIONS": bucket_options(address, name)},
        }
    return str(request.param)


def use_folder(settings: Any, folder: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {"BACKEND": "pactdesk.kernel.storage.Folder", "OPTIONS": {"location": folder}},
    }


def everything(kept: Shelf) -> dict[str, int]:
    if isinstance(kept, Bucket):  # in one answer of the store, and not in one for each folder
        return {found.key.removeprefix("desk/"): found.size for found in kept.bucket.objects.all()}
    return {entry.name: entry.size for folder in FOLDERS for entry in kept.entries(folder)}


@pytest.mark.parametrize("size", [0, 1, 300_000, 9 * 1024 * 1024])
def test_what_is_put_in_comes_out_the_same_until_it_is_deleted(place: str, size: int) -> None:
    data, name = os.urandom(size), new_name()
    shelf().put(name, io.BytesIO(data))
    assert b"".join(shelf().blocks(name)) == data
    assert everything(shelf()) == {name: size}
    (entry,) = shelf().entries(name[:2])
    assert abs(entry.kept_since - datetime.now(UTC)) < timedelta(minutes=1)
    for _again in range(2):
        shelf().delete(name)
    assert everything(shelf()) == {}
    with pytest.raises(CouldNotRead):
        shelf().blocks(name)


class BreaksOff:
    """Gives some bytes, and then no more."""

    def __init__(self, given: int) -> None:
        self._left = given

    def read(self, size: int = -1, /) -> bytes:
        if not self._left:
            raise ConnectionResetError("gone")
        block = bytes(min(size, self._left))
        self._left -= len(block)
        return block


@pytest.mark.parametrize("given", [0, 1000, 9 * 1024 * 1024])
def test_a_source_that_breaks_off_leaves_nothing_and_is_told_as_what_it_is(place: str, given: int) -> None:
    with pytest.raises(ConnectionResetError):
        shelf().put(new_name(), BreaksOff(given))
    assert everything(shelf()) == {}


def test_no_two_names_are_the_same_and_all_are_spread_over_folders() -> None:
    names = {new_name() for _ in range(2000)}
    assert len(names) == 2000
    assert len({name[:2] for name in names}) > 200


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_all_the_way_wherever_it_is_kept(place: str) -> None:
    carla = world.viewer("carla")
    plan = world.agreement(units=2, registered=["carla"], at=NOW)
    draft = Place(draft_id=ready(carla, plan.id, at=NOW))
    data = os.urandom(WHOLE + 1)
    begun = files.start(draft, "dump.bin", len(data), actor=carla, at=NOW)
    for offset in range(0, len(data), PIECE):
        piece = io.BytesIO(data[offset : offset + PIECE])
        line = files.append(draft, begun.id, offset, piece, actor=carla, at=NOW)
    assert line.state == "ready"
    served = contents(carla, draft, begun.id)
    assert b"".join(served.blocks) == data
    assert everything(shelf()) == {Attachment.objects.get(pk=begun.id).storage_key: len(data)}
    files.remove(draft, begun.id, actor=carla, at=NOW)
    assert everything(shelf()) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["no bucket", "nobody there"])
def test_a_store_that_is_away_keeps_nothing_and_is_told_in_words(
    settings: Any, s3: str, trouble: str, unused_port: int
) -> None:
    options = bucket_options(s3, "nowhere")
    if trouble == "nobody there":
        options = bucket_options(f"http://127.0.0.1:{unused_port}")
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {"BACKEND": "pactdesk.kernel.bucket.Bucket", "OPTIONS": options},
    }
    carla = world.viewer("carla")
    plan = world.agreement(units=2, registered=["carla"], at=NOW)
    with pytest.raises(CannotStore, match=r"file\.storage-away"):
        put(Place(draft_id=ready(carla, plan.id, at=NOW)), carla, at=NOW)
    assert not Attachment.objects.exists()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Full, and killed


def in_a_process(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Runs Python with our storage at hand, in a process that may be killed or limited."""
    setup = """
        import io, os, sys
        import django
        from django.conf import settings
        settings.configure(STORAGES={"files": {"BACKEND": "pactdesk.kernel.storage.Folder",
                                               "OPTIONS": {"location": sys.argv[1]}}})
        django.setup()
        from pactdesk.kernel.storage import CouldNotStore, new_name, shelf
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(setup) + textwrap.dedent(code), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_full_disk_leaves_what_was_there_and_nothing_new(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands for a disk that takes the first megabyte and no more."""
    code = """
        import resource
        shelf().put("aa/bb/before", io.BytesIO(b"before"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        try:
            shelf().put("aa/bb/large", io.BytesIO(bytes(2_000_000)))
        except CouldNotStore as error:
            print("full" if error.full else "other", error)
        shelf().put("aa/bb/after", io.BytesIO(b"after"))
    """
    said, complained = in_a_process(code, str(tmp_path)).communicate(timeout=60)
    assert said.startswith("full"), complained
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"before", "after"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts file systems")
def test_a_file_system_without_room_is_a_full_disk_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", tmp_path], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        code = """
            shelf().put("aa/bb/first", io.BytesIO(bytes(2_000_000)))
            try:
                shelf().put("aa/bb/second", io.BytesIO(bytes(2_000_000)))
            except CouldNotStore as error:
                print("full" if error.full else "other")
            shelf().delete("aa/bb/first")
            shelf().put("aa/bb/third", io.BytesIO(bytes(2_000_000)))
        """
        said, complained = in_a_process(code, str(tmp_path)).communicate(timeout=60)
        assert said.strip() == "full", complained
        assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"third"}
    finally:
        subprocess.run(["umount", tmp_path], check=True)


@pytest.mark.django_db(transaction=True)
def test_a_disk_that_is_full_is_told_in_words_and_the_request_goes_on(settings: Any, tmp_path: Path) -> None:
    use_folder(settings, tmp_path)
    carla = world.viewer("carla")
    plan = world.agreement(units=2, registered=["carla"], at=NOW)
    draft = Place(draft_id=ready(carla, plan.id, at=NOW))
    kept_before = put(draft, carla, at=NOW)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(CannotStore, match=r"file\.storage-full"):
            put(draft, carla, name="large.bin", data=bytes(200_000), at=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [file.pk for file in Attachment.objects.all()] == [kept_before]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    assert b"".join(contents(carla, draft, kept_before).blocks) == LOG
    put(draft, carla, name="large.bin", data=bytes(200_000), at=NOW)


KILLED = """
    import threading
    from datetime import UTC, datetime
    import django, io, os, signal, sys, uuid
    os.environ["DJANGO_SETTINGS_MODULE"] = "pactdesk.project.settings"
    os.environ["DATABASE_URL"] = sys.argv[2]
    from django.conf import settings
    settings.STORAGES["files"]["OPTIONS"]["location"] = sys.argv[1]
    django.setup()
    from pactdesk.accounts.access import viewer_of
    from pactdesk.accounts.models import Account
    from pactdesk.cases.rules.files import Place
    from pactdesk.cases.services import files
    from pactdesk.kernel import storage

    def die(*_anything, **_else):
        os.kill(os.getpid(), signal.SIGKILL)

    class Dying(io.BytesIO):
        def read(self, size=-1, /):
            if sys.argv[5] == "while reading" and self.tell() > 1_000_000:
                die()
            return super().read(size)

    if sys.argv[5] == "before the rename":
        storage._rename = die
    if sys.argv[5] == "after the rename":
        files._Measured.kept_as = die
    if sys.argv[5] == "before the row says so":
        files._arrive = die
    if sys.argv[5] == "before the commit":
        files._announce = die
    actor = viewer_of(Account.objects.get(pk=int(sys.argv[4])))
    data = bytes(2_000_000)
    files.store(Place(draft_id=uuid.UUID(sys.argv[3])), "big.bin", Dying(data), len(data),
                actor=actor, at=datetime(2026, 11, 20, 13, 2, tzinfo=UTC))
    print("stored")
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("moment", "whole"),
    [
        ("while reading", False),
        ("before the rename", False),
        ("after the rename", False),
        ("before the row says so", False),
        ("before the commit", False),
        ("never", True),
    ],
)
def test_whoever_is_killed_leaves_the_state_before_or_after_and_the_sweep_the_rest(
    settings: Any, tmp_path: Path, moment: str, whole: bool
) -> None:
    from django.db import connection

    use_folder(settings, tmp_path)
    carla = world.viewer("carla")
    plan = world.agreement(units=2, registered=["carla"], at=NOW)
    draft_id = ready(carla, plan.id, at=NOW)
    about = connection.settings_dict
    url = f"host={about['HOST']} port={about['PORT'] or 5432} user={about['USER']} dbname={about['NAME']}" + (
        f" password={about['PASSWORD']}" if about["PASSWORD"] else ""
    )
    code = textwrap.dedent(KILLED)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), url, str(draft_id), str(carla.account_id), moment],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == (0 if whole else -signal.SIGKILL), done.stderr
    (row,) = Attachment.objects.all()
    assert row.state == ("ready" if whole else "uploading")
    for path in tmp_path.rglob("*"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    files.sweep(at=NOW + timedelta(days=2))
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(left) == Attachment.objects.count() == (1 if whole else 0)
