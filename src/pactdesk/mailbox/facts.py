"""What operators do with mails that were held back, kept for whoever asks later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class MailReleased(Fact):
    """An operator let a mail through that was held for `reasons`; `vouched`: they vouched for its sender."""

    code: ClassVar[str] = "mail.released"
    subject_type: ClassVar[str] = "mail"

    mail: int
    case: int | None
    reasons: list[str]
    vouched: bool

    @property
    def subject_id(self) -> int:
        return self.mail


@dataclass(frozen=True)
class MailDiscarded(Fact):
    """An operator discarded a mail that was held for `reasons`."""

    code: ClassVar[str] = "mail.discarded"
    subject_type: ClassVar[str] = "mail"

    mail: int
    case: int | None
    reasons: list[str]

    @property
    def subject_id(self) -> int:
        return self.mail
