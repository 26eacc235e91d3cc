"""Tables for a spreadsheet, in which nothing that people typed is run as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from django.http import HttpResponse

# What begins a formula: plain, as wide as an ideograph, and small.
_SIGN: Final = r"[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
# What spreadsheets pass over before they look for one: white space of every kind, what cannot be seen, quotation marks.
_SKIPPED: Final = (
    r"[\s\x00-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    r"\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff'\"]"
)
_RUNS: Final = re.compile(rf"[\t\r\n\x00]|{_SKIPPED}*{_SIGN}")
# A spreadsheet that splits cells elsewhere than at commas begins a new one here.
_NEXT_CELL: Final = re.compile(rf"([;|\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]{_SKIPPED}*)({_SIGN})")


def download(
    name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], *, zone: tzinfo | None = None
) -> HttpResponse:
    """`name`.csv with a line for each of `rows`: text is made safe, numbers stay numbers, None is an empty cell, and
    instants are written with their offset in `zone`, to the second."""
    # The mark at its beginning tells spreadsheets that it is UTF-8.
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([_cell(cell, zone) for cell in row] for row in rows)
    return response


def _cell(cell: Any, zone: tzinfo | None) -> Any:
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(timespec="seconds")
    return as_text(cell) if isinstance(cell, str) else cell


def as_text(text: str) -> str:
    """`text` so that no spreadsheet runs it."""
    runs = _RUNS.match(text)
    text = _NEXT_CELL.sub(r"\1'\2", text)
    return f"'{text}" if runs else text
