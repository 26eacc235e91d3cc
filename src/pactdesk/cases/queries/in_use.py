"""How much uses a part of the catalogue that somebody is about to change or to take away (SEV-6). For operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pactdesk.agreements import queries as agreements
from pactdesk.cases.models import Case
from pactdesk.cases.rules.status import CLOSED


@dataclass(frozen=True, slots=True)
class Use:
    """How many open requests use it, and how many agreements that have not ended; 0 where none can."""

    requests: int = 0
    agreements: int = 0

    @property
    def is_used(self) -> bool:
        return bool(self.requests or self.agreements)


def use_of(noun: str, code: str, *, at: datetime) -> Use:
    """What uses this severity, programme or calendar at `at`; other nouns are asked about in vain. Two queries."""
    still_open = Case.objects.exclude(status=CLOSED).filter(is_test=False)
    match noun:
        case "severity":
            return Use(still_open.filter(severity=code).count())
        case "calendar":
            return Use(still_open.filter(calendar__calendar__code=code).count())
        case "programme":
            paid = still_open.filter(agreement__programme__code=code).count()
            return Use(paid, agreements.in_force(code, at=at))
        case _:
            return Use()
