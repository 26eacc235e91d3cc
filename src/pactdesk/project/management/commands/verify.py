"""`pactdesk verify`: what must always be true of the database, and what is not."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from pactdesk.project.verification import Outcome, prove


class Command(BaseCommand):
    help = (
        "Prove the invariants of the whole database: the ledger, requests, journal, outbox, files, and the guards that "
        "keep them. Only reads, and may run while people work. Exit status 1 if anything is wrong."
    )
    requires_migrations_checks = True
    requires_system_checks = ()  # a page that does not work is no reason not to look at the data

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--files", action="store_true", help="read every file and compare it with its digest, too"
        )
        parser.add_argument("--strict", action="store_true", help="take what is only late as wrong, too")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        outcomes: list[Outcome] = []
        heading = ""
        for group, outcome in prove(at=timezone.now(), read_files=options["files"]):
            if group != heading:
                self.stdout.write(self.style.MIGRATE_HEADING(group))
                heading = group
            self._tell(outcome)
            outcomes.append(outcome)
        broken = [outcome for outcome in outcomes if outcome.is_broken]
        late = [outcome for outcome in outcomes if outcome.is_late]
        self.stdout.write(
            f"\n{len(outcomes)} checks in {time.monotonic() - started:.1f} s: "
            f"{len(outcomes) - len(broken) - len(late)} hold, {len(late)} late, {len(broken)} broken."
        )
        if broken or (late and options["strict"]):
            sys.exit(1)

    def _tell(self, outcome: Outcome) -> None:
        word, style = "ok", self.style.SUCCESS
        if outcome.is_broken:
            word, style = "WRONG", self.style.ERROR
        elif outcome.is_late:
            word, style = "late", self.style.WARNING
        check = outcome.check
        self.stdout.write(f"  {style(f'{word:<6}')} {outcome.looked_at:>11,} {check.of:<25} {check.claim}")
        if outcome.wrong:
            self.stdout.write(f"         {outcome.wrong:>11,} {'of them not':<25} ({check.code})")
        for example in outcome.examples:
            self.stdout.write(f"           - {example}")
        if outcome.wrong > len(outcome.examples):
            self.stdout.write(f"           … and {outcome.wrong - len(outcome.examples):,} more")
