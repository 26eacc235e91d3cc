"""The command `pactdesk`: one word for each thing that people who run an installation do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, execute_from_command_line
from django.db import OperationalError

from pactdesk.project import embedded_postgres
from pactdesk.project.installation import Installation

SETTINGS = "pactdesk.project.settings"

EPILOG = """\
The environment says the rest:
  DATABASE_URL          a PostgreSQL (15 or later) of your own; without it one starts in the data folder
  PACTDESK_DATA         the data folder (.pactdesk in the checkout)
  PACTDESK_DEMO         1: an example catalogue and a demo world of people and agreements
  PACTDESK_BASE_URL     the address at which people reach this installation; stands in mails
  HOST, PORT            where the web server listens (127.0.0.1, 8000)
  GRANIAN_WORKERS, GRANIAN_BLOCKING_THREADS    processes of the web server, threads of each
"""

# What is passed on, with all that follows it, to the Django command named second.
PASSED_ON = {
    "migrate": ("migrate", "bring the tables of the database up to date"),
    "verify": ("verify", "prove the invariants of the whole database, and print what was checked"),
    "catalog": (
        "catalog",
        "show (plan FILE) or make (apply FILE) the changes that a catalogue file asks for",
    ),
    "demo": ("demo_world", "make the demo world of people and agreements; --show says who can sign in"),
    "manage": ("", "run any Django command: pactdesk manage COMMAND …"),
}

WORKERS_HANDS = 12  # both crews of `project.worker`, which cannot be imported before Django is set up


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and answer its exit status; what a person can mend is a sentence on standard error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words and words[0] in PASSED_ON:
            command, _ = PASSED_ON[words[0]]
            manage(*filter(None, [command]), *words[1:])
            return 0
        options = _parser().parse_args(words)
        return int(options.run(options) or 0)
    except (embedded_postgres.EmbeddedPostgresError, ImproperlyConfigured, CommandError) as error:
        print(f"pactdesk: {error}", file=sys.stderr)
        return 1
    except OperationalError as error:
        print(f"pactdesk: The database cannot be used. {error}", file=sys.stderr)
        return 1


def manage(*words: str) -> None:
    """Run a Django command on the database of this installation, starting the embedded one if there is no other."""
    use_database()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    execute_from_command_line(["pactdesk", *words])


def use_database() -> None:
    """Set DATABASE_URL, where nobody has, to the embedded server. Raises `EmbeddedPostgresError`."""
    if not os.environ.get("DATABASE_URL"):
        folder = Installation().data / "postgres"
        os.environ["DATABASE_URL"] = embedded_postgres.ensure_running(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pactdesk",
        description="Run and look after an installation of Pactdesk.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    serve = commands.add_parser(
        "serve", help="prepare everything, then run web server and worker until Ctrl-C"
    )
    serve.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="address to listen on")
    serve.add_argument(
        "--port", type=_port, default=os.environ.get("PORT") or "8000", help="port to listen on"
    )
    serve.set_defaults(run=_serve)
    prepare = commands.add_parser(
        "prepare", help="tables, translations, static files; with PACTDESK_DEMO=1 the demo"
    )
    prepare.set_defaults(run=_prepare)
    worker = commands.add_parser(
        "worker", help="run only the worker, which sends mails and does what can wait"
    )
    worker.set_defaults(run=_work)
    mail_in = commands.add_parser(
        "mail-in",
        help="run only the door through which a mail server hands mails over (PACTDESK_LMTP_LISTEN)",
    )
    mail_in.set_defaults(run=lambda options: manage("mail_in"))
    for name, (_, text) in PASSED_ON.items():
        commands.add_parser(name, help=text)
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"PORT has to be a number from 1 to 65535, not {text!r}")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    from pactdesk.project.serve import serve

    return serve(options.host, options.port)


def _work(options: argparse.Namespace) -> None:
    # One for each of its hands, whatever the web processes keep: opening one costs as much as sending a mail.
    os.environ["PACTDESK_DATABASE_POOL"] = str(WORKERS_HANDS)
    manage("work")


def _prepare(options: argparse.Namespace) -> None:
    import django

    use_database()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    django.setup()

    from pactdesk.project.prepare import prepare  # needs Django to be set up

    prepare()


if __name__ == "__main__":
    raise SystemExit(main())
