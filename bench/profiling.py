"""Where the time of one submission goes: by layer, by statement, by function.

One process calls the application as the web server does, one request after the other, with the pool of production. Each
view is taken with fresh drafts and with no more than the instruments that it needs:

    plain        nothing but a clock around each request
    layers       a clock between every two middlewares
    statements   a clock around every statement that goes to the database
    functions    the processor's time, sampled: where the main thread is every thousandth of a second
"""

from __future__ import annotations

import collections
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from bench.place import ROOT, CannotMeasure, Place, python
from bench.report import Table, in_ms, median, say

WARM_UP = 60
VIEWS = ("plain", "layers", "statements", "functions")
SAMPLING = 0.001  # seconds of processor time
SHOWN = 45


def measure(place: Place, world: Any, table: Table, *, count: int) -> None:
    """Profile `count` submissions in each view, beside one connection of pgbench."""
    from bench import submitting
    from bench import world as worlds

    people = world.people()
    results = {}
    for view in VIEWS:
        say(f"profile: {view}")
        plan = {
            "view": view,
            "requests": [
                [
                    f"/requests/new/{key}/submit/",
                    people[owner].cookies,
                    people[owner].acceptance,
                ]
                for key, owner in worlds.drafts(world, count + WARM_UP, hot=False)
            ],
        }
        done = subprocess.run(
            python("bench.profiling"),
            cwd=ROOT,
            env=place.environment(),
            input=json.dumps(plan),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotMeasure(f"The {view} could not be profiled; the reason stands above.")
        results[view] = json.loads(done.stdout)
    alone = submitting.pgbench(place, world, submitting.model_of(world), 3.0, hot=False, clients=1)
    _report(table, results, median(alone.latencies))


def _report(table: Table, results: dict[str, Any], alone: float) -> None:
    plain = results["plain"]
    table.heading("One submission, one client, without a network")
    table.row("time", in_ms(plain["wall"]))
    table.row("  of it on our processor", in_ms(plain["processor"]))
    table.row("pgbench, one connection, same rows", in_ms(alone))
    table.heading("By layer, from the outside in (each without what is inside it)")
    for name, own in results["layers"]["rows"]:
        table.row(name, f"{own * 1e6:7.0f} µs")
    table.heading("By statement (time until it has its answer)")
    for text, times, spent in results["statements"]["rows"]:
        table.row(f"{spent * 1e6:7.0f} µs", f"{times:4.2f} × {text}")
    for name, key in (("By function, own time", "own"), ("By function, with what it calls", "total")):
        table.heading(f"{name}, on the processor")
        for function, spent in results["functions"][key]:
            table.row(f"{spent * 1e6:7.0f} µs", function)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "pactdesk.project.settings"
    plan = json.load(sys.stdin)
    with VIEW[plan["view"]]() as result:
        application = result.pop("application", None) or _application()
        from bench.reader import call

        wall, processor = [], []
        for number, (path, cookies, form) in enumerate(plan["requests"]):
            if number == WARM_UP:
                result["begin"]()
            started, used = time.perf_counter(), time.thread_time()
            status, body = call(application, path, cookies, form.encode("ascii"))
            wall.append(time.perf_counter() - started)
            processor.append(time.thread_time() - used)
            if not status.startswith("302"):
                raise SystemExit(f"{path}: {status}\n{body[:2000].decode()}")
        told = result["end"](len(plan["requests"]) - WARM_UP)
    print(json.dumps({"wall": median(wall[WARM_UP:]), "processor": median(processor[WARM_UP:]), **told}))


def _application() -> Any:
    from pactdesk.project.wsgi import application

    return application


@contextmanager
def _plain() -> Iterator[dict[str, Any]]:
    yield {"begin": lambda: None, "end": lambda count: {}}


class Clock:
    """A middleware that notes when a request passes it on the way in and out."""

    spent: dict[int, list[float]] = collections.defaultdict(list)
    made = 0

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response
        self.place = Clock.made
        Clock.made += 1

    def __call__(self, request: Any) -> Any:
        started = time.perf_counter()
        response = self.get_response(request)
        Clock.spent[self.place].append(time.perf_counter() - started)
        return response


@contextmanager
def _layers() -> Iterator[dict[str, Any]]:
    from django.conf import settings

    names = [*settings.MIDDLEWARE]
    clock = "bench.profiling.Clock"
    sys.modules["bench.profiling"] = sys.modules["__main__"]
    settings.MIDDLEWARE = [clock, *(each for name in names for each in (name, clock))]
    totals: dict[str, list[float]] = {"handler": []}
    application = _application()

    def timed(environ: Any, start_response: Any) -> Any:
        started = time.perf_counter()
        response = application(environ, start_response)
        body = list(response)
        response.close()
        totals["handler"].append(time.perf_counter() - started)
        return body

    def begin() -> None:
        Clock.spent.clear()
        totals["handler"].clear()

    def end(count: int) -> dict[str, Any]:
        # They are made from the inside out: the innermost clock has place 0.
        inside = [median(Clock.spent[place]) for place in range(Clock.made)][::-1]
        rows = [("handler, signals, connection from and to the pool", median(totals["handler"]) - inside[0])]
        rows += [(name, inside[place] - inside[place + 1]) for place, name in enumerate(names)]
        return {"rows": [*rows, ("URL, view and everything that it calls", inside[-1])]}

    yield {"application": timed, "begin": begin, "end": end}


@contextmanager
def _statements() -> Iterator[dict[str, Any]]:
    """Clocks in the driver itself, because statements sent together do not pass Django."""
    import psycopg
    import psycopg_pool

    spent: dict[str, list[float]] = collections.defaultdict(list)

    def clocked(name: Callable[..., str], method: Any) -> Any:
        def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return method(self, *args, **kwargs)
            finally:
                spent[name(self, *args)].append(time.perf_counter() - started)

        return inner

    def text_of(_: Any, query: Any, *rest: Any) -> str:
        return " ".join(str(query).split())[:110]

    psycopg.Cursor.execute = clocked(text_of, psycopg.Cursor.execute)
    for owner, name, meaning in (
        (psycopg.Pipeline, "__exit__", "(waiting for all that was sent together)"),
        (psycopg.Connection, "commit", "(commit)"),
        (psycopg.Connection, "rollback", "(rollback)"),
        (psycopg_pool.ConnectionPool, "getconn", "(taking a connection)"),
        (psycopg_pool.ConnectionPool, "putconn", "(giving it back)"),
    ):
        setattr(owner, name, clocked(lambda *_, meaning=meaning: meaning, getattr(owner, name)))

    def end(count: int) -> dict[str, Any]:
        rows = [(text, len(times) / count, sum(times) / count) for text, times in spent.items()]
        return {"rows": [row for row in rows if row[1] > 0.1]}

    yield {"begin": spent.clear, "end": end}


@contextmanager
def _functions() -> Iterator[dict[str, Any]]:
    """Python's own profiler would count calls, and make many small ones look dearer than they are."""
    own: collections.Counter[str] = collections.Counter()
    total: collections.Counter[str] = collections.Counter()
    names: dict[Any, str] = {}

    def name_of(frame: FrameType) -> str:
        code = frame.f_code
        if code not in names:
            place = "/".join(code.co_filename.rpartition("site-packages/")[2].split("/")[-4:])
            names[code] = f"{place}:{code.co_firstlineno} {code.co_qualname}"
        return names[code]

    def note(_: int, frame: FrameType | None) -> None:
        if frame is not None:
            own[name_of(frame)] += 1
        seen = set()
        while frame is not None:
            seen.add(name_of(frame))
            frame = frame.f_back
        total.update(seen)

    def begin() -> None:
        signal.signal(signal.SIGPROF, note)
        signal.setitimer(signal.ITIMER_PROF, SAMPLING, SAMPLING)
        begun.append(time.thread_time())

    begun: list[float] = []

    def end(count: int) -> dict[str, Any]:
        signal.setitimer(signal.ITIMER_PROF, 0)
        each = (time.thread_time() - begun[0]) / max(1, sum(own.values())) / count
        return {
            "own": [(name, times * each) for name, times in own.most_common(SHOWN)],
            "total": [(name, times * each) for name, times in total.most_common(3 * SHOWN)],
        }

    yield {"begin": begin, "end": end}


VIEW = {"plain": _plain, "layers": _layers, "statements": _statements, "functions": _functions}


if __name__ == "__main__":
    main()
