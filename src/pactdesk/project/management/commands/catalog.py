"""`catalog plan FILE` and `catalog apply FILE`: the catalogue out of a YAML file.

What is taken away or changed while something uses it is warned of, with how much that is.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pactdesk.cases.queries.in_use import use_of
from pactdesk.catalog import services
from pactdesk.catalog.services import ChangePlan, Kind
from pactdesk.catalog.services.reference import reference


class Command(BaseCommand):
    """Exit status 0: done, or nothing to do; 1: the file has mistakes, which are printed one on each line."""

    help = "Say what a catalogue file would change, or change it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        plan = verbs.add_parser("plan", help="say what the file would change, and change nothing")
        plan.add_argument("file", type=Path)
        apply = verbs.add_parser("apply", help="make the catalogue what the file says, all or nothing")
        apply.add_argument("file", type=Path)
        apply.add_argument("--by", metavar="EMAIL", help="the account that is noted as having applied it")
        verbs.add_parser("format", help="print the reference page of the file's format")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["verb"]:
            case "plan":
                self._plan(options["file"])
            case "apply":
                self._apply(options["file"], options["by"])
            case "format":
                self.stdout.write(reference(), ending="")

    def _plan(self, file: Path) -> None:
        try:
            changes = services.plan(file, at=timezone.now())
        except services.CatalogMistakes as mistakes:
            self._refuse(mistakes)
        self.stdout.write("\n".join(changes.lines()))
        self._warn(changes)

    def _apply(self, file: Path, email: str | None) -> None:
        actor_id = self._account(email) if email else None
        try:
            changes = services.apply(file, actor_id=actor_id, at=timezone.now())
        except services.CatalogMistakes as mistakes:
            self._refuse(mistakes)
        self.stdout.write("\n".join(changes.lines()))
        self._warn(changes)
        if not changes.empty:
            self.stdout.write("Applied.")

    def _warn(self, changes: ChangePlan) -> None:
        at = timezone.now()
        for change in changes.changes:
            if change.kind not in {Kind.RETIRE, Kind.CHANGE} or change.only_order:
                continue
            is_retired = change.kind is Kind.RETIRE
            if not is_retired and change.noun != "calendar":
                continue
            use = use_of(change.noun, change.code, at=at)
            if not use.is_used:
                continue
            used = [f"{use.requests} open {'request' if use.requests == 1 else 'requests'}"]
            if use.agreements:
                used.append(
                    f"{use.agreements} {'agreement' if use.agreements == 1 else 'agreements'} in force"
                )
            then = (
                "They keep what they were promised."
                if is_retired
                else "They keep their version until the next one is applied to them in the administration."
            )
            self.stdout.write(
                self.style.WARNING(f"! {change.noun} {change.code} is in use: {' and '.join(used)}. {then}")
            )

    def _account(self, email: str) -> int:
        account = get_user_model()._default_manager.filter(email__iexact=email.strip()).first()
        if account is None:
            raise CommandError(f"No account has the e-mail address {email}.")
        return int(account.pk)

    def _refuse(self, mistakes: services.CatalogMistakes) -> NoReturn:
        for mistake in mistakes.mistakes:
            self.stderr.write(str(mistake))
        count = len(mistakes.mistakes)
        self.stderr.write(f"{count} {'mistake' if count == 1 else 'mistakes'}. Nothing was changed.")
        sys.exit(1)
