"""Runs all checks, two at a time, and shows what the failing ones say.

python tools/check.py [NAME ...]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pactdesk.project import embedded_postgres

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable

# The slowest first: it has one of the two places for itself.
CHECKS: dict[str, tuple[str, list[str]]] = {
    "types": ("mypy in strict mode", [PYTHON, "-m", "mypy"]),
    "style": ("ruff", [PYTHON, "-m", "ruff", "check", "--output-format=concise"]),
    "format": ("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "--output-format=concise"]),
    "imports": (
        "import-linter: who may import whom",
        [str(Path(PYTHON).with_name("lint-imports")), "--no-logo"],
    ),
    "templates": ("djlint", [PYTHON, "-m", "djlint", "--lint", "--quiet", "src/pactdesk"]),
    "django": ("Django's own", [PYTHON, "manage.py", "check", "--fail-level", "WARNING"]),
    "models": ("no migration is missing", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    "migrations": ("each app has one straight line of them", [PYTHON, "tools/migrations.py"]),
    "reasons": ("every reason code has a sentence, and no sentence is spare", [PYTHON, "tools/reasons.py"]),
    "operations": ("docs list what the API offers", [PYTHON, "tools/operations.py", "--check"]),
    "diagrams": ("docs draw what the tables say", [PYTHON, "tools/diagrams.py", "--check"]),
    "messages": ("the translations are complete", [PYTHON, "tools/messages.py", "--check"]),
}


def main(names: list[str]) -> int:
    """Run the named checks, or all; answers 1 if one fails."""
    if unknown := set(names) - set(CHECKS):
        print(f"No such check: {', '.join(sorted(unknown))}. There are: {', '.join(CHECKS)}")
        return 1
    with _database() as environment, ThreadPoolExecutor(max_workers=2) as places:
        running = {name: places.submit(_run, name, environment) for name in names or CHECKS}
        failed = [name for name, future in running.items() if not future.result()]
    print(
        f"\n{len(running)} checks, {len(failed)} failed"
        + "".join(f"\n  make check ARGS={name}" for name in failed)
    )
    return bool(failed)


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    """The server of the tests, because Django compares the migrations with what a database has seen of them."""
    if os.environ.get("DATABASE_URL"):
        yield dict(os.environ)
        return
    server = ROOT / ".pactdesk" / "test"
    yield {**os.environ, "DATABASE_URL": embedded_postgres.ensure_running(server, durable=False)}
    embedded_postgres.release(server)


def _run(name: str, environment: dict[str, str]) -> bool:
    text, command = CHECKS[name]
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "failed" if done.returncode else "ok"
    line = f"{verdict:<7}{name:<12}{time.monotonic() - started:6.1f} s  {text}\n"
    print(line + (done.stdout.rstrip() + "\n\n" if done.returncode else ""), end="", flush=True)
    return not done.returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
