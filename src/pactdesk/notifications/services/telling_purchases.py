"""Writing to whoever bought an incident: receipts, refunds, disputes, and payments that failed later. Each once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.journal import queries as journal
from pactdesk.notifications.letters.purchases import draft
from pactdesk.notifications.rules.purchases import letter_about
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.personal import letter_to
from pactdesk.purchases.queries import receipt


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the buyer the letter about a fact, where there is one; answers the ids of those to be handed over. The same
    fact again owes nothing: each letter has one key."""
    fact = journal.fact(fact_id)
    kind = letter_about(fact.code, fact.payload)
    if kind is None:
        return []
    told = receipt(fact.subject_id)
    person = accounts.addressees([told.buyer_id]).get(told.buyer_id)
    if person is None:
        return []
    letter = letter_to(
        person,
        kind,
        f"{kind}:{fact.subject_id}:{fact.id}",
        lambda language: draft(kind, told, zone=person.time_zone or "UTC", language=language),
        fact_id=fact.id,
    )
    mail_id = outbox.post(letter, at=at)
    return [] if mail_id is None else [mail_id]
