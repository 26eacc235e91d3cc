"""Which of its agreements an account is offered first: as is usual, or as it wants it itself. Pure.

An own order holds only what the usual one would not do anyhow: the agreements at its head, by their ids.
"""

from __future__ import annotations

from collections.abc import Sequence


def ordered(usual: Sequence[int], own: Sequence[int]) -> tuple[int, ...]:
    """All of `usual`: first those that stand in the account's own order, then the others as is usual."""
    known = set(usual)
    head = [each for each in dict.fromkeys(own) if each in known]
    return (*head, *(each for each in usual if each not in set(head)))


def put_before(usual: Sequence[int], own: Sequence[int], moved: int, before: int) -> tuple[int, ...]:
    """The own order in which `moved` stands directly before another agreement, and all others as they did."""
    if moved == before:
        return shortest(usual, ordered(usual, own))
    order = [each for each in ordered(usual, own) if each != moved]
    order.insert(order.index(before), moved)
    return shortest(usual, order)


def shortest(usual: Sequence[int], order: Sequence[int]) -> tuple[int, ...]:
    """As much of an order of all as has to be kept, so that the rest follows as is usual; nothing where all does."""
    rank = {agreement_id: place for place, agreement_id in enumerate(usual)}
    end = len(order)
    while end and (end == len(order) or rank[order[end - 1]] < rank[order[end]]):
        end -= 1
    return tuple(order[:end])
