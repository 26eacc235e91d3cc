"""Access ID and Contract ID in a table: digits exactly as issued, or a refusal where a spreadsheet spoilt them (AGR-1).

Spreadsheets take IDs for numbers: they drop zeros at the start, keep fifteen digits and make the rest zeros, and write
1.23E+19. What is lost cannot be known again, so nothing is ever put in its place. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pactdesk.kernel.decisions import Reason

# ="0123" and '0123 are how people keep a spreadsheet from taking digits for a number.
_KEPT_AS_TEXT: Final = re.compile(r'="([^"]*)"|\'(.*)')
_EXPONENT: Final = re.compile(r"[+-]?\d+([.,]\d+)?e[+-]?\d+", re.IGNORECASE)
# What may stand in front is taken for a sign: a formula, or below zero.
_NUMBER: Final = re.compile(r"\d+[.,]0+|[+\-=@].*")
_GROUPS: Final = re.compile(r"[\s\-.·]+")
_DIGITS_KEPT: Final = 15
# One ID in a hundred thousand ends in five zeros by chance, so two of them, or one alone, say that digits are lost.
_ENOUGH_ROUNDED: Final = 2


@dataclass(frozen=True, slots=True)
class Digits:
    """What stands in one cell. `kept`: somebody has taken care that it is text, so its digits are believed."""

    text: str
    kept: bool = False

    @property
    def digits(self) -> str:
        return _GROUPS.sub("", self.text)


def read_digits(cell: str) -> Digits | Reason:
    """What a cell with an ID says, or why it is no ID any more. The cell's own digits, none added."""
    found = _KEPT_AS_TEXT.fullmatch(cell)
    if found is not None:
        return Digits((found[1] if found[1] is not None else found[2]).strip(), kept=True)
    if _EXPONENT.fullmatch(cell):
        return Reason("import.scientific-notation")
    if _NUMBER.fullmatch(cell):
        return Reason("import.written-as-number")
    return Digits(cell)


def spoilt(column: Mapping[int, Digits]) -> dict[int, Reason]:
    """Which of the IDs of a column, by row, have lost digits, judged by all of them together.

    Zeros are lost where some are shorter than most and none begins with a zero; the last digits are lost where IDs of
    more than fifteen digits are zeros from the sixteenth on.
    """
    plain = {row: each.digits for row, each in column.items() if not each.kept and each.digits.isdecimal()}
    return _rounded(plain) | _shortened(plain, column.values())


def _shortened(plain: Mapping[int, str], everything: Iterable[Digits]) -> dict[int, Reason]:
    if not plain or any(each.digits.startswith("0") for each in everything if not each.kept):
        return {}
    lengths = Counter(map(len, plain.values()))
    usual, times = max(lengths.items(), key=lambda each: (each[1], each[0]))
    if times * 2 <= len(plain):
        return {}
    return {
        row: Reason("import.zeros-lost", {"length": len(digits), "usual": usual})
        for row, digits in plain.items()
        if len(digits) < usual
    }


def _rounded(plain: Mapping[int, str]) -> dict[int, Reason]:
    long = {row: digits for row, digits in plain.items() if len(digits) > _DIGITS_KEPT}
    rounded = [row for row, digits in long.items() if not digits[_DIGITS_KEPT:].strip("0")]
    if len(rounded) < min(_ENOUGH_ROUNDED, len(long)):
        return {}
    return dict.fromkeys(rounded, Reason("import.digits-rounded"))
