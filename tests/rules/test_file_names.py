"""What is left of the name of a file can mislead neither a person nor a program."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.kernel.filenames import MOST_BYTES, MOST_CHARACTERS, clean_filename


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("Αναφορά σφάλματος 3.pdf", "Αναφορά σφάλματος 3.pdf"),
        ("Bảng kê lỗi.xlsx", "Bảng kê lỗi.xlsx"),
        ("e\u0301te\u0301.txt", "été.txt"),
        ("žluťoučký  kůň .log", "žluťoučký kůň .log"),
        # Paths
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\trace.etl", "trace.etl"),
        ("/tmp/", "tmp"),
        ("a\uff0fb\u2044c.txt", "c.txt"),
        ("..", "file"),
        ("../", "file"),
        ("", "file"),
        (" . . ", "file"),
        ("/", "file"),
        # Hidden characters, wherever they stand
        ("\u200b.htaccess", "htaccess"),
        (".htaccess", "htaccess"),
        ("\u202egnp.exe", "gnp.exe"),
        ("in\x00voice.p\u200bhp", "invoice.php"),
        ("two\r\nlines\t.txt", "two lines .txt"),
        ("\ud800lone.txt", "lone.txt"),
        ("\u3164\u115f\ufe0f", "file"),
        ("soft\u00adhyphen.txt", "softhyphen.txt"),
        # What Windows takes for something else
        ("page.html:evil.exe", "page.html_evil.exe"),
        ('say "hi"?.txt', "say _hi__.txt"),
        ("trace.txt. . .", "trace.txt"),
        ("CON", "_CON"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("Com¹ .txt", "_Com¹ .txt"),
        ("console.log", "console.log"),
        ("%2e%2e%2fetc", "%2e%2e%2fetc"),
    ],
)
def test_a_name_is_cleaned(given_name: str, clean: str) -> None:
    assert clean_filename(given_name) == clean


def test_a_long_name_keeps_its_ending() -> None:
    assert clean_filename("a" * 500 + ".pdf") == "a" * (MOST_CHARACTERS - 4) + ".pdf"
    greek = clean_filename("α" * 500 + ".docx")
    assert greek.endswith("α.docx")
    assert MOST_BYTES - 2 <= len(greek.encode()) <= MOST_BYTES
    assert clean_filename("a." + "b" * 500) == "a." + "b" * (MOST_CHARACTERS - 2)


def test_a_name_of_which_nothing_is_left_is_what_was_asked_for() -> None:
    assert clean_filename("\u200b...", otherwise="attachment") == "attachment"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from('./\\:\u200b\u202e\x00 "')), max_size=300))
def test_a_clean_name_is_one_visible_part_of_a_path_and_stays_as_it_is(given_name: str) -> None:
    name = clean_filename(given_name)
    assert name == clean_filename(name) == unicodedata.normalize("NFC", name) == name.strip(". ")
    assert not set(name) & set('/\\<>:"|?*')
    assert all(unicodedata.category(character)[0] != "C" for character in name)
    assert 0 < len(name) <= MOST_CHARACTERS
    assert len(name.encode()) <= MOST_BYTES
