"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class CaseOpened(Fact):
    """A support request was submitted and paid for. `case` is its number."""

    code: ClassVar[str] = "case.opened"
    subject_type: ClassVar[str] = "case"

    case: int
    severity: str
    hours: str
    agreement: int | None

    @property
    def subject_id(self) -> int:
        return self.case
