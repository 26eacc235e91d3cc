"""Writes the table of operations in docs/reference/api.md from the API's own document.

With --check it only says whether the table is true.

python tools/operations.py [--check]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "api.md"
BEGIN, END = "<!-- operations: python tools/operations.py -->\n", "<!-- end -->"


def main(words: list[str]) -> int:
    """Write the page, or answer 1 where it says something else than the code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pactdesk.project.settings")
    import django

    django.setup()
    from pactdesk.api.reference import openapi

    text = PAGE.read_text(encoding="utf-8")
    true = page(text, openapi())
    if "--check" in words:
        print(
            ""
            if true == text
            else "docs/reference/api.md is not what the API says: python tools/operations.py"
        )
        return true != text
    PAGE.write_text(true, encoding="utf-8")
    return 0


def page(text: str, document: dict[str, Any]) -> str:
    """The page with the table that belongs to the document."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    return f"{before}{begin}{table(document)}{end}{after}"


def table(document: dict[str, Any]) -> str:
    """One line for each operation, in the order of the document."""
    lines = ["| operation | address | scope | answers |", "| --- | --- | --- | --- |"]
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            (scope,) = about["security"][1]["clientCredentials"]
            answers = " ".join(str(status) for status in sorted(map(int, about["responses"])))
            lines.append(f"| `{about['operationId']}` | `{method.upper()} {path}` | `{scope}` | {answers} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
