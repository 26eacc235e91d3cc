"""Checks that every code a rule may answer with has a sentence, and that every sentence has a code (ELI-10).

Reads the source, not the running program. A code is text such as "agreement.expired" whose first word is one that the
sentences use; where it is put together (f"pair.{field}-missing"), the pattern has to match a sentence.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "pactdesk"
CODE = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z0-9]+)*")
# Facts and who listens to them have codes of their own; migrations are history.
NOT_REASONS = {"wording.py", "facts.py", "wiring.py"}


def main() -> int:
    """Print every code without a sentence and every sentence without a code; answers 1 if there is any."""
    worded = {code: path for path in SOURCE.rglob("wording.py") for code in _sentences(path)}
    first_words = {code.partition(".")[0] for code in worded}
    facts = {code for path in SOURCE.rglob("facts.py") for _, code in _codes(ast.parse(path.read_text()))}
    used, mistakes = set(), []
    for path in sorted(SOURCE.rglob("*.py")):
        if path.name in NOT_REASONS or "migrations" in path.parts:
            continue
        for line, pattern in _codes(ast.parse(path.read_text(encoding="utf-8"))):
            if pattern.replace("\\-", "-").partition("\\.")[0] in first_words:
                matching = {code for code in worded if re.fullmatch(pattern, code)}
                used |= matching
                if not matching and pattern not in facts:
                    mistakes.append(f"{path.relative_to(SOURCE)}:{line}: no sentence for {pattern}")
    mistakes += [
        f"{path.relative_to(SOURCE)}: no code {code}" for code, path in worded.items() if code not in used
    ]
    print(*mistakes, sep="\n")
    return bool(mistakes)


def _sentences(wording: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(wording.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id == "SENTENCES":
                yield from (str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))


def _codes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and, as a regular expression, each text that reads as a code."""
    inside = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside:
            if CODE.fullmatch(node.value):
                yield node.lineno, re.escape(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "x" for part in node.values]
            if CODE.fullmatch("".join(map(str, parts))):
                yield (
                    node.lineno,
                    "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9-]+"
                        for part in node.values
                    ),
                )


if __name__ == "__main__":
    raise SystemExit(main())
