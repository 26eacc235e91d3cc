"""What this room announces: every right that is asked for, granted, changed and taken, for whoever asks later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class DelegationFact(Fact):
    """Something that was done with a delegation. `customer` and `partner` are organizations."""

    subject_type: ClassVar[str] = "delegation"

    delegation: int
    customer: int
    partner: int

    @property
    def subject_id(self) -> int:
        return self.delegation


@dataclass(frozen=True)
class DelegationGranted(DelegationFact):
    """It holds from now on, for these purposes. `ends_at` is an ISO instant."""

    code: ClassVar[str] = "delegation.granted"

    purposes: tuple[str, ...]
    most_units: int
    ends_at: str


@dataclass(frozen=True)
class DelegationChanged(DelegationFact):
    """It holds on, for these purposes."""

    code: ClassVar[str] = "delegation.changed"

    purposes: tuple[str, ...]
    most_units: int
    ends_at: str


@dataclass(frozen=True)
class DelegationRevoked(DelegationFact):
    """It holds no more, and neither does what was passed on from it. `by` is whose administrator took it back:
    "grantor", "customer" or "partner"."""

    code: ClassVar[str] = "delegation.revoked"

    by: str
