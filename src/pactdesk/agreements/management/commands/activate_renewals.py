"""manage.py activate_renewals: activate what renewals bring, by hand, or only say what that would be."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from pactdesk.agreements.queries.waiting_pairs import waiting
from pactdesk.agreements.services import activation, mailing
from pactdesk.kernel.worded import text_in


class Command(BaseCommand):
    """Does what the worker does every hour. Safe to repeat."""

    help = "Activate the headquarters agreements of organizations whose partner network term was renewed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be activated.")

    def handle(self, *args: Any, **options: Any) -> None:
        at, dry_run = timezone.now(), bool(options["dry_run"])
        found = activation.activate_due(at=at, dry_run=dry_run)
        for each in found:
            notes = ("late" if each.is_late else "", "" if each.is_mailed else "nobody to be mailed to")
            said = ", ".join(note for note in notes if note)
            line = f"{each.organization}: {each.programme_code}, renewed on {each.renewed_on.isoformat()}"
            self.stdout.write(f"{line} ({said})" if said else line)
        if dry_run:
            self.stdout.write(f"{len(found)} would be activated.")
            return
        mailed = mailing.mail_waiting(at=at)
        self.stdout.write(f"{len(found)} activated, {mailed} pairs mailed that had waited.")
        for pair in waiting():
            where = pair.location or pair.organization
            self.stdout.write(
                f"Waits for a primary programme contact: {where}, {text_in(pair.programme, 'en')}"
            )
