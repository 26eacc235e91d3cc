"""What the service centre and members look through: agreements, organizations, letters, benefits, use, purchases.

Side by side in the smallest and the largest database, with few of all that and with many.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.place import Place
from bench.reader import Reader
from bench.report import Table, median, say
from bench.world import PEOPLE, World, database_of, run_asleep
from pactdesk.accounts.models import Account

COUNTS = (1_000, 100_000)  # agreements; a tenth as many organizations, ten times as many letters
FIRST = 10_000_000  # their numbers begin behind all others
FILLING = Path(__file__).with_name("benefits.sql")
PAGE, BOUGHT, SHORT = 50, 25, 20
SAMPLES = 40
GOAL_MS, GOAL_RATIO = 50.0, 1.5

_AGREEMENT = 'href="/desk/agreements/[0-9]+/"'
_ORGANIZATION = 'href="/desk/organizations/[0-9]+/"'
_LETTER = "Letter [0-9]+"
_REQUEST = "PD-[0-9]+"
_PURCHASE = 'href="/purchases/[0-9]+/"'
_BENEFIT = 'href="/benefits/[0-9]+/"'

# Who reads, what stands in the address, what marks a row, and how many there have to be.
_Kind = tuple[str, str, str, int]


def measure(place: Place, world: World, table: Table, *, rounds: int) -> None:
    """Server time of each page in both databases, taken in turns."""
    databases = dict(zip(COUNTS, (database_of(world.sizes[0]), None), strict=True))
    requests = dict(zip(COUNTS, (world.sizes[0], world.sizes[-1]), strict=True))
    pages = {count: _pages(world, count, requests[count]) for count in COUNTS}
    for count, database in databases.items():
        say(f"{count:,} agreements")
        _fill(place, world, count, database)
    inside: dict[tuple[int, str], list[dict[str, float]]] = {}
    with ExitStack() as stack:
        readers = {
            count: stack.enter_context(Reader(place, database)) for count, database in databases.items()
        }
        for turn in range(rounds + 1):
            for count, read in readers.items():
                for name, (who, path, mark, marks) in pages[count].items():
                    cookies = world.session_of(world.aside[who]).cookies
                    answer = read([path] * SAMPLES, cookies, mark=mark, marks=marks)
                    if turn:  # the first one only warms up
                        inside.setdefault((count, name), []).append(answer)
    goals = f"goals: largest / smallest ≤ {GOAL_RATIO}, server < {GOAL_MS:.0f} ms"
    table.heading(f"Service centre, benefits, activity and purchases ({goals})")
    table.row("agreements", *(f"{count:,}" for count in COUNTS), "largest / smallest", "queries")
    for name in pages[COUNTS[0]]:
        server = {count: median([each["server"] for each in inside[count, name]]) for count in COUNTS}
        queries = {f"{each['queries']:.0f}" for count in COUNTS for each in inside[count, name]}
        table.row(
            name,
            *(f"{server[count] * 1000:.2f} ms" for count in COUNTS),
            f"{server[COUNTS[1]] / server[COUNTS[0]]:.2f}",
            " / ".join(sorted(queries)),
        )


def _pages(world: World, count: int, requests: int) -> dict[str, _Kind]:
    """What is read, by what it is called in the table."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    last_agreement = (begin + timedelta(seconds=20 * (PAGE + 1))).timestamp()
    last_letter = (begin + timedelta(seconds=2 * 10 * (PAGE + 1))).timestamp()
    seldom, of_one = min(PAGE, count // 1000), f"person{world.first_account}@"
    return {
        "agreements, first page": ("centre", "/desk/agreements/", _AGREEMENT, PAGE),
        "agreements, last page": (
            "centre",
            f"/desk/agreements/?older={last_agreement:.6f}-{FIRST + PAGE + 1}",
            _AGREEMENT,
            PAGE,
        ),
        "agreements by a name that one has": ("centre", "/desk/agreements/?q=place+000042", _AGREEMENT, 10),
        "agreements by a name that all have": ("centre", "/desk/agreements/?q=place", _AGREEMENT, PAGE),
        "agreements by an Access ID": ("centre", "/desk/agreements/?q=0000000077", _AGREEMENT, 1),
        "agreements that are used up": ("centre", "/desk/agreements/?state=used-up", _AGREEMENT, seldom),
        "organizations, first page": ("centre", "/desk/organizations/", _ORGANIZATION, PAGE),
        "organizations, last page": (
            "centre",
            f"/desk/organizations/?after={FIRST + count // 10 - PAGE}",
            _ORGANIZATION,
            PAGE,
        ),
        "organizations by a name that one has": (
            "centre",
            "/desk/organizations/?q=place+000042",
            _ORGANIZATION,
            1,
        ),
        "mail log, first page": ("centre", "/desk/mail/", _LETTER, PAGE),
        "mail log, last page": ("centre", f"/desk/mail/?older={last_letter:.6f}-999999999", _LETTER, PAGE),
        "mail log of what was not sent": ("centre", "/desk/mail/?state=withheld", _LETTER, seldom),
        "mail log of one address": ("centre", f"/desk/mail/?q={of_one}", _LETTER, min(PAGE, count // 997)),
        "My activity": ("manager", "/activity/", _REQUEST, min(SHORT, requests // 50)),
        # Ten people, and whoever reads it.
        "use of an organization": ("manager", "/activity/use/", "Person [0-9]+", 11),
        "My benefits: a hundredth of all agreements": (
            "holder",
            "/benefits/",
            _BENEFIT,
            min(24, count // 100),
        ),
        "purchases, first page": ("buyer", "/purchases/", _PURCHASE, BOUGHT),
        "purchases, last page": ("buyer", f"/purchases/?older_than={10 * (BOUGHT + 1)}", _PURCHASE, BOUGHT),
    }


def _fill(place: Place, world: World, count: int, database: str | None) -> None:
    """Put everything into a database that has none of it."""
    with place.superuser(database) as own:
        if own.execute("SELECT 1 FROM agreements_agreement WHERE id > %s LIMIT 1", (FIRST,)).fetchone():
            return
    values = {
        "count": count,
        "first": FIRST,
        "people": PEOPLE,
        "account": world.first_account,
        "agreement": world.hot_agreement,
        "world_agreement": world.first_agreement,
        "organization": Account.objects.get(pk=world.aside["manager"]).organization_id,
        "holder": world.aside["holder"],
        "buyer": world.aside["buyer"],
    }
    for part in FILLING.read_text().split("-- part:")[1:]:
        run_asleep(place, part.split("\n", 1)[1], values, database)
    with place.superuser(database) as own:
        own.execute("VACUUM (ANALYZE)")
        own.execute("CHECKPOINT")
