"""Requests submitted over HTTP by eight clients, beside pgbench writing the same rows with eight connections.

The two take turns, because a machine is never as quick at one moment as at another: each HTTP round is set against the
pgbench round after it, and the middle of those ratios counts.
"""

from __future__ import annotations

import json
import resource
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from django.db import connection

from bench import world as worlds
from bench.place import DATA, HOST, ROOT, CannotMeasure, Place, python
from bench.report import Table, in_ms, median, quantile, say
from bench.resources import processor_seconds
from bench.world import PEOPLE, World
from pactdesk.project import embedded_postgres

CLIENTS = 8
WARM_UP = 2.0  # seconds, not counted: every connection prepares its statements once
# Drafts made ready for each second of a round; a round that uses them up ends early.
DRAFTS_HTTP, DRAFTS_PGBENCH = 2_500, 7_000
SCRIPT = Path(__file__).with_name("submission.sql")
# What one submission writes, and how many rows of it.
ROWS = {
    "cases_case": 1,
    "cases_contact": 2,
    "cases_timer": 1,
    "journal_fact": 1,
    "procrastinate_jobs": 1,
    "agreements_ledgerentry": 1,
}
LARGEST_DIFFERENCE = 0.1  # between the sizes of a row that one and the other has written


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did in `seconds`; latencies in seconds; `sizes` are the bytes of a row, by table.

    `processors` is what clients, web server and database server have used, in seconds of one processor.
    """

    done: int
    seconds: float
    latencies: Sequence[float]
    sizes: Mapping[str, float] = field(default_factory=dict)
    processors: tuple[float, float, float] = (0, 0, 0)

    @property
    def rate(self) -> float:
        return self.done / self.seconds


@dataclass(frozen=True, slots=True)
class Pairs:
    """The rounds of both, in turns."""

    http: list[Round]
    pgbench: list[Round]

    @property
    def ratios(self) -> list[float]:
        return [ours.rate / theirs.rate for ours, theirs in zip(self.http, self.pgbench, strict=True)]

    @property
    def ratio_of_processors(self) -> float:
        """How many submissions fit into the processor time of one, for pgbench by that of HTTP.

        Where the processors are what is short, this is the ratio of an undisturbed machine.
        """
        theirs, ours = (
            median([sum(each.processors) / each.done for each in s]) for s in (self.pgbench, self.http)
        )
        return theirs / ours


def measure(
    place: Place, world: World, table: Table, *, port: int, web: int, seconds: float, rounds: int
) -> None:
    """Measure the ceiling and both kinds of agreement, and prove afterwards that every row is there."""
    worlds.check(world)
    ceiling = _ceiling(place, min(seconds, 3.0))
    model = model_of(world)
    _http(place, world, port, web, min(seconds, WARM_UP), hot=False)
    results = {}
    for hot in (False, True):
        say(f"submitting, {'one hot agreement' if hot else 'many agreements'}")
        pairs = Pairs([], [])
        for _ in range(rounds):
            place.checkpoint()
            pairs.http.append(_http(place, world, port, web, seconds, hot=hot))
            place.checkpoint()
            pairs.pgbench.append(pgbench(place, world, model, seconds, hot=hot))
            _require_same_rows(pairs.http[-1], pairs.pgbench[-1])
            say(f"  {pairs.http[-1].rate:7.0f}/s over HTTP, {pairs.pgbench[-1].rate:7.0f}/s by pgbench")
        results[hot] = pairs
    worlds.check(world)
    _report(table, results, ceiling)


def _report(table: Table, results: dict[bool, Pairs], ceiling: Round) -> None:
    for hot, pairs in results.items():
        which = "all on one hot agreement" if hot else f"spread over {PEOPLE} agreements"
        table.heading(f"Submitting a request, {CLIENTS} clients, {which}")
        table.row("", "per second", "p50", "p95", "p99", "errors")
        for name, rounds in (("over HTTP", pairs.http), ("pgbench, same rows", pairs.pgbench)):
            all_latencies = [latency for each in rounds for latency in each.latencies]
            table.row(
                name,
                f"{median([each.rate for each in rounds]):,.0f}",
                *(in_ms(quantile(all_latencies, share)) for share in (0.50, 0.95, 0.99)),
                "0",
            )
        each = ", ".join(f"{ratio:.2f}" for ratio in pairs.ratios)
        table.row("HTTP / pgbench", f"{median(pairs.ratios):.2f}", f"of {each}")
        clients, web, database = _each_takes(pairs.http)
        parts = f"{in_ms(web)} web server, {in_ms(database)} database, {in_ms(clients)} clients"
        table.row("processor time of one over HTTP", parts)
        clients, _, database = _each_takes(pairs.pgbench)
        table.row("processor time of one by pgbench", f"{in_ms(database)} database, {in_ms(clients)} pgbench")
        table.row("HTTP / pgbench, by processor time", f"{pairs.ratio_of_processors:.2f}")
    done = sum(each.done for pairs in results.values() for each in pairs.http)
    table.row(f"all {done:,} answered requests exist; all balances agree with their entries")
    table.row("clients' ceiling, same server, an application that does nothing:", f"{ceiling.rate:,.0f}")


class Processors:
    """What the processors do for each part in the time of a `with` block."""

    def __init__(self, place: Place, web: int | None) -> None:
        self._parts = (web, place.server_pid)
        self.used = (0.0, 0.0, 0.0)

    def __enter__(self) -> Self:
        self._before = self._read()
        return self

    def __exit__(self, *error: object) -> None:
        clients, web, database = (now - then for now, then in zip(self._read(), self._before, strict=True))
        self.used = (clients, web, database)

    def _read(self) -> tuple[float, float, float]:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        web, database = (processor_seconds(pid) if pid else 0.0 for pid in self._parts)
        return children.ru_utime + children.ru_stime, web, database


def _each_takes(rounds: Sequence[Round]) -> tuple[float, float, float]:
    """Seconds of processor time that one submission costs clients, web server and database."""
    clients, web, database = (
        median([each.processors[part] / each.done for each in rounds]) for part in range(3)
    )
    return clients, web, database


def _ceiling(place: Place, seconds: float) -> Round:
    with place.web_server(application="bench.trivial:application") as (port, _):
        requests = [("/", 0, "x" * 100)]
        result = drive(port, [("none=1")], requests, seconds, status=302, repeat=True)
    return Round(result["answers"], result["elapsed"], result["latencies"])


def _http(place: Place, world: World, port: int, web: int, seconds: float, *, hot: bool) -> Round:
    """Submit for so many seconds; every answer is compared with what is in the tables."""
    people = world.people()
    made = worlds.drafts(world, int(seconds * DRAFTS_HTTP), hot=hot)
    requests = [
        (
            f"/requests/new/{key}/submit/",
            owner,
            people[owner].acceptance,
        )
        for key, owner in made
    ]
    before = _last_rows()
    with Processors(place, web) as processors:
        result = drive(
            port, [person.cookies for person in people], requests, seconds, status=302, keep_answers=True
        )
    answered = [(made[index][0], _number(location)) for index, location in result["answers"]]
    sizes = _written(before, len(answered), "HTTP")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::uuid[], %s::bigint[]) AS answer (key, number)"
            " JOIN cases_case c ON c.id = answer.number AND c.draft_key = answer.key",
            [[key for key, _ in answered], [number for _, number in answered]],
        )
        [found] = cursor.fetchone()
    if found != len(answered):
        raise CannotMeasure(f"{len(answered)} requests were answered, {found} of them exist.")
    _forget_unsent()
    return Round(len(answered), result["elapsed"], result["latencies"], sizes, processors.used)


def _number(location: str) -> int:
    """The number in "/requests/PD-100123/confirmation/"."""
    parts = location.split("/")
    if len(parts) != 5 or parts[3] != "confirmation":
        raise CannotMeasure(f"A submission was answered by leading to {location!r}.")
    return int(parts[2].removeprefix("PD-"))


def drive(
    port: int,
    sessions: Sequence[str],
    requests: Sequence[tuple[str, int, str] | tuple[str, int, str, str]],
    seconds: float,
    *,
    status: int,
    repeat: bool = False,
    keep_answers: bool = False,
    clients: int = CLIENTS,
    rate: float = 0,
) -> dict[str, Any]:
    """Let the clients do these requests: path, place of the session, body, and a status where it is not `status`.

    `rate`: so many a second, not as fast as can be. Raises `CannotMeasure` on any error.
    """
    plan = {
        "host": HOST,
        "port": port,
        "clients": clients,
        "seconds": seconds,
        "status": str(status),
        "repeat": repeat,
        "keep_answers": keep_answers,
        "rate": rate,
        "sessions": list(sessions),
        "requests": list(requests),
    }
    done = subprocess.run(
        python("bench.load"),
        cwd=ROOT,
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds + 60,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    if result["errors"]:
        wrong = "\n\n".join(result["wrong"])
        raise CannotMeasure(f"{result['errors']} of {result['sent']} answers were wrong, such as:\n{wrong}")
    return result


def model_of(world: World) -> dict[str, str]:
    """The values of a request that was submitted in earnest, as variables for pgbench."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, version_id, problem_id, usage, summary, description, severity, hours, country,"
            " time_zone, language, calendar_id, terms::text, explanation::text FROM cases_case WHERE id = %s",
            [world.model_case],
        )
        names = [column.name for column in cursor.description]
        values = {name: str(value) for name, value in zip(names, cursor.fetchone(), strict=True)}
        cursor.execute(
            "SELECT payload::text FROM journal_fact WHERE subject_type = 'case' AND subject_id = %s",
            [world.model_case],
        )
        [values["fact"]] = cursor.fetchone()
    return {**values, "phone": "+420 601 123 456"}


def pgbench(
    place: Place,
    world: World,
    model: dict[str, str],
    seconds: float,
    *,
    hot: bool,
    clients: int = CLIENTS,
) -> Round:
    """The same rows, one transaction of prepared statements each, without anybody asking for them."""
    room = int(seconds * DRAFTS_PGBENCH) // clients
    name = uuid.uuid4().hex  # no draft of another round, or of a kept one, has the same key
    variables = {
        **model,
        "n": "0",
        "room": str(room),
        "round": name,
        "people": str(PEOPLE),
        "first_account": str(world.first_account),
        "first_agreement": str(world.first_agreement),
        "one_agreement": str(world.hot_agreement),
        "spread": "0" if hot else "1",
    }
    _make_drafts_for_pgbench(world, name, room * clients)
    before = _last_rows()
    with tempfile.TemporaryDirectory(dir=DATA) as logs:
        command = [
            str(embedded_postgres.programs() / "pgbench"),
            *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(2, clients)}"),
            *(f"--time={max(1, round(seconds))}", f"--file={SCRIPT}", "--exit-on-abort"),
            *("--log", f"--log-prefix={logs}/log", "--sampling-rate=0.2"),
            *(f"--define={key}={value}" for key, value in variables.items()),
            *(f"--host={place.socket}", f"--username={embedded_postgres.NAME}", place.database),
        ]
        with Processors(place, None) as processors:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
        latencies = [
            int(line.split()[2]) / 1e6
            for log in Path(logs).iterdir()
            for line in log.read_text().splitlines()
        ]
    found = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
    if done.returncode or "tps" not in found:
        raise CannotMeasure(f"pgbench failed:\n{done.stdout}{done.stderr}")
    count = int(done.stdout.split("number of transactions actually processed: ")[1].split()[0].split("/")[0])
    sizes = _written(before, count, "pgbench")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_draft WHERE case_id > %s", [before["cases_case"]])
        if cursor.fetchone() != (count,):
            raise CannotMeasure("pgbench has sent other drafts than were made for it.")
    _forget_unsent()
    return Round(count, count / float(found["tps"].split()[0]), latencies, sizes, processors.used)


def _make_drafts_for_pgbench(world: World, name: str, count: int) -> None:
    answers = worlds.complete_answers(world.first_agreement, world.first_account, world.first_account + 7)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_draft (id, account_id, answers, created_at, saved_at, expires_at)"
            " SELECT md5(%s || '-' || n)::uuid, %s + n %% %s, %s::jsonb, now(), now(), now() + interval '30 days'"
            " FROM generate_series(1, %s) n",
            [name, world.first_account, PEOPLE, json.dumps(answers.as_data()), count],
        )


def _forget_unsent() -> None:
    """Take away the drafts that a round has left over."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_draft WHERE case_id IS NULL")


def _last_rows() -> dict[str, int]:
    """The highest id in each table that a submission writes to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"coalesce((SELECT max(id) FROM {table}), 0)" for table in ROWS))
        return dict(zip(ROWS, cursor.fetchone(), strict=True))


def _written(before: dict[str, int], submissions: int, who: str) -> dict[str, float]:
    """The average size of a new row by table. Raises `CannotMeasure` unless there are as many as there have to be."""
    sizes = {}
    with connection.cursor() as cursor:
        for table, rows in ROWS.items():
            cursor.execute(
                f"SELECT count(*), coalesce(avg(pg_column_size(t.*)), 0)::float FROM {table} t WHERE id > %s",
                [before[table]],
            )
            new, sizes[table] = cursor.fetchone()
            if new != rows * submissions:
                raise CannotMeasure(f"{who}: {submissions} submissions have written {new} rows into {table}.")
    return sizes


def _require_same_rows(http: Round, pgbench: Round) -> None:
    """Raise `CannotMeasure` when Pactdesk has come to write more, or less, than the script: that would not be fair."""
    for table in ROWS:
        ours, theirs = http.sizes[table], pgbench.sizes[table]
        if abs(ours - theirs) > LARGEST_DIFFERENCE * max(ours, theirs):
            raise CannotMeasure(
                f"A row of {table} has {ours:.0f} bytes over HTTP and {theirs:.0f} by {SCRIPT.name}: mend the script."
            )
