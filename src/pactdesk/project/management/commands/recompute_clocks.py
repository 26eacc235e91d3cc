"""`pactdesk manage recompute_clocks`: make the timers of requests what their events say."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pactdesk.cases.models import Case
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services.clocks import recompute


class Command(BaseCommand):
    help = (
        "Fold the clocks of requests anew from what happened to them, keep the result, and say what was otherwise. "
        "Find out first why it was: `pactdesk verify` names the requests."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="+", metavar="PD-NUMBER", help="the requests")

    def handle(self, *args: Any, **options: Any) -> None:
        for text in options["numbers"]:
            number = read_number(text)
            try:
                found = recompute(number or 0, at=timezone.now())
            except Case.DoesNotExist:
                raise CommandError(f"There is no request {text}.") from None
            for each in found:
                self.stdout.write(
                    f"{shown_number(each.number)}: {each.what} was {each.kept}, and is {each.folded} now"
                )
            if not found:
                self.stdout.write(f"{shown_number(number or 0)}: nothing was otherwise")
