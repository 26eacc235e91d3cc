"""Writing to the owner of a card that it was opened to programs, once for each time. Whoever opened it is told, too:
what the letter is for is that it may have been somebody else with this account."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.journal import queries as journal
from pactdesk.notifications.letters import cards as letters
from pactdesk.notifications.rules.cards import OPENED
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.personal import letter_to
from pactdesk.purchases.rules.cards import brand_name
from pactdesk.purchases.rules.payments import Money


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the owner the letter about a card; answers the ids of those to be handed over. The same fact again owes
    nothing."""
    fact = journal.fact(fact_id)
    about = fact.payload
    person = accounts.addressees([fact.subject_id]).get(fact.subject_id)
    if person is None:
        return []
    letter = letter_to(
        person,
        OPENED,
        f"{OPENED}:{fact.subject_id}:{fact.id}",
        lambda language: letters.opened(
            f"{brand_name(about['brand'])} ····{about['last_four']}",
            Money(about["most_minor"], about["currency"]),
            opened_at=fact.at,
            reader=person,
            language=language,
        ),
        fact_id=fact.id,
    )
    mail_id = outbox.post(letter, at=at)
    return [] if mail_id is None else [mail_id]
