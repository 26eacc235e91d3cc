"""Owing a mail and handing it over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import transaction

from pactdesk.notifications.models import OutgoingMail

log = structlog.get_logger(__name__)

# The kind of mails that sign-in and recovery send.
ACCOUNT = "account"

# Sixteen tries, further and further apart, make about two days.
MOST_ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in one language, ready to be owed. `key` names its reason ("case.opened:17:ana@example.org")."""

    key: str
    kind: str
    to_address: str
    language: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class CouldNotHandOver(Exception):
    """The mail server did not take the mail; it is still owed."""


def post(letter: Letter, *, at: datetime) -> int | None:
    """Owe `letter` and answer its id, or None where the same key is owed already. Joins the caller's transaction.

    Whoever calls queues the sending (`tasks.queue_sending`).
    """
    mail, is_new = OutgoingMail.objects.get_or_create(
        key=letter.key[:120],
        defaults={
            "kind": letter.kind,
            "to_address": letter.to_address,
            "language": letter.language,
            "subject": " ".join(letter.subject.split())[:300],
            "text": letter.text,
            "html": letter.html,
            "headers": dict(letter.headers),
            "message_id": _message_id(letter.key),
            "created_at": at,
        },
    )
    return mail.pk if is_new else None


def hand_over(mail_id: int, *, at: datetime) -> None:
    """Give one owed mail to the mail server; without a server it is kept to be read in the demo.

    At least once: a crash between the server's yes and our note sends it again under the same Message-ID. Raises
    `CouldNotHandOver` while another try is due; parks the mail after `MOST_ATTEMPTS`.
    """
    with transaction.atomic():
        mail = (
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(pk=mail_id, state="queued")
            .first()
        )
        if mail is None:
            return
        mail.attempts += 1
        error = _deliver(mail)
        if error is None:
            mail.state = OutgoingMail.State.SENT if settings.SMTP else OutgoingMail.State.KEPT
            mail.sent_at = at
            mail.last_error = ""
            if mail.state == OutgoingMail.State.SENT and mail.kind == ACCOUNT:
                mail.text = mail.html = ""  # codes and links that open an account are not kept
        else:
            mail.last_error = error[:500]
            if mail.attempts >= MOST_ATTEMPTS:
                mail.state = OutgoingMail.State.PARKED
                log.error("mail parked", mail_id=mail.pk, kind=mail.kind, attempts=mail.attempts)
        mail.save(update_fields=["attempts", "state", "sent_at", "last_error", "text", "html"])
    if mail.state == OutgoingMail.State.QUEUED:
        raise CouldNotHandOver(mail.last_error)


def _deliver(mail: OutgoingMail) -> str | None:
    """Hand the mail to the server; what went wrong, or None."""
    server: dict[str, Any] | None = settings.SMTP
    if not server:
        return None
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to_address],
        headers={**mail.headers, "Message-ID": mail.message_id, **_against_loops()},
        connection=SmtpBackend(**server),
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except Exception as error:  # One mail that cannot be sent, for whatever reason, must not stop the others.
        log.warning(
            "mail not handed over", mail_id=mail.pk, attempt=mail.attempts, error=type(error).__name__
        )
        return f"{type(error).__name__}: {error}"
    return None


def _against_loops() -> dict[str, str]:
    """What keeps machines from answering (RFC 3834), and another desk, or this one, from taking it for an answer."""
    return {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Pactdesk-Loop": urlsplit(settings.BASE_URL).hostname or "localhost",
    }


def _message_id(key: str) -> str:
    """Stable for a key, and telling nothing about it."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"
