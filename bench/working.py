"""Working on requests with long conversations: their pages at three sizes of the database, and a mixed load."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db import connection

from bench import world as worlds
from bench.place import CannotMeasure, Place
from bench.reader import Reader
from bench.report import Table, in_ms, median, quantile, say
from bench.resources import memory
from bench.submitting import CLIENTS, drive
from bench.world import PEOPLE, Session, World, database_of

# The pages, each with what has to stand on it and how often: rows of the queue, messages of a request. The portal shows
# the newest forty.
PAGES = {
    "the queue of the team": ('<tr role="row" id="PD-[0-9]+"', 40),
    "a request at the desk": ('id="message-[0-9]+"', 50),
    "a request in the portal": ('id="message-[0-9]+"', 40),
}
MESSAGES = 50
SAMPLES = 40  # pages of each kind and round
GOAL_RATIO, GOAL_RATE, GOAL_P95 = 1.3, 50, 0.2
SHARES = (0.50, 0.95, 0.99)
# What people do, in hundredths.
MIX = {
    "reading the list": 20,
    "reading a request": 20,
    "reading the queue": 15,
    "reading a request at the desk": 15,
    "replying": 20,
    "submitting": 10,
}
MOST_A_SECOND = 1_500  # for which there are things to do ready


def measure(place: Place, world: World, table: Table, *, seconds: float, rounds: int) -> None:
    """Pages at all sizes; then readers, writers and submitters together on the largest database."""
    _pages(place, world, table, rounds)
    _mixed(place, world, table, seconds, rounds)


def _pages(place: Place, world: World, table: Table, rounds: int) -> None:
    say("queue and request pages, server time")
    sizes = world.sizes
    taken: dict[tuple[str, int], list[dict[str, float]]] = {}
    with ExitStack() as stack:
        readers = {
            size: stack.enter_context(Reader(place, None if size == sizes[-1] else database_of(size)))
            for size in sizes
        }
        for turn in range(rounds + 1):
            for page, (mark, marks) in PAGES.items():
                for size in sizes:
                    paths = [_path(world, page, size) for _ in range(SAMPLES)]
                    reader = world.session_of(world.busy if "portal" in page else world.engineer)
                    answer = readers[size](paths, reader.cookies, mark=mark, marks=marks)
                    if turn:  # the first one only warms up
                        taken.setdefault((page, size), []).append(answer)
    table.heading(
        f"Pages of work, {world.messages} messages in each request (goal: largest / smallest ≤ {GOAL_RATIO})"
    )
    table.row("requests in the database", *(f"{size:,}" for size in sizes), "largest / smallest", "queries")
    for page in PAGES:
        for name, key in ((page, "server"), ("  of it in the database", "database")):
            values = [median([each[key] for each in taken[page, size]]) for size in sizes]
            pairs = zip(taken[page, sizes[-1]], taken[page, sizes[0]], strict=True)
            ratio = median([largest[key] / smallest[key] for largest, smallest in pairs])
            queries = f"{taken[page, sizes[-1]][0]['queries']:.0f}" if key == "server" else ""
            table.row(name, *(f"{value * 1000:.2f} ms" for value in values), f"{ratio:.2f}", queries)


def _path(world: World, page: str, size: int) -> str:
    if page == "the queue of the team":
        return "/desk/?view=team"
    door = "requests" if page == "a request in the portal" else "desk/requests"
    return f"/{door}/PD-{world.model_case + _of_the_busy(world, size)}/"


def _of_the_busy(world: World, size: int) -> int:
    """The place in the history of any request that the busy reader is a contact of (`history.sql`)."""
    of_the_few = [max((last - first) // 60, 1) for first, last in pairwise([0, *world.sizes])]
    while True:
        n = 5 * random.randint(1, size // 5)
        if all(n % each for each in of_the_few):
            return n


def _mixed(place: Place, world: World, table: Table, seconds: float, rounds: int) -> None:
    table.heading(
        f"Everything at once, {CLIENTS} clients, {world.sizes[-1]:,} requests"
        f" (goal: p95 of pages < {GOAL_P95 * 1000:.0f} ms at {GOAL_RATE} a second)"
    )
    table.row("", "a second", *(f"p{share * 100:.0f}" for share in SHARES), "errors")
    with place.web_server() as (port, process):
        _round(world, port, 3.0, rate=0)  # warms up
        for rate, name in ((GOAL_RATE, f"{GOAL_RATE} a second"), (0, "as fast as can be")):
            say(f"mixed load, {name}")
            results = []
            for _ in range(rounds):
                place.checkpoint()
                results.append(_round(world, port, seconds * (2 if rate else 1), rate=rate))
            _report(table, name, results)
        table.row("a round counts only if every reply and every submission is there, once")
        memory(table, "web server", process.pid)
    worlds.check(world)


def _round(world: World, port: int, seconds: float, *, rate: float) -> dict[str, list[float]]:
    """Latencies by kind, and "elapsed". Raises `CannotMeasure` where a reply or a submission is missing or doubled."""
    count = int(seconds * (rate or MOST_A_SECOND)) + CLIENTS
    sessions, deeds, kinds = _deeds(world, count)
    before = _written()
    result = drive(
        port, [each.cookies for each in sessions], deeds, seconds, status=200, keep_answers=True, rate=rate
    )
    done = [kinds[index] for index in result["indexes"]]
    written = [now - then for now, then in zip(_written(), before, strict=True)]
    if written != [done.count("replying"), done.count("submitting")]:
        raise CannotMeasure(f"Answered and written do not agree: {written} replies and requests.")
    taken: dict[str, list[float]] = {kind: [] for kind in MIX}
    for kind, latency in zip(done, result["latencies"], strict=True):
        taken[kind].append(latency)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_draft WHERE case_id IS NULL")
    return {**taken, "elapsed": [result["elapsed"]]}


def _deeds(world: World, count: int) -> tuple[list[Session], list[tuple[str, int, str, str]], list[str]]:
    """What there is to do, in the order of doing, and the kind of each."""
    people = world.people()
    sessions = [*people, world.session_of(world.busy), world.session_of(world.engineer)]
    busy, engineer = PEOPLE, PEOPLE + 1
    kinds = random.choices(list(MIX), weights=list(MIX.values()), k=count)
    drafts = iter(worlds.drafts(world, kinds.count("submitting"), hot=False))
    size = world.sizes[-1]
    deeds: list[tuple[str, int, str, str]] = []
    for kind in kinds:
        if kind == "submitting":
            key, owner = next(drafts)
            deeds.append((f"/requests/new/{key}/submit/", owner, people[owner].acceptance, "302"))
        elif kind == "replying":
            n = random.randint(1, size)
            form = {
                "csrfmiddlewaretoken": people[n % PEOPLE].token,
                "key": str(uuid.uuid4()),
                "text": worlds.DESCRIPTION,
            }
            deeds.append((f"/requests/PD-{world.model_case + n}/", n % PEOPLE, urlencode(form), "302"))
        elif kind == "reading the list":
            deeds.append(("/requests/", busy, "", "200"))
        elif kind == "reading the queue":
            deeds.append((_path(world, "the queue of the team", size), engineer, "", "200"))
        elif kind == "reading a request":
            deeds.append((_path(world, "a request in the portal", size), busy, "", "200"))
        else:
            deeds.append((_path(world, "a request at the desk", size), engineer, "", "200"))
    return sessions, deeds, kinds


def _written() -> tuple[int, int]:
    """How many messages and requests were ever written. Nobody else writes any meanwhile, and no error leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT last_value FROM cases_message_id_seq), (SELECT last_value FROM cases_case_id_seq)"
        )
        messages, cases = cursor.fetchone()
    return messages, cases


def _report(table: Table, name: str, results: Sequence[dict[str, Any]]) -> None:
    by_kind = {kind: [latency for each in results for latency in each[kind]] for kind in MIX}
    everything = [latency for latencies in by_kind.values() for latency in latencies]
    rates = [sum(len(each[kind]) for kind in MIX) / each["elapsed"][0] for each in results]
    table.row(name, f"{median(rates):.0f}", *(in_ms(quantile(everything, share)) for share in SHARES), "0")
    for kind, latencies in by_kind.items():
        table.row(f"  {kind}", "", *(in_ms(quantile(latencies, share)) for share in SHARES))
