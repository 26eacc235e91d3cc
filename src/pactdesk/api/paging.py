"""Going on in a list: cursors that say nothing to anybody but us, by keyset."""

from __future__ import annotations

from typing import Annotated, Any

from django.core import signing
from ninja import Query

from pactdesk.api.problems import Fault, Refusal
from pactdesk.kernel.decisions import Reason

MOST, USUAL = 100, 50

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most; the answer may have fewer.")]
Cursor = Annotated[
    str,
    Query(max_length=500, description="`next` of the page before; empty: from the beginning."),
]


def cursor_of(place: str, *position: Any) -> str:
    """A cursor for the list that `place` names. `position` is JSON-ready: the sort key of the last line."""
    return signing.dumps([place, *position], salt="api.cursor")


def position_in(cursor: str, place: str) -> list[Any] | None:
    """The position in a cursor, None at the beginning. Raises `Refusal` for one of another list, or of nobody."""
    if not cursor:
        return None
    try:
        named, *position = signing.loads(cursor, salt="api.cursor")
    except (signing.BadSignature, ValueError):
        named, position = None, ()
    if named != place:
        raise Refusal("invalid", (Fault(Reason("input.cursor-unknown"), "?cursor"),))
    return [*position]
