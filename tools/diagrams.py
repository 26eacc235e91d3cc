"""Draws the diagrams of docs/reference from the tables in the code; with --check only says whether they are true.

python tools/diagrams.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from pactdesk.cases.rules import status

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "case-status.md"
FENCE = "```"


def main(words: list[str]) -> int:
    """Write the page, or answer 1 where it says something else than the code."""
    drawn = _page(PAGE.read_text(encoding="utf-8"), status.as_mermaid())
    if "--check" in words:
        true = drawn == PAGE.read_text(encoding="utf-8")
        print(
            ""
            if true
            else "docs/reference/case-status.md is not what the table says: python tools/diagrams.py"
        )
        return not true
    PAGE.write_text(drawn, encoding="utf-8")
    return 0


def _page(text: str, diagram: str) -> str:
    before, opening, rest = text.partition(f"{FENCE}mermaid\n")
    _old, closing, after = rest.partition(f"{FENCE}\n")
    return f"{before}{opening}{diagram}{closing}{after}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
