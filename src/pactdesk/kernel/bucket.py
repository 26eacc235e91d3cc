"""Files in a bucket of any store that speaks S3. Loaded only where the settings name it: what it stands on is large."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from pactdesk.kernel.storage import BLOCK, CouldNotRead, CouldNotStore, Entry, Readable


class Bucket(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """The store itself keeps a whole object or none."""

    def get_default_settings(self) -> dict[str, Any]:
        """Ours: bounded waiting, no threads beside the caller's, and only what every store understands."""
        defaults: dict[str, Any] = super().get_default_settings()
        return defaults | {
            "client_config": Config(
                s3={"addressing_style": "path"},
                signature_version="s3v4",
                connect_timeout=5,
                read_timeout=60,
                retries={"mode": "standard", "max_attempts": 3},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            "transfer_config": TransferConfig(use_threads=False),
            "default_acl": None,
        }

    def put(self, name: str, source: Readable) -> None:
        relay = _Relay(source)
        try:
            self.bucket.Object(self._key(name)).upload_fileobj(relay, Config=self.transfer_config)
        except Exception as error:
            if relay.raised is not None:
                raise relay.raised from None
            if isinstance(error, BotoCoreError | ClientError | OSError):
                raise CouldNotStore(error) from error
            raise

    def blocks(self, name: str) -> Iterator[bytes]:
        try:
            body = self.bucket.Object(self._key(name)).get()["Body"]
        except (BotoCoreError, ClientError) as error:
            raise CouldNotRead(str(error)) from error
        return _iterate(body)

    def delete(self, name: str) -> None:
        try:
            self.bucket.Object(self._key(name)).delete()
        except (BotoCoreError, ClientError) as error:
            raise CouldNotStore(error) from error

    def entries(self, folder: str) -> Iterator[Entry]:
        before = len(self._key("x")) - 1
        try:
            for found in self.bucket.objects.filter(Prefix=self._key(f"{folder}/")):
                yield Entry(found.key[before:], found.size, found.last_modified)
        except (BotoCoreError, ClientError) as error:
            raise CouldNotRead(str(error)) from error

    def _key(self, name: str) -> str:
        key: str = self._normalize_name(name)
        return key


class _Relay(io.RawIOBase):
    """Hands `source` to a library that takes a short answer for the end and an exception for a fault of the network."""

    def __init__(self, source: Readable) -> None:
        super().__init__()
        self._source = source
        self.raised: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        blocks, wanted = [], size
        try:
            while wanted and (block := self._source.read(wanted if wanted > 0 else BLOCK)):
                blocks.append(block)
                wanted -= len(block) if wanted > 0 else 0
        except BaseException as error:
            self.raised = error
            raise
        return b"".join(blocks)


def _iterate(body: Any) -> Iterator[bytes]:
    try:
        yield from body.iter_chunks(BLOCK)
    except (BotoCoreError, ClientError, OSError) as error:
        raise CouldNotRead(str(error)) from error
    finally:
        body.close()
