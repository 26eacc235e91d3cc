#!/usr/bin/env python3
"""Django's own commands, with the database that `pactdesk` uses."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from pactdesk.project.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["manage", *sys.argv[1:]]))
