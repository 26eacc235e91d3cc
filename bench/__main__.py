"""python -m bench [WORD ...]: measure, and print one table."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence

from bench import place as places
from bench.place import CannotMeasure, Place
from bench.report import Table, say

WORDS = {
    "submit": "requests submitted over HTTP, beside pgbench; memory of the web server; the worker",
    "list": "the list of requests at three sizes",
    "work": "queue and request pages with 50 messages each, at three sizes; reading, replying, submitting at once",
    "clocks": "the sweep: a million timers running, ten thousand due",
    "customers": "the list of customers of a partner with a hundred and with ten thousand",
    "guess": "how long wrong pairs of IDs take, of each kind",
    "benefits": "the lists of the service centre, benefits, activity and purchases, with few and with many",
    "tell": "mails and webhooks that the worker hands over in a second",
    "start": "first and second start; with BENCH_SETUP=1 also from a fresh clone",
    "profile": "where the time of one submission goes (not part of the whole)",
}
WHOLE = ("list", "submit", "work", "clocks", "customers", "guess", "benefits", "tell", "start")

EPILOG = """\
words: {words}

Without words everything but the profile is measured. BENCH_SECONDS and BENCH_REQUESTS are heeded as --seconds and
--requests. With --keep the next run finds its data ready: python -m bench submit --keep --requests 10000 --seconds 5
"""


def main() -> int:
    options = _options()
    if unknown := set(options.words) - set(WORDS):
        print(f"No such word: {', '.join(sorted(unknown))}. There are: {', '.join(WORDS)}", file=sys.stderr)
        return 2
    words = options.words or WHOLE
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # so that nothing is left running
    started = time.monotonic()
    table = Table()
    try:
        sizes = [max(options.requests // 100, 1000), max(options.requests // 10, 2000), options.requests]
        made_from = places.made_from(sizes)
        with places.opened(made_from, keep=options.keep) as place:
            if (set(WORDS) - {"start"}) & set(words):
                _measure(place, words, options, table, sizes, made_from)
            if "start" in words:
                from bench import resources

                resources.starts(table)
    except CannotMeasure as error:
        table.show()
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    table.show()
    print(
        f"measured in {time.monotonic() - started:.0f} s; load of the machine now: {os.getloadavg()[0]:.1f}"
    )
    return 0


def _measure(
    place: Place,
    words: Sequence[str],
    options: argparse.Namespace,
    table: Table,
    sizes: list[int],
    made_from: str,
) -> None:
    """Everything that needs people and requests."""
    os.environ.update(place.environment())
    os.environ["PACTDESK_DATABASE_POOL"] = "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "pactdesk.project.settings"
    import django

    django.setup()

    from bench import (
        benefits,
        clocks,
        customers,
        guessing,
        pages,
        profiling,
        resources,
        submitting,
        telling,
        working,
    )
    from bench import world as worlds

    world = worlds.World.known()
    if world is None:
        say("tables, static files, catalogue")
        place.pactdesk("prepare")
        place.pactdesk("catalog", "apply", str(places.ROOT / "catalogs" / "partner-support.yaml"))
        world = worlds.make(place, sizes)
        if options.keep:
            world.keep(made_from)
    if "list" in words:
        pages.measure(place, world, table, seconds=options.seconds, rounds=options.rounds)
    if "submit" in words:
        with place.web_server() as (port, process):
            submitting.measure(
                place,
                world,
                table,
                port=port,
                web=process.pid,
                seconds=options.seconds,
                rounds=options.rounds,
            )
            table.heading("Memory after all that")
            resources.memory(table, "web server", process.pid)
        resources.worker(place, world, table)
    if "work" in words:
        if world.messages != options.messages:
            world = worlds.talk(place, world, options.messages)
            if options.keep:
                world.keep(made_from)
        working.measure(place, world, table, seconds=options.seconds, rounds=options.rounds)
    if "clocks" in words:
        clocks.measure(place, world, table, timers=options.timers)
    if "customers" in words:
        customers.measure(place, table, rounds=options.rounds)
    if "guess" in words:
        guessing.measure(table, rounds=options.rounds)
    if "benefits" in words:
        benefits.measure(place, world, table, rounds=options.rounds)
    if "tell" in words:
        telling.measure(place, world, table)
    if "profile" in words:
        profiling.measure(place, world, table, count=options.count)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=EPILOG.format(words="; ".join(f"{word}: {text}" for word, text in WORDS.items())),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help=", ".join(WORDS))
    parser.add_argument(
        "--seconds", type=float, default=float(os.environ.get("BENCH_SECONDS") or 6), help="of each round (6)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="in turns with pgbench; medians count (3)")
    parser.add_argument(
        "--requests",
        type=int,
        default=int(os.environ.get("BENCH_REQUESTS") or 1_000_000),
        help="in the largest database (1000000)",
    )
    parser.add_argument(
        "--timers", type=int, default=1_000_000, help="that run while the sweep is measured (1000000)"
    )
    parser.add_argument("--messages", type=int, default=50, help="in each request at work (50)")
    parser.add_argument("--count", type=int, default=800, help="submissions to profile (800)")
    parser.add_argument("--keep", action="store_true", help="keep the data for the next run")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
