"""Tables for a spreadsheet, in which nothing that people typed is run as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.http import HttpResponse

# What begins a formula, plain or as wide as an ideograph, and what a spreadsheet skips before looking for one.
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_CONTROLS: Final = ("\t", "\r", "\n", "\0")
# A spreadsheet that splits cells elsewhere than at commas begins a new one here.
_NEXT_CELL: Final = re.compile(r"([;|\t\r\n][\s\"']*)([=+\-@\uff1d\uff0b\uff0d\uff20])")
_SKIPPED: Final = "".join(_CONTROLS) + " '\""


def download(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """`name`.csv with a line for each of `rows`; text is made safe, numbers stay numbers."""
    # The mark at its beginning tells spreadsheets that it is UTF-8.
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return response


def as_text(text: str) -> str:
    """`text` so that no spreadsheet runs it."""
    runs = text.startswith(_CONTROLS) or text.lstrip(_SKIPPED).startswith(_FORMULA)
    text = _NEXT_CELL.sub(r"\1'\2", text)
    return f"'{text}" if runs else text
