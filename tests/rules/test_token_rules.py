"""What a token looks like and what it may be made for."""

from __future__ import annotations

import pytest

from pactdesk.accounts.rules.tokens import (
    LIFETIMES,
    MOST_IN_USE,
    RANDOM_LENGTH,
    SCOPES,
    TOKEN,
    digest_of,
    is_token,
    marked,
    may_be_issued,
    may_live,
    visible_part,
)
from pactdesk.kernel.ids import LETTERS_AND_DIGITS, random_text

SAMPLE = marked(TOKEN, "a" * RANDOM_LENGTH)


def test_a_token_has_at_least_128_random_bits_and_ours_can_be_told_by_everybody() -> None:
    assert len(LETTERS_AND_DIGITS) == 62
    assert 62**RANDOM_LENGTH > 2**128
    token = marked(TOKEN, random_text(RANDOM_LENGTH))
    assert token.startswith("pd_")
    assert is_token(token)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pd_",
        SAMPLE[:-1],
        SAMPLE + "a",
        SAMPLE[:-1] + ("a" if SAMPLE[-1] != "a" else "b"),
        SAMPLE.replace("pd_", "pc_"),
        SAMPLE.replace("aa", "ab", 1),
        SAMPLE.replace("aa", "é1", 1),
        SAMPLE.upper(),
    ],
)
def test_what_was_changed_in_any_place_is_no_token(text: str) -> None:
    assert not is_token(text)


def test_two_tokens_are_never_the_same_and_their_digests_tell_nothing() -> None:
    tokens = {marked(TOKEN, random_text(RANDOM_LENGTH)) for _ in range(1000)}
    assert len(tokens) == 1000
    assert len(digest_of(SAMPLE)) == 32
    assert len(visible_part(SAMPLE)) == 8


@pytest.mark.parametrize(
    ("name", "scopes", "in_use", "codes"),
    [
        ("CI", ["requests:read"], 0, ()),
        ("CI", SCOPES, MOST_IN_USE - 1, ()),
        ("", ["requests:read"], 0, ("token.name-missing",)),
        ("x" * 101, ["requests:read"], 0, ("typed.too-long",)),
        ("CI", [], 0, ("token.scope-missing",)),
        ("CI", ["requests:read", "admin"], 0, ("token.scope-unknown",)),
        ("CI", ["requests:read"], MOST_IN_USE, ("token.too-many",)),
        ("", [], MOST_IN_USE, ("token.name-missing", "token.scope-missing", "token.too-many")),
    ],
)
def test_a_token_is_made_with_a_name_for_something_that_there_is(
    name: str, scopes: list[str], in_use: int, codes: tuple[str, ...]
) -> None:
    assert may_be_issued(name, scopes, in_use=in_use).codes == codes


def test_every_token_ends() -> None:
    assert max(LIFETIMES) <= 366
    for days in LIFETIMES:
        assert may_live(days).allowed
    for days in (0, -1, 1, 10_000):
        assert may_live(days).codes == ("token.lifetime-unknown",)
