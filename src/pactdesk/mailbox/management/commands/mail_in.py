"""`pactdesk mail-in`: takes mails in from a mail server, until it is told to end."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from pactdesk.mailbox.lmtp import serve


class Command(BaseCommand):
    help = "Take mails in by LMTP, where PACTDESK_LMTP_LISTEN says, until told to end."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LMTP_LISTEN:
            raise CommandError("PACTDESK_LMTP_LISTEN does not say where to listen.")
        try:
            asyncio.run(self._until_told_to_end())
        except OSError as error:
            raise CommandError(f"We cannot listen on {settings.LMTP_LISTEN} ({error.strerror}).") from error

    async def _until_told_to_end(self) -> None:
        until = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, until.set)
        await serve(
            settings.LMTP_LISTEN,
            until=until,
            ready=lambda: self.stdout.write(f"Mails are taken in on {settings.LMTP_LISTEN}"),
        )
