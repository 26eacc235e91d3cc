"""What addresses and forms carry: parameters, whole numbers, and where a page of a list begins. Whatever makes no sense
is None, and asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from django.utils.http import urlencode

from pactdesk.kernel.places import Place

_PLACE: Final = re.compile(r"([0-9]{1,10}\.[0-9]{6})-([0-9]{1,15})")


def link(here: str, values: Mapping[str, str]) -> str:
    """The address `here` with parameters, and itself where there are none."""
    return f"{here}?{urlencode(values)}" if values else here


def number_in(text: str, *, digits: int = 18) -> int | None:
    """The whole number, of at most so many digits, that `text` is."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def written_place(place: Place) -> str:
    """A place in a list for an address, to the microsecond."""
    return f"{place.at.timestamp():.6f}-{place.id}"


def place_in(text: str) -> Place | None:
    """The place that `written_place` wrote."""
    found = _PLACE.fullmatch(text)
    return Place(datetime.fromtimestamp(float(found[1]), UTC), int(found[2])) if found else None
