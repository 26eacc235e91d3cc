"""`pactdesk demo`: people and agreements to try Pactdesk out with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pactdesk.catalog.queries import NotInCatalogue
from pactdesk.kernel.decisions import Refused
from pactdesk.project import demo


class Command(BaseCommand):
    help = "Make the demo world of people and agreements, once. Only with PACTDESK_DEMO=1: its password is known."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", action="store_true", help="only say who can sign in and what to try")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "This installation is not a demo, and must not have people whose password everybody knows. "
                "PACTDESK_DEMO=1 makes it one."
            )
        made = demo.is_made()
        if options["show"]:
            if not made:
                raise CommandError("The demo world is not there yet; `pactdesk demo` makes it.")
            self.stdout.write(demo.introduction())
        elif made:
            self.stdout.write("The demo world is there already; --show says who lives in it.")
        else:
            self._make()

    def _make(self) -> None:
        try:
            demo.make(at=timezone.now())
        except (NotInCatalogue, Refused) as mismatch:
            raise CommandError(
                f"The catalogue does not go with the demo world ({mismatch}). Apply the example first: "
                "pactdesk catalog apply catalogs/partner-support.yaml"
            ) from mismatch
        self.stdout.write("The demo world is made; --show says who lives in it.")
