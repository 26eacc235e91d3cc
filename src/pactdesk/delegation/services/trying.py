"""Counting what was tried and is none: addresses, customers, partner numbers and numbers of subscriptions (A20).

The counts stand in the database, so all processes share them and they outlive a restart. Whoever counts must not raise
before the transaction ends: raising would take back what was counted.
"""

from __future__ import annotations

from typing import Final

from django.core.cache import cache
from django.db import connection

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.rules.trying import Tried, may_try
from pactdesk.kernel.decisions import Decision

_LOCK: Final = (
    0x54524945  # the namespace of advisory locks: what one account tries is tried one after the other
)
_HOUR: Final = 3600


def may_try_now(what: Tried, actor: Viewer) -> Decision:
    """Whether the actor may try one more. From here to the end of the transaction nobody else tries in that name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, actor.account_id % 2**31])
    return may_try(what, _wrong(what, actor))


def count_wrong(what: Tried, actor: Viewer) -> None:
    """One more that is none, within the hour that begins with the latest."""
    cache.set(_counter(what, actor), _wrong(what, actor) + 1, _HOUR)


def _wrong(what: Tried, actor: Viewer) -> int:
    return int(cache.get(_counter(what, actor), 0))


def _counter(what: Tried, actor: Viewer) -> str:
    return f"tried:{what.value}:{actor.account_id}"
