"""In which order agreements are offered: as is usual, or as the account wants it."""

from __future__ import annotations

from itertools import permutations

import pytest

from pactdesk.agreements.rules.draw_order import ordered, put_before, shortest

USUAL = (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("own", "moved", "before", "kept", "order"),
    [
        ((), 3, 1, (3,), (3, 1, 2, 4)),
        ((3,), 1, 3, (1, 3), (1, 3, 2, 4)),
        ((1, 3), 2, 3, (), (1, 2, 3, 4)),
        ((), 2, 1, (2,), (2, 1, 3, 4)),
        ((), 4, 3, (1, 2, 4), (1, 2, 4, 3)),
        ((1, 2, 4), 4, 1, (4,), (4, 1, 2, 3)),
        ((4,), 3, 2, (4, 1, 3), (4, 1, 3, 2)),
        ((4,), 4, 4, (4,), (4, 1, 2, 3)),
        # One that was lost keeps no place, and one that came anew stands where it usually does.
        ((9, 4), 3, 4, (3, 4), (3, 4, 1, 2)),
    ],
)
def test_an_agreement_is_put_before_another_and_no_more_is_kept_than_needed(
    own: tuple[int, ...], moved: int, before: int, kept: tuple[int, ...], order: tuple[int, ...]
) -> None:
    assert put_before(USUAL, own, moved, before) == kept
    assert ordered(USUAL, kept) == order


def test_every_order_can_be_kept_and_comes_back_as_it_was() -> None:
    for order in permutations(USUAL):
        kept = shortest(USUAL, order)
        assert ordered(USUAL, kept) == order
        assert not kept or ordered(USUAL, kept[:-1]) != order
    assert ordered((), (1,)) == ()
