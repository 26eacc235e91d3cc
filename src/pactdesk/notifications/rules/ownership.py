"""Which notices the owners of an agreement get of what the service centre does in their place. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PAIR_REPLACED: Final = "agreement-pair-replaced"
OWNER_NOW: Final = "agreement-owner-now"
OWNER_BEFORE: Final = "agreement-owner-before"
KINDS: Final = (PAIR_REPLACED, OWNER_NOW, OWNER_BEFORE)
# For nobody but who still owns the agreement when the letter leaves.
ONLY_FOR_THE_OWNER: Final = (PAIR_REPLACED, OWNER_NOW)
REPLACED: Final = "agreement.pair-replaced"
CHANGED: Final = "agreement.owner-changed"
FACT_CODES: Final = (REPLACED, CHANGED)


def notices_of(code: str, payload: Mapping[str, Any], *, actor_id: int | None) -> tuple[tuple[str, int], ...]:
    """Which notice goes to which account about a fact with this code and payload; never one to whoever did it."""
    readers = (
        {PAIR_REPLACED: payload.get("owner")}
        if code == REPLACED
        else {OWNER_BEFORE: payload["before"], OWNER_NOW: payload["account"]}
    )
    return tuple((kind, reader) for kind, reader in readers.items() if reader not in (None, actor_id))
