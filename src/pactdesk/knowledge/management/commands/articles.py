"""The `articles` command: loading the knowledge base from its files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pactdesk.knowledge.services import ArticleMistakes, load


class Command(BaseCommand):
    """`articles load FOLDER`: make the articles what the files say, all or nothing. Safe to repeat."""

    help = "Load the articles of the knowledge base from a folder of Markdown files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        loading = verbs.add_parser(
            "load", help="make the articles what the files in FOLDER say, all or nothing"
        )
        loading.add_argument("folder", type=Path, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load(options["folder"], timezone.now())
        except ArticleMistakes as error:
            count = len(error.mistakes)
            raise CommandError(
                f"{error}\nNothing was changed: {count} mistake{'s' if count > 1 else ''}."
            ) from error
        for verb, sources in (
            ("added", loaded.added),
            ("changed", loaded.changed),
            ("removed", loaded.removed),
        ):
            for source in sources:
                self.stdout.write(f"{verb:8} {source}")
        for number in loaded.retired:
            self.stdout.write(f"retired  {number}")
        if loaded.nothing_to_do:
            self.stdout.write(f"All {len(loaded.unchanged)} files were loaded before.")
