"""The imports as the desk shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pactdesk.accounts.queries import addressees
from pactdesk.accounts.viewer import Viewer
from pactdesk.imports.access import import_for, visible_imports
from pactdesk.imports.models import Import
from pactdesk.imports.rules.refusing import Mistake

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An import in the list. `brought_by` and `decided_by` are names, "" where it was done on the server; `created` is
    how many agreements it made, or would make."""

    id: int
    file_name: str
    form: str
    state: str
    rows: int
    created: int
    units: int
    mistakes: int
    brought_at: datetime
    brought_by: str
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class ImportList:
    """A page of imports, newest first. `older_than` is the id with which the next one is asked for, None at the end."""

    lines: tuple[ImportLine, ...]
    older_than: int | None


@dataclass(frozen=True, slots=True)
class ImportPage:
    """One import with all that is known of it. Of `mistakes`, `left_out` and `notices` the first are kept; `counts`
    says how many there are: rows, taken, already, left_out, notices, mistakes. `kinds` are the types of another system
    that have to be mapped; `by_programme` is {code: [agreements, units granted, units left]}.

    `is_mine`: the viewer brought it. `file_kept`: it can be read again."""

    line: ImportLine
    counts: Mapping[str, int]
    mistakes: tuple[Mistake, ...]
    left_out: tuple[Mistake, ...]
    notices: tuple[Mistake, ...]
    by_programme: Mapping[str, list[int]]
    options: Mapping[str, Any]
    encoding: str
    unread_columns: tuple[str, ...]
    kinds: tuple[str, ...]
    needs_second: bool
    is_mine: bool
    file_kept: bool
    plan_mark: str


def imports(viewer: Viewer, *, older_than: int | None = None) -> ImportList:
    """The imports, newest first, a page of `PAGE`. Two queries. Raises Http404 outside the service centre."""
    found = visible_imports(viewer).defer(*_LARGE).order_by("-pk")
    if older_than is not None:
        found = found.filter(pk__lt=older_than)
    rows = list(found[: PAGE + 1])
    names = _people(rows)
    more = rows[PAGE - 1].pk if len(rows) > PAGE else None
    return ImportList(tuple(_line(row, names) for row in rows[:PAGE]), more)


def import_page(viewer: Viewer, import_id: int) -> ImportPage:
    """One import. Two queries. Raises Http404."""
    imported = import_for(viewer, import_id)
    return ImportPage(
        line=_line(imported, _people([imported])),
        counts=imported.counts,
        mistakes=_mistakes(imported.mistakes),
        left_out=_mistakes(imported.left_out),
        notices=_mistakes(imported.notices),
        by_programme=imported.by_programme,
        options=imported.options,
        encoding=imported.encoding,
        unread_columns=tuple(imported.unread_columns),
        kinds=tuple(imported.kinds),
        needs_second=imported.needs_second,
        is_mine=imported.brought_by_id == viewer.account_id,
        file_kept=imported.content_sealed is not None,
        plan_mark=bytes(imported.plan_digest).hex() if imported.plan_digest else "",
    )


_LARGE: Final = ("content_sealed", "mistakes", "left_out", "notices", "by_programme")


def _people(rows: Iterable[Import]) -> dict[int, str]:
    ids = {account_id for row in rows for account_id in (row.brought_by_id, row.decided_by_id)} - {None}
    return {
        account_id: person.name
        for account_id, person in addressees(each for each in ids if each is not None).items()
    }


def _line(row: Import, names: Mapping[int, str]) -> ImportLine:
    return ImportLine(
        id=row.pk,
        file_name=row.file_name,
        form=row.form,
        state=row.state,
        rows=row.counts.get("rows", 0),
        created=row.counts.get("taken", 0),
        units=row.units,
        mistakes=row.counts.get("mistakes", 0),
        brought_at=row.brought_at,
        brought_by=names.get(row.brought_by_id or 0, ""),
        decided_at=row.decided_at,
        decided_by=names.get(row.decided_by_id or 0, ""),
    )


def _mistakes(data: Iterable[dict[str, Any]]) -> tuple[Mistake, ...]:
    return tuple(Mistake.from_data(each) for each in data)
