"""Locks what pyproject.toml asks for, for every platform and with hashes, into requirements/run.txt and dev.txt."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

COMPILE = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "pyproject.toml", "--group", "build"]
# Nothing of the machine that locks: neither its package index nor the command that was typed.
COMPILE += ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]


def main(options: list[str]) -> int:
    """Lock for running, then for development on top of that. Options go to the compiler: --upgrade."""
    if importlib.util.find_spec("uv") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    running = ["--output-file", "requirements/run.txt"]
    development = [
        "--group",
        "dev",
        "--constraint",
        "requirements/run.txt",
        "--output-file",
        "requirements/dev.txt",
    ]
    for target in (running, development):
        subprocess.run([*COMPILE, *target, *options], check=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
