"""No cell of a file for spreadsheets runs (A22)."""

from __future__ import annotations

import pytest

from pactdesk.pages.spreadsheet import as_text


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\0", "'", '"', " '", '\t "'])
def test_what_begins_a_formula_is_text(begin: str, before: str) -> None:
    # Where a spreadsheet may begin another cell, that one is made safe, too.
    again = "'" if set(before) & set("\t\r\n") else ""
    assert as_text(f"{before}{begin}1+1") == f"'{before}{again}{begin}1+1"


@pytest.mark.parametrize(
    "text", ["", "PD-100123", "a=b", "1-2", "Ω", "it's", '"quoted"', "nobody@mail.example"]
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert as_text(text) == text


@pytest.mark.parametrize("text", ["\tx", "\rx", "\nx", "\0x"])
def test_what_begins_with_a_control_character_is_text(text: str) -> None:
    assert as_text(text) == f"'{text}"
