"""Writing the letter that tells a pair, once."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation

from pactdesk.accounts import queries as accounts
from pactdesk.agreements.queries.mailing import mailed
from pactdesk.journal import queries as journal
from pactdesk.notifications.letters import pairs as letters
from pactdesk.notifications.letters.layout import drawn
from pactdesk.notifications.rules.pairs import KIND
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.outbox import Letter


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the letter about a pair that is mailed; answers the ids of those to be handed over. What is written down
    holds no ID. The same fact again owes nothing."""
    fact = journal.fact(fact_id)
    account_id = fact.payload["account"]
    person = accounts.addressees([account_id]).get(account_id)
    if person is None:
        return []
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        draft = letters.draft(
            mailed(fact.subject_id),
            activated=fact.payload["occasion"] == "activated",
            reader=person.name,
            language=language,
        )
        text, html = drawn(draft, language=language)
    mail_id = outbox.post(
        Letter(
            key=f"{KIND}:{fact.subject_id}:{fact.id}:a{account_id}",
            kind=KIND,
            to_address=person.email,
            language=language,
            subject=draft.subject,
            text=text,
            html=html,
            fact_id=fact.id,
            account_id=account_id,
            agreement_id=fact.subject_id,
        ),
        at=at,
    )
    return [] if mail_id is None else [mail_id]
