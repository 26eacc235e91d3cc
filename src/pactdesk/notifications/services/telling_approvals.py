"""Writing the letters about what two people of the service centre do together, each once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Addressee
from pactdesk.agreements.queries.approvals import Told, correction_told, issuance_told
from pactdesk.journal import queries as journal
from pactdesk.journal.queries import RecordedFact
from pactdesk.notifications.letters import approvals as letters
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.queries.choices import chosen_by
from pactdesk.notifications.rules.approvals import (
    ASKED,
    CORRECTION_ASKED,
    DECIDED,
    ISSUANCE_ASKED,
    ISSUANCE_DECIDED,
    readers_of,
)
from pactdesk.notifications.rules.choices import is_wanted
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.personal import letter_to


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the letters about a fact; answers the ids of those to be handed over. The same fact again owes nothing.

    That something waits is not told any more once it was decided.
    """
    fact = journal.fact(fact_id)
    told = _told(fact)
    kind = ASKED if fact.code in {CORRECTION_ASKED, ISSUANCE_ASKED} else DECIDED
    if told is None or (kind == ASKED) != (told.outcome == ""):
        return []
    readers = readers_of(
        asked_by=told.asked_by,
        needs_second=told.needs_second,
        outcome=told.outcome,
        decided_by=told.decided_by,
        centre=accounts.service_centre(),
    )
    chosen = chosen_by(readers)
    ids = []
    for account_id, person in accounts.addressees(readers).items():
        if is_wanted(kind, chosen.get(account_id, {})):
            ids.append(_owe(kind, told, person, fact, at))
    return [mail_id for mail_id in ids if mail_id is not None]


def _told(fact: RecordedFact) -> Told | None:
    if fact.code in {ISSUANCE_ASKED, ISSUANCE_DECIDED}:
        return issuance_told(fact.subject_id)
    return correction_told(fact.payload["correction"])


def _owe(kind: str, told: Told, person: Addressee, fact: RecordedFact, at: datetime) -> int | None:
    def write(language: str) -> Draft:
        draft = letters.asked if kind == ASKED else letters.decided
        return draft(told, reader=person.name, language=language)

    letter = letter_to(person, kind, f"{kind}:{told.kind}:{told.id}", write, fact_id=fact.id)
    return outbox.post(letter, at=at)
