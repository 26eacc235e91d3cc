"""What addresses carry is read back as it was written, and what makes no sense asks for nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pactdesk.kernel.places import Place
from pactdesk.pages.links import link, number_in, place_in, written_place


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("0", 0),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        (" 1", None),
        ("１", None),
        ("²", None),
        ("1\x00", None),
    ],
)
def test_only_whole_numbers_are_numbers(text: str, number: int | None) -> None:
    assert number_in(text) == number


def test_a_number_has_no_more_digits_than_its_reader_takes() -> None:
    assert number_in("123456", digits=6) == 123456
    assert number_in("1234567", digits=6) is None


def test_a_place_comes_back_as_it_was_written() -> None:
    place = Place(datetime(2026, 11, 26, 1, 2, 3, 456789, tzinfo=UTC), 42)
    assert place_in(written_place(place)) == place


@pytest.mark.parametrize(
    "text", ["", "1-2", "1.000000-", "1.000000-2\n", "1.000000-x", "12345678901.000000-1", "\x00"]
)
def test_what_is_no_place_begins_at_the_first_page(text: str) -> None:
    assert place_in(text) is None


def test_an_address_without_parameters_has_no_question_mark() -> None:
    assert link("/lists/", {}) == "/lists/"
    assert link("/lists/", {"q": "a b"}) == "/lists/?q=a+b"
