"""Writing the notices to the owner of an agreement, before and now, of what the service centre has done in the owner's
place, each once (AGR-11). They always come."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Addressee
from pactdesk.agreements.queries.ownership import Owned, owned
from pactdesk.journal import queries as journal
from pactdesk.journal.queries import RecordedFact
from pactdesk.notifications.letters.ownership import draft
from pactdesk.notifications.rules.ownership import PAIR_REPLACED, notices_of
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.outbox import Letter
from pactdesk.notifications.services.personal import letter_to


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the owners the notices about a fact; answers the ids of those to be handed over. The same fact again owes
    nothing: each notice has one key."""
    fact = journal.fact(fact_id)
    notices = notices_of(fact.code, fact.payload, actor_id=fact.actor_id)
    if not notices:
        return []
    about = owned(fact.subject_id)
    people = accounts.addressees(account_id for _kind, account_id in notices)
    ids = [
        outbox.post(_letter(kind, fact, about, people[account_id]), at=at)
        for kind, account_id in notices
        if account_id in people
    ]
    return [mail_id for mail_id in ids if mail_id is not None]


def _letter(kind: str, fact: RecordedFact, about: Owned, person: Addressee) -> Letter:
    # The pair that was replaced may be named; the one that took its place the owner has never been told (BEN-4).
    is_replaced = kind == PAIR_REPLACED
    named = (
        about.named_before(fact.payload.get("was", "")) if is_replaced else about.named_for(person.account_id)
    )
    return letter_to(
        person,
        kind,
        f"{kind}:{fact.subject_id}:{fact.id}",
        lambda language: draft(kind, about, named, happened_at=fact.at, reader=person, language=language),
        fact_id=fact.id,
    )
