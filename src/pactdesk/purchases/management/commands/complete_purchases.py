"""manage.py complete_purchases: finish what a crash or a lost event left, by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from pactdesk.purchases.services import completing, events


class Command(BaseCommand):
    """Does what the worker does every minute. Safe to repeat."""

    help = "Finish purchases that a crash or a lost event left unfinished."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        handled = events.handle_waiting(at=at)
        done = completing.complete(at=at)
        self.stdout.write(
            f"{done.taken_up} unfinished purchases taken up, {done.finished} finished, {handled} events handled."
        )
