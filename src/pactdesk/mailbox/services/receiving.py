"""Keeping what came, before anything is made of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app

from pactdesk.mailbox.models import ReceivedMail

# By its name, because tasks stand above services.
PROCESS = "pactdesk.mailbox.tasks.process"
QUEUE = "mail"


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail that is kept; `is_new` says that it was not before."""

    mail_id: int
    is_new: bool


@transaction.atomic
def receive(
    raw: bytes,
    *,
    door: str,
    envelope_from: str | None,
    envelope_to: Sequence[str] = (),
    is_whole: bool = True,
    at: datetime,
) -> Kept:
    """Keep a mail and queue its processing, both or neither. The same mail in the same envelope again is kept once.

    `envelope_from` is "" for a bounce and None where the door does not know it. `is_whole` False: `raw` is only the
    beginning of a mail that is too large. Raises errors of the database only.
    """
    mail, is_new = ReceivedMail.objects.get_or_create(
        digest=_digest(raw, envelope_from, envelope_to),
        defaults={
            "raw": raw,
            "size": len(raw),
            "door": door,
            "envelope_from": None if envelope_from is None else _storable(envelope_from)[:1000],
            "envelope_to": [_storable(address)[:1000] for address in envelope_to],
            "is_whole": is_whole,
            "received_at": at,
        },
    )
    if is_new:
        app.configure_task(PROCESS, queue=QUEUE).defer(mail_id=mail.pk)
    return Kept(mail.pk, is_new)


def _digest(raw: bytes, envelope_from: str | None, envelope_to: Sequence[str]) -> str:
    envelope = json.dumps([envelope_from, sorted(envelope_to)]).encode()
    return hashlib.sha256(hashlib.sha256(envelope).digest() + hashlib.sha256(raw).digest()).hexdigest()


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()
