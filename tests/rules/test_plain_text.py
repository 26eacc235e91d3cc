"""Text that people typed, as pages show it: never markup, with links that lead where they say."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.pages.plain_text import excerpt, linked

LINK = re.compile(r'<a href="([^"<>]*)" rel="nofollow noopener noreferrer">([^<>]*)</a>')


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("See https://support.example/articles/1722.", "https://support.example/articles/1722"),
        ("(https://support.example/a_(b))", "https://support.example/a_(b)"),
        ("HTTP://Support.example:8080/?a=1&b=2#c, then", "HTTP://Support.example:8080/?a=1&b=2#c"),
        ("https://παράδειγμα.example/διαδρομή!", "https://παράδειγμα.example/διαδρομή"),
        ('"https://support.example/"', "https://support.example/"),
        ("https://[2001:db8::1]/", None),
        ("https://support.example/%3Cscript%3E", "https://support.example/%3Cscript%3E"),
    ],
)
def test_a_web_address_is_a_link_without_the_end_of_the_sentence(text: str, url: str | None) -> None:
    found = LINK.search(linked(text))
    assert (html.unescape(found.group(1)) if found else None) == url
    assert html.unescape(re.sub(r"<[^>]*>", "", linked(text))) == text


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "https://bank.example@evil.example/",
        "https://bank.example:pass@evil.example/",
        "https://",
        "https://:80/",
        "http://host:99999/",
        "http://host:port/",
        "support.example",
        "mailto:ana@example.org",
        "//evil.example/",
        "https:\\\\evil.example",
    ],
)
def test_nothing_else_is_a_link(text: str) -> None:
    assert "<a" not in linked(text)
    assert html.unescape(linked(text)) == text


@given(
    st.text(alphabet=st.sampled_from("ahtps:/.<>\"'&@()[]{}\\ \n\t;=%#?éß\u202e\x00javscrit"), max_size=200)
)
def test_whatever_is_typed_comes_out_as_the_same_text_with_nothing_but_links_around(text: str) -> None:
    shown = linked(text)
    without_links = LINK.sub(r"\2", shown)
    assert "<" not in without_links
    assert ">" not in without_links
    assert html.unescape(without_links) == text
    for href, label in LINK.findall(shown):
        assert href == label
        assert re.match("https?://", html.unescape(href), re.IGNORECASE)


def test_reading_takes_no_longer_than_the_text_is_long() -> None:
    """Nothing in it goes back and forth: two hundred thousand characters are nothing."""
    for text in ("https://" * 25_000, "http://a" + ")" * 200_000, "(" * 200_000, "https://a." * 20_000):
        assert html.unescape(LINK.sub(r"\2", linked(text))) == text


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("Short.", 20, "Short."),
        ("Two\n\n lines", 20, "Two lines"),
        ("One two three four", 12, "One two …"),
        ("A sentence. Another one", 13, "A sentence …"),
        ("x" * 30, 10, "x" * 10 + " …"),
        ("   " * 100 + "end", 10, " …"),
    ],
)
def test_an_excerpt_ends_with_a_word(text: str, most: int, shown: str) -> None:
    assert excerpt(text, most) == shown
