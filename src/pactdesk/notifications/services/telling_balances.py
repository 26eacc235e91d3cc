"""Writing the letters about balances, each for its reader, once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Addressee
from pactdesk.agreements.queries.warnings import Warned, warned
from pactdesk.journal import queries as journal
from pactdesk.journal.queries import RecordedFact
from pactdesk.notifications.letters.balances import BalanceReader, draft
from pactdesk.notifications.queries.choices import chosen_by
from pactdesk.notifications.rules.balances import KIND_OF
from pactdesk.notifications.rules.choices import is_wanted
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.outbox import Letter
from pactdesk.notifications.services.personal import letter_to


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the letters about a step of a balance; answers the ids of those to be handed over.

    The same fact again owes nothing: each letter has one key.
    """
    fact = journal.fact(fact_id)
    kind, about = KIND_OF[fact.code], warned(fact.subject_id)
    if about is None:
        return []
    readers = dict(about.readers)
    chosen = chosen_by(readers)
    ids = [
        outbox.post(_letter(kind, fact, about, person, may_open=readers[account_id]), at=at)
        for account_id, person in accounts.addressees(readers).items()
        if is_wanted(kind, chosen.get(account_id, {}))
    ]
    return [mail_id for mail_id in ids if mail_id is not None]


def _letter(kind: str, fact: RecordedFact, about: Warned, person: Addressee, *, may_open: bool) -> Letter:
    return letter_to(
        person,
        kind,
        f"{fact.code}:{fact.subject_id}:{fact.id}",
        lambda language: draft(
            kind,
            about,
            left=fact.payload["units_left"],
            granted=fact.payload["units_granted"],
            ends_at=datetime.fromisoformat(fact.payload["ends_at"]),
            reader=BalanceReader(person.name, language, may_open),
        ),
        fact_id=fact.id,
    )
