"""Writing the letter that tells a pair, once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.agreements.queries.mailing import mailed
from pactdesk.journal import queries as journal
from pactdesk.notifications.letters import pairs as letters
from pactdesk.notifications.rules.pairs import KIND
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.personal import letter_to


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the letter about a pair that is mailed; answers the ids of those to be handed over. What is written down
    holds no ID. The same fact again owes nothing."""
    fact = journal.fact(fact_id)
    account_id = fact.payload["account"]
    person = accounts.addressees([account_id]).get(account_id)
    if person is None:
        return []
    letter = letter_to(
        person,
        KIND,
        f"{KIND}:{fact.subject_id}:{fact.id}",
        lambda language: letters.draft(
            mailed(fact.subject_id),
            occasion=fact.payload["occasion"],
            reader=person.name,
            language=language,
        ),
        fact_id=fact.id,
        agreement_id=fact.subject_id,
    )
    mail_id = outbox.post(letter, at=at)
    return [] if mail_id is None else [mail_id]
