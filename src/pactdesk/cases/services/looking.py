"""What somebody has seen of a request, so that lists can say what is new."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db.models import Q
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.access import contacts_of

# No request is older. What a program makes up may lie before anything that a database or a page can show.
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)


def look(number: int | None, *, until: datetime | None, actor: Viewer, at: datetime) -> None:
    """Note that the actor has seen the request as it was at `until`. Looking at it never takes that back; None notes
    nothing.

    Raises Http404 where the actor is no contact.
    """
    place = contacts_of(actor).filter(case_id=number) if number else contacts_of(actor).none()
    if not place.exists():
        raise Http404
    if until is None or until < _EARLIEST:
        return
    until = min(until, at)
    place.filter(Q(seen_at=None) | Q(seen_at__lt=until)).update(seen_at=until)
