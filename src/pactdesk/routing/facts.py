"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class TermsChanged(Fact):
    """On which terms somebody works at the desk was changed; `what` names the fields."""

    subject_type: ClassVar[str] = "account"
    code: ClassVar[str] = "engineer.terms-changed"

    account: int
    what: list[str]

    @property
    def subject_id(self) -> int:
        return self.account
