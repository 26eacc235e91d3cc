"""Files while they come in with a form: only where a view takes them, from people who are signed in, within limits.

Whatever else is sent is not kept anywhere. What is taken lies in memory or in a file without a name, which ends with
the process, so that nothing is left behind by one that is killed.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from pactdesk.cases.queries.files import limits
from pactdesk.cases.rules.files import MB
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.filenames import clean_filename

V = TypeVar("V", bound=Callable[..., Any])

_IN_MEMORY = 1 * MB


def takes_files(view: V) -> V:
    """Marks a view whose forms may bring files. The outermost decorator."""
    view.takes_files = True  # type: ignore[attr-defined]  # read below
    return view


def refused_files(request: HttpRequest) -> list[Reason]:
    """Why files that came with the form were not taken. Read `request.FILES` first."""
    reasons: list[Reason] = getattr(request, "_refused_files", [])
    return reasons


def most_at_once() -> int:
    """How many bytes one form may bring, all its files together."""
    return 2 * limits().file


class WantedFiles(FileUploadHandler):
    """Django's upload handler for all forms (`FILE_UPLOAD_HANDLERS`)."""

    file: Any

    def handle_raw_input(
        self, input_data: Any, meta: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        assert self.request is not None
        self._limits = limits()
        self._wanted = _takes_files(self.request)
        self._length = content_length
        self._refused: list[Reason] = []
        self.request._refused_files = self._refused  # type: ignore[attr-defined]  # `refused_files` reads it

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = io.BytesIO()  # Django closes it where the file is skipped
        if not self._wanted:
            raise StopUpload(connection_reset=True)
        most = most_at_once()
        if self._length > most + MB:
            if not self._refused:
                self._refused.append(Reason("file.too-much-at-once"))
            # Somewhat too much is read to its end, so that the browser hears why; far too much is not.
            if self._length > 4 * most:
                raise StopUpload(connection_reset=True)
            raise SkipFile
        self._taken = 0
        self.file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._taken += len(raw_data)
        if self._taken > self._limits.file:
            self._refuse("file.too-large", most=self._limits.file // MB)
        try:
            self.file.write(raw_data)
        except OSError:
            self._refuse("file.storage-full")

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        self.file.seek(0)
        return UploadedFile(self.file, self.file_name, self.content_type, file_size)

    def _refuse(self, code: str, **params: Any) -> None:
        self._refused.append(Reason(code, {"name": clean_filename(str(self.file_name)), **params}))
        raise SkipFile


def _takes_files(request: HttpRequest) -> bool:
    """Whether the view that answers takes files, and somebody is signed in. Programs are let in by their own door,
    which marks the request once it knows who asks."""
    match = request.resolver_match
    view_takes = match is not None and getattr(match.func, "takes_files", False)
    return bool(getattr(request, "takes_files", False) or (view_takes and getattr(request, "viewer", None)))
