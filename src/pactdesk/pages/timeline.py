"""A timeline as it is drawn (`components/timeline.html`): days, cards of what was said, one line for each happening."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.timeline import TimelineEntry
from pactdesk.kernel.moments import clock_time, weekday_in_words
from pactdesk.pages.files import FileRow, FilesAt
from pactdesk.pages.files import rows as file_rows
from pactdesk.pages.happenings import Happening
from pactdesk.pages.plain_text import linked

# So many happenings in a row, with nothing said between them, are folded.
_MANY: Final = 3
# How something was said, where it was not said on these pages.
_VIA: Final = {"mail": _("by e-mail"), "api": _("by a program")}


@dataclass(frozen=True, slots=True)
class Day:
    """A heading."""

    kind: ClassVar[str] = "day"

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A card: a message, or an internal note (`kind` "note").

    `ours`: the vendor's side said it; `is_reader`: whoever reads this did. `id` is 0 for the description.
    """

    kind: str
    id: int
    anchor: str
    who: str
    via: str
    when: str
    iso: str
    text: SafeString
    lang: str
    ours: bool
    is_reader: bool
    files: tuple[FileRow, ...] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """A link to what was left out at its place."""

    kind: ClassVar[str] = "earlier"

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Event:
    """A line."""

    kind: ClassVar[str] = "event"

    when: str
    iso: str
    happening: Happening
    files: tuple[FileRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Fold:
    """Several lines in a row, unfolded on demand."""

    kind: ClassVar[str] = "fold"

    label: str
    events: tuple[Event, ...]


Row = Day | Said | Earlier | Event | Fold


def drawn(
    entries: Iterable[TimelineEntry],
    *,
    reader: Viewer,
    language: str,
    happening: Callable[[TimelineEntry], Happening],
    files_at: FilesAt | None = None,
    fold: bool = True,
    posted: int | None = None,
) -> tuple[Row, ...]:
    """The rows for `entries`, oldest first, in the reader's zone. `happening` puts events into words.

    `files_at` is where their files are fetched; without it they are left out. What brings a file is not folded.
    `posted` is the id of the message that the reader has sent just now.
    """
    rows: list[Row] = []
    waiting: list[Event] = []
    day: date | None = None

    def let_go() -> None:
        rows.extend(_folded(waiting) if fold else waiting)
        waiting.clear()

    zone = reader.zone
    for entry in entries:
        today = entry.at.astimezone(zone).date()
        if today != day:
            let_go()
            rows.append(Day(weekday_in_words(entry.at, zone.key, language)))
            day = today
        files = file_rows(files_at, entry.files) if files_at is not None else ()
        when, iso = clock_time(entry.at, zone.key, language), entry.at.isoformat()
        if entry.kind != "event":
            let_go()
            rows.append(_said(entry, reader, language, when, iso, files, posted))
            continue
        event = Event(when, iso, happening(entry), files)
        if event.happening.stands_alone or files:
            let_go()
            rows.append(event)
        else:
            waiting.append(event)
    let_go()
    return tuple(rows)


def _said(
    entry: TimelineEntry,
    reader: Viewer,
    language: str,
    when: str,
    iso: str,
    files: tuple[FileRow, ...],
    posted: int | None,
) -> Said:
    return Said(
        kind=entry.kind,
        id=entry.id,
        anchor=f"message-{entry.id}" if entry.id else "description",
        who=entry.who,
        via=str(_VIA.get(entry.via, "")),
        when=when,
        iso=iso,
        text=linked(entry.text),
        lang=entry.language if entry.language != language else "",
        ours=entry.side == "vendor",
        is_reader=entry.author_id == reader.account_id,
        files=files,
        is_new=bool(entry.id) and entry.id == posted,
    )


def _folded(events: list[Event]) -> Iterator[Row]:
    if len(events) < _MANY:
        yield from events
        return
    count = len(events)
    label = ngettext("%(count)s change", "%(count)s changes", count) % {"count": count}
    yield Fold(label, tuple(events))
