"""Writing the letters about rights, each for its reader, once. What is written is written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Addressee
from pactdesk.delegation.queries import told as delegation
from pactdesk.delegation.queries.told import RightTold
from pactdesk.journal import queries as journal
from pactdesk.notifications.letters import rights
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.letters.rights import RightsReader
from pactdesk.notifications.queries.choices import chosen_by
from pactdesk.notifications.rules.choices import is_wanted
from pactdesk.notifications.rules.rights import (
    BEFORE_THE_END,
    CHANGED,
    ENDED,
    ENDING,
    GRANTED,
    REFUSED,
    Concerned,
    Side,
    readers_of,
)
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.outbox import Letter
from pactdesk.notifications.services.personal import letter_to

# Writes a draft for one reader.
_Writer = Callable[[RightsReader], Draft]

_KINDS = {
    "delegation.granted": GRANTED,
    "delegation.changed": CHANGED,
    "delegation.revoked": ENDED,
    "delegation.refused": REFUSED,
}


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the letters about what happened to a right; answers the ids of those to be handed over.

    The same fact again owes nothing: each letter has one key.
    """
    fact = journal.fact(fact_id)
    kind, key = _KINDS[fact.code], f"{fact.code}:{fact.subject_id}:{fact.id}"
    if kind == REFUSED:
        refused = delegation.refusal_told(fact.subject_id)
        if refused is None:
            return []
        readers = readers_of(kind, Concerned(asker=refused.asker), actor=fact.actor_id)
        return _owe(kind, key, readers, lambda reader: rights.refusal(refused.customer, reader), at, fact.id)
    right = delegation.right_told(fact.subject_id)
    if right is None or right.replaced or (kind != ENDED and right.terms.ends_at <= at):
        return []
    readers = readers_of(kind, _concerned(right), actor=fact.actor_id, fell=right.fell)
    by = str(fact.payload.get("by", ""))
    return _owe(kind, key, readers, lambda reader: rights.draft(kind, right, reader, by=by), at, fact.id)


@transaction.atomic
def tell_ending(*, at: datetime) -> list[int]:
    """Owe the letters about rights that end within `BEFORE_THE_END`; answers the ids of those to be handed over.

    Safe to repeat: of each end everybody is told once. An end that was put off is another one.
    """
    ids: list[int] = []
    for delegation_id in delegation.ending_soon(at=at, within=BEFORE_THE_END):
        right = delegation.right_told(delegation_id)
        if right is None:
            continue
        key = f"delegation.ending:{right.id}:{right.terms.ends_at:%Y-%m-%d}"
        readers = readers_of(ENDING, _concerned(right), actor=None)
        ids += _owe(ENDING, key, readers, _ending(right), at, None)
    return ids


def _ending(right: RightTold) -> _Writer:
    return lambda reader: rights.draft(ENDING, right, reader)


def _concerned(right: RightTold) -> Concerned:
    return Concerned(right.asker, right.of_partner, right.of_customer, right.of_provider)


def _owe(
    kind: str,
    key: str,
    readers: Mapping[int, Side],
    write: _Writer,
    at: datetime,
    fact_id: int | None,
) -> list[int]:
    chosen = chosen_by(readers)
    ids = []
    for account_id, person in accounts.addressees(readers).items():
        if is_wanted(kind, chosen.get(account_id, {})):
            letter = _letter(kind, key, person, readers[account_id], write, fact_id)
            ids.append(outbox.post(letter, at=at))
    return [mail_id for mail_id in ids if mail_id is not None]


def _letter(
    kind: str, key: str, person: Addressee, side: Side, write: _Writer, fact_id: int | None
) -> Letter:
    return letter_to(
        person,
        kind,
        key,
        lambda language: write(RightsReader(person.name, person.time_zone or "UTC", language, side)),
        fact_id=fact_id,
    )
