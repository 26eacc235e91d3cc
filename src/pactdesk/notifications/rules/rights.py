"""Who gets which letter about a right. Pure: what happened and whom it concerns, letters out.

Nobody is told what they did themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

GRANTED: Final = "rights-granted"
CHANGED: Final = "rights-changed"
ENDED: Final = "rights-ended"
REFUSED: Final = "rights-refused"
ENDING: Final = "rights-ending"
KINDS: Final = (GRANTED, CHANGED, ENDED, REFUSED, ENDING)

# So long before a right ends those whom it concerns are told.
BEFORE_THE_END: Final = timedelta(days=14)

FACT_CODES: Final = (
    "delegation.granted",
    "delegation.changed",
    "delegation.revoked",
    "delegation.refused",
)

Side = Literal["partner", "customer", "provider"]


@dataclass(frozen=True, slots=True)
class Concerned:
    """The accounts that decide for each side. `asker`, who asked for it, is told in place of the others of the partner;
    None where nobody asked or that account decides no more. `provider` is empty where nothing was passed on."""

    asker: int | None = None
    partner: tuple[int, ...] = ()
    customer: tuple[int, ...] = ()
    provider: tuple[int, ...] = ()


def readers_of(kind: str, concerned: Concerned, *, actor: int | None, fell: bool = False) -> dict[int, Side]:
    """Who is told, and on which side each stands. `fell`: it ended because what it came from did, of which the customer
    and the provider are told already."""
    told: dict[int, Side] = {}
    asker = () if concerned.asker is None else (concerned.asker,)
    told.update(dict.fromkeys(asker or (concerned.partner if kind != REFUSED else ()), "partner"))
    if not fell and kind != REFUSED:
        told.update(dict.fromkeys(concerned.customer, "customer"))
        told.update(dict.fromkeys(concerned.provider, "provider"))
    return {account: side for account, side in told.items() if account != actor}
