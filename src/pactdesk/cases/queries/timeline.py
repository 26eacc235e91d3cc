"""One timeline of a request: what was said and what happened, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pactdesk.accounts import queries as accounts
from pactdesk.cases.models import Case, Message
from pactdesk.cases.queries.files import FileLine, files_for
from pactdesk.cases.rules.timeline import FOR_CONTACTS, FOR_THE_DESK, readable
from pactdesk.journal import queries as journal

# A page with more than this shows the newest ones and the rest on demand, unless it says otherwise.
MOST_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A message, an internal note or an event, by `kind`.

    Of messages and notes: `id`, `who` said it on which `side` ("requester", "vendor"), in which `language`, `via` which
    door, with which `files`. Of events: the `code` of the fact and its `payload`; `who` made it happen, "" where time
    alone did; the file that was added, as long as it is there.
    """

    kind: str
    at: datetime
    who: str
    side: str = ""
    id: int = 0
    text: str = ""
    language: str = ""
    via: str = ""
    files: tuple[FileLine, ...] = ()
    author_id: int | None = None
    code: str = ""
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """`entries`, oldest first; `earlier` is how many older messages were left out.

    `files` are all that this side sees of the request, `coming` those that the reader is about to add to it. Those that
    were added later without a message are told by events ("case.file-added"), which carry them.
    """

    entries: tuple[TimelineEntry, ...]
    earlier: int = 0
    files: tuple[FileLine, ...] = ()
    coming: tuple[FileLine, ...] = ()

    @property
    def came_along(self) -> tuple[FileLine, ...]:
        """Those that came with the request itself."""
        return tuple(file for file in self.files if file.of_draft)


def timeline_of(
    case: Case,
    *,
    at_desk: bool,
    reader_id: int | None = None,
    whole: bool = False,
    most: int = MOST_MESSAGES,
    every_event: bool = False,
) -> Timeline:
    """What one side may read of a request that it may see. `at_desk`: with internal notes. Four or five queries.

    The description is no part of it. It has the newest `most` messages, and the events since the oldest of these, or
    `every_event`. `whole` leaves nothing out. `reader_id` is the account whose files to come are wanted, too.
    """
    said = Message.objects.filter(case=case).order_by("-pk")
    if not at_desk:
        said = said.filter(kind=Message.Kind.PUBLIC)
    messages = list(said if whole else said[: most + 1])
    earlier = 0
    if len(messages) > most and not whole:
        messages = messages[:most]
        earlier = said.count() - most
    since = messages[-1].at if earlier and not every_event else None
    codes = FOR_THE_DESK if at_desk else FOR_CONTACTS
    facts = [
        fact
        for fact in journal.facts_about("case", case.pk, codes=codes)
        if readable(fact.code, fact.payload, at_desk=at_desk) and (since is None or fact.at >= since)
    ]
    known = files_for(case, reader_id, at_desk=at_desk)
    files = tuple(file for file in known if file.added_at is not None)
    names = accounts.names_of(fact.actor_id for fact in facts if fact.actor_id is not None)
    entries = [_said(message, files) for message in reversed(messages)] + [
        TimelineEntry(
            kind="event",
            at=fact.at,
            who=names.get(fact.actor_id, "") if fact.actor_id is not None else "",
            side=str(fact.payload.get("side", "")),
            id=fact.id,
            files=tuple(file for file in files if str(file.id) == fact.payload.get("file")),
            author_id=fact.actor_id,
            code=fact.code,
            payload=fact.payload,
        )
        for fact in facts
    ]
    # What was said stands before what followed from it at the same instant.
    return Timeline(
        tuple(sorted(entries, key=lambda entry: (entry.at, entry.kind == "event"))),
        earlier,
        files,
        tuple(file for file in known if file.added_at is None),
    )


def last_said(case: Case, most: int) -> tuple[TimelineEntry, ...]:
    """The last messages and notes of a request, for the desk, oldest first, without their files. One query."""
    messages = list(Message.objects.filter(case=case).order_by("-pk")[:most])
    return tuple(_said(message) for message in reversed(messages))


def _said(message: Message, files: Iterable[FileLine] = ()) -> TimelineEntry:
    return TimelineEntry(
        kind="note" if message.kind == Message.Kind.INTERNAL else "message",
        at=message.at,
        who=message.author_name,
        side=message.side,
        id=message.pk,
        text=message.text,
        language=message.language,
        via=message.via,
        files=tuple(file for file in files if file.message_id == message.pk),
        author_id=message.author_id,
    )
