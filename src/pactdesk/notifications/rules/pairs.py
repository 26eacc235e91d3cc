"""Marks in the stored text of a letter, in whose place the pair comes when it is handed over. Pure."""

from __future__ import annotations

from typing import Final

from pactdesk.agreements.rules import Pair, grouped

KIND: Final = "pair"
ACCESS_ID: Final = "[[access-id]]"
CONTRACT_ID: Final = "[[contract-id]]"
_COVER: Final = "••••"


def filled(text: str, pair: Pair) -> str:
    """The text of a letter with the pair in the place of its marks."""
    return text.replace(ACCESS_ID, pair.access_id).replace(CONTRACT_ID, grouped(pair.contract_id))


def covered(text: str) -> str:
    """The text of a letter for whoever may not read the pair in it."""
    return text.replace(ACCESS_ID, _COVER).replace(CONTRACT_ID, _COVER)
