"""Where a page of a list that is read by time ends, so that the next one begins behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page: the UTC instant by which its list is in order, and its id, which decides between rows of
    one instant."""

    at: datetime
    id: int
