"""Which part of the queue a page shows, written in its address and read from it. What makes no sense is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.queue import Asked, Place
from pactdesk.cases.rules.queues import FOUND, MINE, VIEWS, WAITING_ON
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.worded import LANGUAGES

_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_INSTANT: Final = re.compile(r"[0-9]{1,10}\.[0-9]{6}")
_PLACE: Final = re.compile(r"([0-9]{1,10}\.[0-9]{6}|)_([0-9]{1,10}\.[0-9]{6})_([0-9]{1,15})")
MOST_WORDS: Final = 200


def asked_of(params: Mapping[str, str], viewer: Viewer) -> Asked:
    """What an address asks for."""
    catalogue = catalog.current()
    words = params.get("q", "")[:MOST_WORDS].strip()
    team, owner = _number(params.get("team", "")), _number(params.get("owner", ""))
    return Asked(
        view=FOUND if words else VIEWS.get(params.get("view", ""), MINE),
        team=team if team in viewer.teams else None,
        severity=_one_of(catalogue.severities, params.get("severity", "")),
        waiting_on=_one_of(WAITING_ON, params.get("waiting_on", "")),
        programme=_one_of(catalogue.programmes, params.get("programme", "")),
        language=_one_of(LANGUAGES, params.get("language", "")),
        owner=owner,
        words=words,
    )


def written(asked: Asked) -> dict[str, str]:
    """The parameters that ask for it again."""
    told = {
        "view": "" if asked.words else asked.view.code,
        "team": asked.team,
        "severity": asked.severity,
        "waiting_on": asked.waiting_on,
        "programme": asked.programme,
        "language": asked.language,
        "owner": asked.owner,
        "q": asked.words,
    }
    return {name: str(value) for name, value in told.items() if value not in {"", None}}


def place_of(text: str) -> Place | None:
    """The place that `written_place` wrote; None for anything else."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    return Place(_instant(found[1]) if found[1] else None, _instant(found[2]), int(found[3]))


def written_place(place: Place) -> str:
    """A place in the queue for an address."""
    due = f"{place.due_at.timestamp():.6f}" if place.due_at else ""
    return f"{due}_{place.changed_at.timestamp():.6f}_{place.number}"


def instant_of(text: str) -> datetime | None:
    """The instant that `written_instant` wrote; None for anything else."""
    return _instant(text) if _INSTANT.fullmatch(text) else None


def written_instant(at: datetime) -> str:
    """An instant for an address, to the microsecond."""
    return f"{at.timestamp():.6f}"


def _instant(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _one_of(known: Mapping[str, object] | tuple[str, ...], text: str) -> str:
    return text if text in known else ""
