"""The mail log for the service centre: which letters about agreements left, wait or failed, and why.

Never what they say: some hold codes or IDs. Nor letters about requests, which are between their contacts and the team.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet, Value
from django.db.models.functions import Collate, Upper
from django.http import Http404

from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.places import Place
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.rules import approvals, balances, cards, ownership, pairs, purchases, sharing

PAGE: Final = 50
# Letters about agreements. New ones of this kind belong here.
KINDS: Final = (
    *balances.KINDS,
    *sharing.KINDS,
    *ownership.KINDS,
    *purchases.KINDS,
    cards.OPENED,
    *approvals.KINDS,
    pairs.KIND,
)
STATES: Final = tuple(OutgoingMail.State.values)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A letter. `at` is the UTC instant at which it became owed; `error` says why the last attempt failed. It
    `can_be_sent_again` where it was given up."""

    mail_id: int
    kind: str
    to_address: str
    subject: str
    state: str
    attempts: int
    error: str
    at: datetime
    sent_at: datetime | None

    @property
    def can_be_sent_again(self) -> bool:
        return self.state == OutgoingMail.State.PARKED


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the log, newest first. `older_than` is where the next one begins, None on the last page."""

    lines: tuple[LogLine, ...]
    older_than: Place | None


def mail_log(viewer: Viewer, *, words: str, state: str, older_than: Place | None) -> Log:
    """Letters to addresses that begin with `words`. One query. Raises Http404 for everybody who does not work at the
    service centre."""
    found = _of_the_centre(viewer)
    if words:
        # As the index has it, whatever the collation of the database, which alone knows its capitals of "ß".
        begins = Collate(Upper("to_address"), "C")
        found = found.alias(begins=begins).filter(begins__startswith=Upper(Value(words)))
    if state in STATES:
        found = found.filter(state=state)
    if older_than is not None:
        # In the order of the index; rows of one instant follow their ids.
        found = found.filter(created_at__lte=older_than.at).exclude(
            created_at=older_than.at, pk__gte=older_than.id
        )
    page = list(found.order_by("-created_at", "-pk")[: PAGE + 1])
    last = page[PAGE - 1] if len(page) > PAGE else None
    return Log(tuple(_line(mail) for mail in page[:PAGE]), Place(last.created_at, last.pk) if last else None)


def parked_letter(viewer: Viewer, mail_id: int) -> int:
    """The id of a letter that was given up and that the service centre may have sent again. Raises Http404."""
    found = _of_the_centre(viewer).filter(pk=mail_id, state=OutgoingMail.State.PARKED).first()
    if found is None:
        raise Http404
    return found.pk


def _of_the_centre(viewer: Viewer) -> QuerySet[OutgoingMail]:
    if not viewer.at_service_centre:
        raise Http404
    return OutgoingMail.objects.filter(kind__in=KINDS).defer("text", "html", "headers")


def _line(mail: OutgoingMail) -> LogLine:
    return LogLine(
        mail_id=mail.pk,
        kind=mail.kind,
        to_address=mail.to_address,
        subject=mail.subject,
        state=mail.state,
        attempts=mail.attempts,
        error=mail.last_error,
        at=mail.created_at,
        sent_at=mail.sent_at,
    )
