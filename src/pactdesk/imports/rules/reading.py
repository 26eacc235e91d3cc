"""From the bytes of a file to what its rows say. Pure: it raises `Unreadable` and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from pactdesk.imports.rules.encodings import text_of
from pactdesk.imports.rules.forms import FORMS, PACTDESK, Form, Said, plain
from pactdesk.imports.rules.refusing import Mistake, Unreadable, shown
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.text import tidy_line

MB: Final = 1024 * 1024
MOST_BYTES: Final = 8 * MB
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
MOST_CHARACTERS: Final = 500
_SEPARATORS: Final = (",", ";", "\t", "|")
_SAID_SEPARATOR: Final = "sep="


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read. `encoding` "" and `dates` "": found out, and only days that can be read in one way.

    `language` is that of whoever brings it, `time_zone` counts days where a row names no zone, and `programmes` says
    which of ours (by code) stands for a type of another system.
    """

    form: str = PACTDESK
    encoding: str = ""
    dates: str = ""
    time_zone: str = "UTC"
    language: str = "en"
    programmes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says. `columns` are ours, with the names that the file has for them; `unread` are its other ones.
    `mistakes` are rows that do not fit their table."""

    form: Form
    rows: tuple[Said, ...]
    encoding: str
    separator: str
    columns: Mapping[str, str]
    unread: tuple[str, ...]
    mistakes: tuple[Mistake, ...] = ()

    def named(self, column: str) -> str:
        """How the file calls a column of ours."""
        return self.columns.get(column) or self.form.usual_name(column)


def read(content: bytes, options: Options) -> Reading:
    """The rows of a file in the form that `options` name. Raises `Unreadable` with every reason about the whole."""
    form = FORMS[options.form]
    if len(content) > MOST_BYTES:
        raise Unreadable(Reason("import.file-too-large", {"most": MOST_BYTES // MB}))
    text, encoding = text_of(content, encoding=options.encoding, language=options.language)
    text, separators = _said_separator(text)
    separator = max(separators, key=lambda each: _known(form, _head(text, each)))
    records = _records(text, separator)
    _number, head = next(((number, cells) for number, cells in records if any(cells)), (0, []))
    columns = _columns(form, head)
    rows: list[Said] = []
    mistakes: list[Mistake] = []
    for number, cells in records:
        if not any(cells):
            continue
        if len(rows) + len(mistakes) == MOST_ROWS:
            raise Unreadable(Reason("import.too-many-rows", {"most": MOST_ROWS}))
        if any(cells[len(head) :]):
            mistakes.append(Mistake(number, "", Reason("import.row-too-long", {"columns": len(head)})))
            continue
        said = {
            column: tidy_line(cells[place]) if place < len(cells) else "" for column, place in columns.items()
        }
        long = next((column for column, cell in said.items() if len(cell) > MOST_CHARACTERS), None)
        if long is not None:
            reason = Reason("import.cell-too-long", {"most": MOST_CHARACTERS})
            mistakes.append(Mistake(number, head[columns[long]], reason))
            continue
        rows.append(form.row(number, said))
    if not rows and not mistakes:
        raise Unreadable(Reason("import.no-rows"))
    return Reading(
        form=form,
        rows=tuple(rows),
        encoding=encoding,
        separator=separator,
        columns={column: head[place] for column, place in columns.items()},
        unread=tuple(name for place, name in enumerate(head) if name and place not in columns.values()),
        mistakes=tuple(mistakes),
    )


def _said_separator(text: str) -> tuple[str, tuple[str, ...]]:
    """Some spreadsheets say in a first line how cells are separated, and do not count it as a row."""
    first, _end, rest = text.partition("\n")
    said = first.rstrip("\r").strip('"')
    if said.lower().startswith(_SAID_SEPARATOR) and len(said) == len(_SAID_SEPARATOR) + 1:
        if said[-1] in _SEPARATORS:
            return rest, (said[-1],)
        return rest, _SEPARATORS
    return text, _SEPARATORS


def _head(text: str, separator: str) -> list[str]:
    """The names of the columns, if cells are separated so; none where the text is not such a table."""
    try:
        return next((cells for _number, cells in _records(text, separator) if any(cells)), [])
    except Unreadable:
        return []


def _known(form: Form, head: list[str]) -> int:
    return sum(plain(name) in form.by_name for name in head[:MOST_COLUMNS])


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with their numbers; a row with line breaks in its cells is one."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            code = "import.cell-too-long" if "limit" in str(error) else "import.quotes-open"
            params = {"most": MOST_CHARACTERS} if code == "import.cell-too-long" else {"row": number}
            raise Unreadable(Reason(code, params)) from None
        yield number, cells


def _columns(form: Form, head: list[str]) -> dict[str, int]:
    """Where each of our columns stands. Raises `Unreadable`."""
    if len(head) > MOST_COLUMNS:
        raise Unreadable(Reason("import.too-many-columns", {"most": MOST_COLUMNS}))
    head[:] = [tidy_line(name) for name in head]
    places: dict[str, int] = {}
    reasons: list[Reason] = []
    for place, name in enumerate(head):
        column = form.by_name.get(plain(name))
        if column is None:
            continue
        if column in places:
            twice = {"first": shown(head[places[column]]), "second": shown(name)}
            reasons.append(Reason("import.column-twice", twice))
        places.setdefault(column, place)
    missing = [form.usual_name(column) for column in form.required if column not in places]
    if missing:
        found = ", ".join(shown(name) for name in islice(filter(None, head), 12))
        reasons.append(
            Reason("import.columns-missing", {"columns": ", ".join(missing), "found": found or "–"})
        )
    if reasons:
        raise Unreadable(*reasons)
    return places
