"""Draws what docs/reference shows of the tables in the code; with --check only says whether it is true.

python tools/diagrams.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pactdesk.cases.rules import status
from pactdesk.delegation.rules import table as acting

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
FENCE = "```"


def main(words: list[str]) -> int:
    """Write the pages, or answer 1 where one says something else than the code."""
    wrong = 0
    for name, draw in PAGES.items():
        page = REFERENCE / name
        stands = page.read_text(encoding="utf-8")
        drawn = draw(stands)
        if drawn == stands:
            continue
        if "--check" in words:
            print(f"docs/reference/{name} is not what the code says: python tools/diagrams.py")
            wrong = 1
        else:
            page.write_text(drawn, encoding="utf-8")
    return wrong


def _case_status(text: str) -> str:
    before, opening, rest = text.partition(f"{FENCE}mermaid\n")
    _old, closing, after = rest.partition(f"{FENCE}\n")
    return f"{before}{opening}{status.as_mermaid()}{closing}{after}"


def _who_may_act(text: str) -> str:
    before, opening, rest = text.partition("<!-- table -->\n")
    _old, closing, after = rest.partition("<!-- end of table -->\n")
    return f"{before}{opening}{acting.as_markdown()}{closing}{after}"


PAGES: Final[dict[str, Callable[[str], str]]] = {
    "case-status.md": _case_status,
    "who-may-act.md": _who_may_act,
}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
