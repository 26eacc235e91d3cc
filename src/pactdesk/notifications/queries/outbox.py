"""Reading the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from pactdesk.agreements.queries.mailing import pair_told_by
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.rules.pairs import KIND, covered, filled

# Of a letter that nobody has written, though it was owed so long ago: its reader's account is off, or the job gave up.
UNWRITTEN: Final = "unwritten"
_LONG_ENOUGH: Final = timedelta(hours=1)


class NotADemo(Exception):
    """Everybody's mails are shown in a demonstration only."""


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail as the demo shows it. `at` is the UTC instant at which it became owed."""

    id: int
    to_address: str
    subject: str
    text: str
    html: str
    language: str
    state: str
    at: datetime


def kept_mails(reader: int | None, *, to: str = "", limit: int = 50) -> list[KeptMail]:
    """The newest mails, newest first; only those `to` an address, if one is given. For the demo only: it shows
    everybody's, and raises `NotADemo` elsewhere.

    A letter that tells a pair is shown to the account it is addressed to (`reader`) as its mailbox would have it, and
    to everybody else without the IDs; so is one that would be withheld by now. Ten more queries at most for each letter
    that has a pair for the reader.
    """
    if not settings.DEMO:
        raise NotADemo
    found = OutgoingMail.objects.filter(to_address=to) if to else OutgoingMail.objects.all()
    return [_as_read(mail, reader) for mail in found.order_by("-created_at", "-pk")[:limit]]


def states_of_pair_letters(owed: Mapping[int, datetime], *, at: datetime) -> dict[int, str]:
    """What became by `at` of the letters with a pair that these facts owe, each since its UTC instant: their states, by
    fact. One that is not written yet is "queued", and after an hour `UNWRITTEN`. One query, none for no facts. Whoever
    asks may know of the facts."""
    if not owed:
        return {}
    found = OutgoingMail.objects.filter(kind=KIND, fact_id__in=owed)
    states = dict(found.values_list("fact_id", "state"))
    waits = OutgoingMail.State.QUEUED.value
    return {
        fact_id: states.get(fact_id) or (waits if at - since < _LONG_ENOUGH else UNWRITTEN)
        for fact_id, since in owed.items()
    }


def _as_read(mail: OutgoingMail, reader: int | None) -> KeptMail:
    text, html = mail.text, mail.html
    if mail.agreement_id is not None:
        is_theirs = reader is not None and mail.account_id == reader
        pair = pair_told_by(mail.fact_id, mail.agreement_id, reader) if is_theirs else None
        text, html = (covered(each) if pair is None else filled(each, pair) for each in (text, html))
    return KeptMail(
        id=mail.pk,
        to_address=mail.to_address,
        subject=mail.subject,
        text=text,
        html=html,
        language=mail.language,
        state=mail.state,
        at=mail.created_at,
    )
