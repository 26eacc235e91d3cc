"""`import_agreements FILE`: agreements and balances out of a file, all or nothing."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pactdesk.accounts.queries import people_by_address
from pactdesk.accounts.rules import known_time_zones
from pactdesk.imports import services
from pactdesk.imports.rules import (
    DATE_ORDERS,
    ENCODINGS,
    FORMS,
    PACTDESK,
    Judgement,
    Mistake,
    Options,
    Reading,
)
from pactdesk.imports.services import CannotImport
from pactdesk.imports.wording import in_words

_MOST_SHOWN = 200


class Command(BaseCommand):
    """Exit status 0: imported, or nothing to do, or a dry run without mistakes; 1: the file cannot be used at all;
    2: rows have mistakes, which are printed one on each line. No ID of a pair is printed."""

    help = "Import agreements and balances from a file, all or nothing. The same file again makes nothing."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--format", choices=list(FORMS), default=PACTDESK, help="what the file looks like"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would come about and what is wrong, and do nothing",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="TYPE=PROGRAMME",
            help="which programme (by code) stands for a type of another system; may be given several times",
        )
        parser.add_argument("--encoding", choices=ENCODINGS, default="", help="found out unless given")
        parser.add_argument(
            "--dates", choices=DATE_ORDERS, default="", help="how days such as 11/10/2026 are to be read"
        )
        parser.add_argument(
            "--time-zone",
            default="UTC",
            help="the zone in which days are counted where a row names none (UTC)",
        )
        parser.add_argument(
            "--language", default="en", help="tells code pages apart: that of who wrote the file (en)"
        )
        parser.add_argument("--by", metavar="EMAIL", help="the account that is noted as having imported it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["time_zone"] not in known_time_zones():
            raise CommandError(f"There is no time zone {options['time_zone']}.")
        reading_options = Options(
            form=options["format"],
            encoding=options["encoding"],
            dates=options["dates"],
            time_zone=options["time_zone"],
            language=options["language"],
            programmes=_mapping(options["map"]),
        )
        actor_id = _account(options["by"]) if options["by"] else None
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read ({error.strerror}).") from error
        try:
            reading, judgement = services.examine(content, reading_options)
        except CannotImport as refused:
            raise CommandError("\n".join(in_words(reason) for reason in refused.decision)) from refused
        self._report(reading, judgement)
        if judgement.mistakes:
            self.stderr.write(f"Nothing was imported: {_many(len(judgement.mistakes), 'mistake')}.")
            sys.exit(2)
        if not judgement.taken:
            self.stdout.write("There is nothing to import.")
        elif options["dry_run"]:
            self.stdout.write("This was a dry run. Nothing was imported.")
        else:
            self._import(content, options["file"].name, reading_options, actor_id)

    def _import(self, content: bytes, name: str, options: Options, actor_id: int | None) -> None:
        try:
            import_id, judgement = services.import_at_once(
                content, name, options, actor_id=actor_id, at=timezone.now()
            )
        except CannotImport as refused:
            raise CommandError("\n".join(in_words(reason) for reason in refused.decision)) from refused
        self.stdout.write(f"Import {import_id}: {_many(len(judgement.taken), 'agreement')} imported.")

    def _report(self, reading: Reading, judgement: Judgement) -> None:
        self.stdout.write(f"{_many(judgement.rows, 'row')}, read as {reading.encoding}.")
        if reading.unread:
            self.stdout.write(f"{_many(len(reading.unread), 'column')} that nobody reads.")
        by_programme: dict[str, list[int]] = {}
        for each in judgement.taken:
            sums = by_programme.setdefault(each.programme, [0, 0, 0, each.whole])
            sums[0], sums[1], sums[2] = sums[0] + 1, sums[1] + each.granted, sums[2] + each.left
        for code, (number, granted, left, whole) in sorted(by_programme.items()):
            self.stdout.write(
                f"new      {_many(number, 'agreement')} of {code}: "
                f"{_whole(left, whole)} of {_whole(granted, whole)} units left"
            )
        if judgement.already:
            self.stdout.write(
                f"there    {_many(len(judgement.already), 'agreement')} already, left as they are"
            )
        self._lines("left out", judgement.left_out)
        self._lines("note", judgement.notices)
        self._lines("mistake", judgement.mistakes)

    def _lines(self, what: str, mistakes: tuple[Mistake, ...]) -> None:
        for each in mistakes[:_MOST_SHOWN]:
            place = f"row {each.row}, {each.column}" if each.column else f"row {each.row}"
            self.stdout.write(f"{what:8} {place}: {in_words(each.reason)}")
        if len(mistakes) > _MOST_SHOWN:
            self.stdout.write(f"{what:8} … and {len(mistakes) - _MOST_SHOWN} more")


def _mapping(given: list[str]) -> dict[str, str]:
    mapped = {}
    for each in given:
        kind, between, programme = each.rpartition("=")
        if not between or not kind.strip() or not programme.strip():
            raise CommandError(f"--map {each}: write TYPE=PROGRAMME.")
        mapped[kind.strip()] = programme.strip()
    return mapped


def _account(email: str) -> int:
    found = people_by_address([email]).get(email.strip().lower())
    if found is None:
        raise CommandError(f"No account has confirmed the address {email}.")
    return found.account_id


def _whole(number: int, whole: int) -> str:
    """What a ledger counts, in units as people say them: "7.5" hours."""
    return str(number // whole) if number % whole == 0 else f"{number / whole:.2f}"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
