"""`pactdesk worker`: do what can wait."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from pactdesk.project import worker


class Command(BaseCommand):
    help = "Do the jobs in the queue until told to stop: facts, mails, webhooks, housekeeping."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        worker.run()
