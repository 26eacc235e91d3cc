"""Which letter the owner of a card gets. Pure."""

from __future__ import annotations

from typing import Final

OPENED: Final = "card-opened"
