"""Memory, the worker, and how long starting takes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.place import BEFORE, DATA, HOST, PATIENCE, ROOT, CannotMeasure, Place, free_port, remove
from bench.report import Table, say

DELIVERIES = 150
LONGEST_SET_UP = 600  # seconds


def memory(table: Table, name: str, pid: int) -> None:
    """Rows for a process and its children: resident memory, and the share that is really theirs."""
    sizes = [size for each in _family(pid) if (size := _memory_of(each))]
    if not sizes:
        table.row(f"{name}: this system does not tell")
        return
    each = ", ".join(f"{pss / 1024:.0f}" for _, pss in sizes)
    table.row(
        f"{name} ({len(sizes)} processes)",
        f"{sum(pss for _, pss in sizes) / 1024:.0f} MB PSS ({each})",
        f"{sum(rss for rss, _ in sizes) / 1024:.0f} MB RSS",
    )


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))


def processor_seconds(pid: int) -> float:
    """What a process and its children, ended ones included, have used of the processors; nan where it is not told."""
    ticks = 0
    for each in _family(pid):
        with suppress(OSError):  # it has ended meanwhile, and its parent counts it
            # Behind the name, which may contain anything: times of its own, then those of children that ended.
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else float("nan")


def _memory_of(pid: int) -> tuple[int, int] | None:
    """Resident and proportional size in kilobytes."""
    with suppress(OSError):
        found = dict(
            re.findall(r"^(Rss|Pss): +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        )
        return int(found["Rss"]), int(found["Pss"])
    return None


def worker(place: Place, world: Any, table: Table) -> None:
    """The memory of the worker, and how many confirmations of requests it writes in a second."""
    from django.db import connection

    say("the worker")
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_events, notifications_outgoingmail,"
            " notifications_toldfact CASCADE"
        )
        cursor.execute(
            "SELECT count(procrastinate_defer_jobs_v1(ARRAY[ROW('facts', 'pactdesk.journal.tasks.fan_out', 0, NULL,"
            " NULL, jsonb_build_object('fact_id', id), NULL)]::procrastinate_job_to_defer_v1[]))"
            " FROM (SELECT id FROM journal_fact WHERE subject_id > %s ORDER BY id DESC LIMIT %s) fact",
            [world.model_case, DELIVERIES],
        )
    process = place.start([*_pactdesk(), "worker"], place.environment(web=False), stdout=subprocess.DEVNULL)
    try:
        first = _wait_for_mails(1)
        last = _wait_for_mails(DELIVERIES)
        memory(table, "worker", process.pid)
        table.row("worker: confirmations a second", f"{(DELIVERIES - 1) / max(last - first, 0.001):.0f}")
    finally:
        place.end(process, signal.SIGINT)


def _wait_for_mails(count: int) -> float:
    """When so many mails were handed over, by the clock of the process."""
    from django.db import connection

    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM notifications_outgoingmail WHERE state <> 'queued'")
            if cursor.fetchone()[0] >= count:
                return time.monotonic()
        time.sleep(0.02)
    raise CannotMeasure(f"The worker has not sent {count} confirmations in {PATIENCE} seconds.")


def _pactdesk() -> list[str]:
    from pactdesk.project import serve

    return serve.PACTDESK


def starts(table: Table) -> None:
    """How long `make run` takes until the home page answers."""
    table.heading("From `make run` to the first page")
    data = DATA / "start"
    if os.environ.get("BENCH_SETUP") == "1":
        say("first start from a fresh clone; this takes minutes")
        with tempfile.TemporaryDirectory(dir=DATA) as folder:
            clone = Path(folder) / "clone"
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
            first = _start(clone, clone / ".pactdesk")
            second = _start(clone, clone / ".pactdesk")
            remove(clone / ".pactdesk")
        table.row("fresh clone, packages fetched and installed, demo made", f"{first:.1f} s")
        table.row("fresh clone, second start", f"{second:.1f} s")
    say("first and second start")
    table.row("packages installed, no data yet, demo made", f"{_start(ROOT, data):.1f} s")
    table.row("second start", f"{_start(ROOT, data):.1f} s")
    remove(data)


def _start(checkout: Path, data: Path) -> float:
    """Seconds until the home page answers."""
    port = free_port()
    environment = {**BEFORE, "PACTDESK_DATA": str(data), "PACTDESK_DEMO": "1", "PORT": str(port)}
    started = time.monotonic()
    with _running(["make", "run"], checkout, environment) as (process, said):
        while time.monotonic() < started + LONGEST_SET_UP:
            if process.poll() is not None:
                raise CannotMeasure(
                    f"`make run` has ended with status {process.returncode}:\n{said.read_text()}"
                )
            with suppress(OSError), urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=5) as answer:
                answer.read()
                return time.monotonic() - started
            time.sleep(0.05)
    raise CannotMeasure(f"`make run` has not answered in {LONGEST_SET_UP} seconds.")


@contextmanager
def _running(
    command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A command, ended as Ctrl-C ends it, and the file with what it says."""
    with tempfile.NamedTemporaryFile(dir=DATA) as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process, Path(output.name)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
