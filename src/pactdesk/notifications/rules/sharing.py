"""Which notice the owner of an agreement gets when somebody else adds or uses it. Pure."""

from __future__ import annotations

from typing import Final

REGISTERED: Final = "agreement-registered"
USED: Final = "agreement-used"
KINDS: Final = (REGISTERED, USED)
ADDED: Final = "agreement.registered"
# Facts about an agreement that only its owner is told.
FACTS_FOR_OWNERS: Final = frozenset({ADDED})
