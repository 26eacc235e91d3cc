"""Which letter tells of what about the balance of an agreement. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LOW: Final = "balance-low"
ENDING: Final = "agreement-ending"
KINDS: Final = (LOW, ENDING)
KIND_OF: Final[Mapping[str, str]] = {"agreement.balance-low": LOW, "agreement.ending-soon": ENDING}
FACT_CODES: Final = tuple(KIND_OF)
