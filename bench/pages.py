"""The list of requests, fifty rows a page, at three sizes of the database."""

from __future__ import annotations

import random
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from bench.place import Place
from bench.reader import Reader
from bench.report import Table, in_ms, median, quantile, say
from bench.world import Session, World, database_of

# Who reads what: the reader of very many and the reader of few, the newest page, and any page further down.
KINDS = {
    "contact of every fifth, newest page": ("busy", False),
    "contact of every fifth, an older page": ("busy", True),
    "contact of sixty, newest page": ("few", False),
    "contact of sixty, an older page": ("few", True),
}
ROWS = 50
ROW = 'href="/requests/PD-[0-9]+/"'
SAMPLES = 60  # pages of each kind and round
GOAL_MS, GOAL_RATIO = 15.0, 1.3


def measure(place: Place, world: World, table: Table, *, seconds: float, rounds: int) -> None:
    """Server time, its share in the database, and time over HTTP."""
    from bench.submitting import drive

    sizes = world.sizes
    databases = {size: None if size == sizes[-1] else database_of(size) for size in sizes}
    inside: dict[tuple[int, str], list[dict[str, float]]] = {}
    over_http: dict[int, list[float]] = {size: [] for size in sizes}
    say("the list of requests, server time")
    with ExitStack() as stack:
        readers = {size: stack.enter_context(Reader(place, databases[size])) for size in sizes}

        def read(size: int, kind: str) -> dict[str, float]:
            paths = [_path(world, size, kind) for _ in range(SAMPLES)]
            return readers[size](paths, _reader(world, size, kind).cookies, mark=ROW, marks=ROWS)

        for turn in range(rounds + 1):
            for kind in KINDS:
                for size in sizes:
                    answer = read(size, kind)
                    if turn:  # the first one only warms up
                        inside.setdefault((size, kind), []).append(answer)
    say("the list of requests over HTTP")
    with ExitStack() as stack:
        ports = {size: stack.enter_context(place.web_server(databases[size]))[0] for size in sizes}
        # Short turns and many of them, so that whatever disturbs the machine disturbs all sizes alike.
        for turn in range(4 * rounds + 1):
            for size in sizes:
                result = drive(
                    ports[size],
                    [world.session_of(world.busy).cookies],
                    [("/requests/", 0, "")],
                    min(seconds, 0.5),
                    status=200,
                    repeat=True,
                    clients=1,
                )
                if turn:  # the first one only warms up
                    over_http[size] += result["latencies"]
    _report(table, sizes, inside, over_http)


def _report(
    table: Table,
    sizes: list[int],
    inside: dict[tuple[int, str], list[dict[str, float]]],
    over_http: dict[int, list[float]],
) -> None:
    goals = f"goals: largest / smallest ≤ {GOAL_RATIO}, server < {GOAL_MS:.0f} ms"
    table.heading(f"The list of requests, {ROWS} rows ({goals})")
    table.row("requests in the database", *(f"{size:,}" for size in sizes), "largest / smallest", "queries")
    for kind in KINDS:
        rounds = {size: inside[size, kind] for size in sizes}
        for name, key in (("server time", "server"), ("of it in the database", "database")):
            values = {size: median([each[key] for each in rounds[size]]) for size in sizes}
            pairs = zip(rounds[sizes[-1]], rounds[sizes[0]], strict=True)
            ratio = median([largest[key] / smallest[key] for largest, smallest in pairs])
            label = f"{kind}: {name}" if key == "server" else f"  {name}"
            queries = f"{rounds[sizes[0]][0]['queries']:.0f}" if key == "server" else ""
            table.row(label, *(f"{values[size] * 1000:.2f} ms" for size in sizes), f"{ratio:.2f}", queries)
    for share in (0.50, 0.99):
        values = {size: quantile(over_http[size], share) for size in sizes}
        table.row(
            f"over HTTP, one client, p{share * 100:.0f}",
            *(in_ms(values[size]) for size in sizes),
            f"{values[sizes[-1]] / values[sizes[0]]:.2f}",
        )


def _reader(world: World, size: int, kind: str) -> Session:
    who, _ = KINDS[kind]
    return world.session_of(world.busy if who == "busy" else world.few[str(size)])


def _path(world: World, size: int, kind: str) -> str:
    who, older = KINDS[kind]
    if not older:
        return "/requests/"
    # Requests of the past by their place in the history. The reader of few has little more than one page: for them,
    # what is older than the next one to come.
    n = random.randint(size // 10, size) if who == "busy" else random.randint(size + 1, size + 1000)
    at = datetime(2026, 1, 1, tzinfo=UTC) + n * timedelta(seconds=20)
    return f"/requests/?older={at.timestamp():.6f}-{world.model_case + n}"
