"""Reading the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pactdesk.notifications.models import OutgoingMail


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail as the demo shows it. `at` is the UTC instant at which it became owed."""

    id: int
    to_address: str
    subject: str
    text: str
    html: str
    language: str
    state: str
    at: datetime


def kept_mails(*, limit: int = 50) -> list[KeptMail]:
    """The newest mails, newest first. For the demo only: it shows everybody's."""
    return [
        KeptMail(
            id=mail.pk,
            to_address=mail.to_address,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            language=mail.language,
            state=mail.state,
            at=mail.created_at,
        )
        for mail in OutgoingMail.objects.order_by("-created_at", "-pk")[:limit]
    ]
