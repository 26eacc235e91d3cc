"""Writing the notices to the owner of an agreement that somebody else has added or used it, each once (AGR-11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Addressee
from pactdesk.agreements.queries.sharing import Shared, registration, use
from pactdesk.journal import queries as journal
from pactdesk.journal.queries import RecordedFact
from pactdesk.notifications.letters import sharing as letters
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.models import AgreementLetterChoice, LetterChoice
from pactdesk.notifications.queries.choices import chosen_about, chosen_by
from pactdesk.notifications.rules.choices import choice_of, is_wanted
from pactdesk.notifications.rules.sharing import ADDED, REGISTERED, USED
from pactdesk.notifications.services import outbox
from pactdesk.notifications.services.personal import letter_to


def anybody_wants_to_know() -> bool:
    """Whether anybody at all wants to be told of each use. Mostly nobody does, and submissions pay for no more."""
    choice = choice_of(USED)
    return choice is not None and any(
        choices.objects.filter(choice=choice.code, wanted=True).exists()
        for choices in (LetterChoice, AgreementLetterChoice)
    )


@transaction.atomic
def tell(fact_id: int, *, at: datetime) -> list[int]:
    """Owe the owner the notice about a fact, where there is one who wants it; answers the ids of those to be handed
    over. The same fact again owes nothing: each notice has one key."""
    fact = journal.fact(fact_id)
    return _of_registration(fact, at) if fact.code == ADDED else _of_use(fact, at)


def _of_registration(fact: RecordedFact, at: datetime) -> list[int]:
    shared = registration(fact.subject_id, fact.payload["account"])
    owner = None if shared is None else _who_wants_it(REGISTERED, shared)
    if shared is None or owner is None:
        return []
    name, zone = owner.name, owner.time_zone or "UTC"
    return _owe(
        REGISTERED,
        lambda language: letters.registered(shared, reader=name, zone=zone, language=language),
        fact,
        owner,
        at,
    )


def _of_use(fact: RecordedFact, at: datetime) -> list[int]:
    agreement_id = fact.payload["agreement"]
    told = None if agreement_id is None else use(agreement_id, fact.subject_id)
    owner = None if told is None else _who_wants_it(USED, told.shared)
    if told is None or owner is None:
        return []
    name, zone = owner.name, owner.time_zone or "UTC"
    return _owe(
        USED,
        lambda language: letters.used(told, fact.subject_id, reader=name, zone=zone, language=language),
        fact,
        owner,
        at,
    )


def _who_wants_it(kind: str, about: Shared) -> Addressee | None:
    owner_id = about.owner_id
    here = chosen_about(owner_id, about.agreement_id)
    if not is_wanted(kind, chosen_by([owner_id]).get(owner_id, {}), here=here):
        return None
    return accounts.addressees([owner_id]).get(owner_id)


def _owe(
    kind: str, write: Callable[[str], Draft], fact: RecordedFact, person: Addressee, at: datetime
) -> list[int]:
    letter = letter_to(person, kind, f"{kind}:{fact.subject_id}:{fact.id}", write, fact_id=fact.id)
    mail_id = outbox.post(letter, at=at)
    return [] if mail_id is None else [mail_id]
