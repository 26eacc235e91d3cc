"""What is worth a word at start: it works, and somebody could use it against us."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def reply_domain_is_its_own(**options: Any) -> list[CheckMessage]:
    """Whoever has a reply address gets mail at its domain, which other services take for proof of belonging to it."""
    reply, ours = settings.MAIL_REPLY_ADDRESS, parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()
    if reply and reply.rpartition("@")[2] == ours.rpartition("@")[2]:
        return [
            Warning(
                "Answers by mail arrive at the same domain from which letters are sent.",
                hint="Give PACTDESK_MAIL_REPLY_ADDRESS a domain that is used for nothing else.",
                id="pactdesk.W001",
            )
        ]
    return []


@register()
def senders_can_be_confirmed(**options: Any) -> list[CheckMessage]:
    """A reply address without the name of our mail server leads every answer into quarantine."""
    if settings.MAIL_REPLY_ADDRESS and not settings.MAIL_AUTHSERV_ID:
        return [
            Warning(
                "Letters ask for answers by mail, and every answer will wait in quarantine.",
                hint="Set PACTDESK_MAIL_AUTHSERV_ID to how your mail server calls itself.",
                id="pactdesk.W002",
            )
        ]
    return []
