"""Where the bytes of files are kept: a folder, or a bucket (`kernel.bucket`). Nothing is ever there by half.

`shelf()` is the one that the settings name (`STORAGES["files"]`). Names are random (`new_name`) and used once: what has
a name never changes until it is deleted, so that what was looked at is what is handed out later.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol, cast

from django.core.files.storage import FileSystemStorage, storages

BLOCK = 256 * 1024
# A limit on the size of files and an exceeded quota are a full disk, too.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class CouldNotStore(Exception):
    """Nothing was kept. `full`: because there is no room left."""

    def __init__(self, error: BaseException, *, full: bool = False) -> None:
        super().__init__(str(error))
        self.full = full


class CouldNotRead(Exception):
    """The bytes are not there, or cannot be had now."""


class Readable(Protocol):
    """All that has to be known of where bytes come from."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is kept: its name, how many bytes, and since when (UTC)."""

    name: str
    size: int
    kept_since: datetime


class Shelf(Protocol):
    """What both kinds of storage can do."""

    def put(self, name: str, source: Readable) -> None:
        """Keep all that `source` gives, durably, or nothing. Raises `CouldNotStore`; what `source` raises goes on."""

    def blocks(self, name: str) -> Iterator[bytes]:
        """The bytes, block by block. Raises `CouldNotRead`, before the first block where nothing is there."""

    def delete(self, name: str) -> None:
        """Once more changes nothing. Raises `CouldNotStore`."""

    def entries(self, folder: str) -> Iterator[Entry]:
        """All that is kept below a first-level folder (`FOLDERS`), also what was left behind by a killed process.

        Raises `CouldNotRead`.
        """


FOLDERS = tuple(f"{number:02x}" for number in range(256))


def shelf() -> Shelf:
    """The storage that the settings name."""
    return cast(Shelf, storages["files"])


def new_name() -> str:
    """A name that nobody can guess and no two files share, in folders of two levels."""
    name = secrets.token_hex(32)
    return f"{name[:2]}/{name[2:4]}/{name[4:]}"


class Folder(FileSystemStorage):
    """Files in a folder: written beside, made durable, then renamed into place."""

    def put(self, name: str, source: Readable) -> None:
        place = Path(self.path(name))
        beside = place.with_name(f"{place.name}.{secrets.token_hex(4)}.new")
        try:
            _make_folders(place.parent, Path(self.location))
            # For its owner only: backups and neighbours on the machine are not invited.
            file = os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as error:
            raise CouldNotStore(error, full=error.errno in _FULL) from error
        try:
            with file:
                while block := source.read(BLOCK):
                    _write(file, block)
                _make_durable(file)
            _rename(beside, place)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise

    def blocks(self, name: str) -> Iterator[bytes]:
        try:
            file = open(self.path(name), "rb")  # noqa: SIM115 - closed when the last block is read or given up
        except OSError as error:
            raise CouldNotRead(str(error)) from error
        return _read_blocks(file)

    def delete(self, name: str) -> None:
        try:
            Path(self.path(name)).unlink(missing_ok=True)
        except OSError as error:
            raise CouldNotStore(error) from error

    def entries(self, folder: str) -> Iterator[Entry]:
        top = Path(self.path(folder))
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            with suppress(FileNotFoundError):  # somebody deleted it meanwhile
                about = path.stat()
                if path.is_file():
                    since = datetime.fromtimestamp(about.st_mtime, UTC)
                    yield Entry(path.relative_to(self.location).as_posix(), about.st_size, since)

    def _save(self, name: str, content: IO[bytes]) -> str:
        self.put(name, content)
        return name


def _write(file: IO[bytes], block: bytes) -> None:
    try:
        file.write(block)
    except OSError as error:
        raise CouldNotStore(error, full=error.errno in _FULL) from error


def _make_durable(file: IO[bytes]) -> None:
    try:
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        raise CouldNotStore(error, full=error.errno in _FULL) from error


def _rename(beside: Path, place: Path) -> None:
    try:
        os.replace(beside, place)
        _make_names_durable(place.parent)
    except OSError as error:
        raise CouldNotStore(error, full=error.errno in _FULL) from error


def _make_folders(folder: Path, top: Path) -> None:
    if folder.is_dir():
        return
    top.mkdir(parents=True, exist_ok=True)
    for each in [*reversed([part for part in folder.parents if top in part.parents]), folder]:
        each.mkdir(mode=0o700, exist_ok=True)
        _make_names_durable(each.parent)


def _make_names_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block
