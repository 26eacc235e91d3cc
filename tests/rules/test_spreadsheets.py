"""No cell of a file for spreadsheets runs (A22)."""

from __future__ import annotations

import sys
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.pages.spreadsheet import as_text, download

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫")
# All that Unicode calls a space, a break, a control or a mark of format, and what is a letter that has no look.
UNSEEN = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}
    or character in "\u034f\u115f\u1160\u2800\u3164\ufe00\ufe0f\uffa0\U000e0100"
]
BREAKS = "\t\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.mark.parametrize("begin", SIGNS)
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\0", "'", '"', " '", '\t "'])
def test_what_begins_a_formula_is_text(begin: str, before: str) -> None:
    # Where a spreadsheet may begin another cell, that one is made safe, too.
    again = "'" if set(before) & set("\t\r\n") else ""
    assert as_text(f"{before}{begin}1+1") == f"'{before}{again}{begin}1+1"


@pytest.mark.parametrize("begin", SIGNS)
def test_nothing_that_cannot_be_seen_hides_what_begins_a_formula(begin: str) -> None:
    assert len(UNSEEN) > 200
    wrong = []
    for each in UNSEEN:
        again = "'" if each in BREAKS else ""
        for before in (each, f" {each}", f'"{each}', f"{each}{each}"):
            if as_text(f"{before}{begin}1+1") != f"'{before}{again}{begin}1+1":
                wrong.append(f"U+{ord(each):04X}")
        if as_text(f"x;{each}{begin}1") not in {f"x;{each}'{begin}1"}:
            wrong.append(f"U+{ord(each):04X} in the next cell")
    assert wrong == []


@given(st.text(max_size=40) | st.text(alphabet=[*SIGNS, *UNSEEN[:80], "x", ";", "'"], max_size=12))
def test_text_is_safe_and_nothing_is_lost(text: str) -> None:
    safe = as_text(text)
    seen = "".join(each for each in safe if each not in UNSEEN and each != '"')
    assert not seen.startswith(SIGNS)
    assert safe.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    "text",
    ["", "PD-100123", "a=b", "1-2", "Ω", "it's", '"quoted"', "nobody@mail.example", "\u00a0x", "\ufeffΩ = 1"],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert as_text(text) == text


@pytest.mark.parametrize("text", ["\tx", "\rx", "\nx", "\0x"])
def test_what_begins_with_a_control_character_is_text(text: str) -> None:
    assert as_text(text) == f"'{text}"


def test_an_instant_is_written_in_the_readers_zone_and_nothing_as_an_empty_cell() -> None:
    row = ["a, b", 3, datetime(2026, 11, 20, 23, 30, 15, 999, tzinfo=UTC), None]
    told = download("list", ["w", "x", "y", "z"], [row], zone=ZoneInfo("Europe/Athens"))
    assert told.content.decode("utf-8-sig").splitlines() == ["w,x,y,z", '"a, b",3,2026-11-21T01:30:15+02:00,']
