"""Mails that libraries send (sign-in, recovery) go through the outbox, too."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from pactdesk.kernel.ids import new_key
from pactdesk.notifications import tasks
from pactdesk.notifications.services import outbox


class OutboxBackend(BaseEmailBackend):
    """Django's mail backend that owes instead of sending: a page never waits for a mail server."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            self._owe(message)
        return len(email_messages)

    def _owe(self, message: EmailMessage) -> None:
        html = ""
        if isinstance(message, EmailMultiAlternatives):
            html = next((str(content) for content, kind in message.alternatives if kind == "text/html"), "")
        with transaction.atomic():
            for address in message.recipients():
                letter = outbox.Letter(
                    key=f"account:{new_key()}",
                    kind=outbox.ACCOUNT,
                    to_address=address,
                    language=get_language() or "en",
                    subject=str(message.subject),
                    text=str(message.body),
                    html=html,
                )
                mail_id = outbox.post(letter, at=timezone.now())
                if mail_id is not None:
                    tasks.queue_sending(mail_id)
