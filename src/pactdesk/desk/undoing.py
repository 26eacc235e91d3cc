"""What was done just now, told on the next page, with a way to undo it while nothing else has changed.

What is to be undone travels in a signed text: nobody can name a state that was not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing

from pactdesk.pages.requests import PageRequest

_SALT: Final = "pactdesk.desk.undo"
_PLACE: Final = "desk-done"
# Longer than that, somebody else has probably worked on it.
SECONDS: Final = 15 * 60


@dataclass(frozen=True, slots=True)
class Undo:
    """One request to put back: its owner (`kind` "owner", 0 for nobody) or its status (`kind` "status") as it was
    `before`, as long as it still has the revision `seen`."""

    kind: str
    number: int
    before: int | str
    seen: int


def remember(
    request: PageRequest, text: str, *, refused: Sequence[str] = (), undo: Sequence[Undo] = ()
) -> None:
    """Have the next page of the desk tell `text`, with a sentence for each request that `refused`."""
    token = ""
    if undo:
        steps = [[step.kind, step.number, step.before, step.seen] for step in undo]
        token = signing.dumps([request.viewer.account_id, steps], salt=_SALT, compress=True)
    request.session[_PLACE] = {"text": text, "refused": list(refused), "token": token}


def told(request: PageRequest) -> dict[str, Any] | None:
    """What is to be told now, once."""
    done: dict[str, Any] | None = request.session.pop(_PLACE, None) if _PLACE in request.session else None
    return done


def steps_of(request: PageRequest, token: str) -> list[Undo] | None:
    """What a token of the viewer's undoes; None for one that is too old, or is none of theirs."""
    try:
        account_id, steps = signing.loads(token, salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    return [Undo(*step) for step in steps] if account_id == request.viewer.account_id else None
