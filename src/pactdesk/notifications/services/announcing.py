"""Writing down what programs are to be told: one delivery for each endpoint whose owner sees the request."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from pactdesk.agreements.queries.sharing import registration
from pactdesk.agreements.queries.warnings import warned
from pactdesk.cases.queries.audience import audience
from pactdesk.journal import queries as journal
from pactdesk.journal.queries import RecordedFact
from pactdesk.kernel.sealing import keyed_hash
from pactdesk.notifications.models import WebhookDelivery, WebhookEndpoint
from pactdesk.notifications.rules.events import Subject, body_of, data_of, data_of_agreement, event_of
from pactdesk.notifications.rules.retries import GIVE_UP_AFTER
from pactdesk.notifications.rules.sharing import FACTS_FOR_OWNERS


@dataclass(frozen=True, slots=True)
class _About:
    """What an event is about, what it says, and whose endpoints may be told."""

    data: Mapping[str, object]
    accounts: Collection[int]
    case: int | None = None
    agreement: int | None = None
    test: bool = False


def anybody_listens() -> bool:
    """Whether there is an endpoint at all. Most installations have none, and pay for no more than this."""
    return WebhookEndpoint.objects.filter(is_active=True).exists()


@transaction.atomic
def announce(fact_id: int, *, at: datetime) -> list[int]:
    """Owe a fact to every endpoint that wants it, was there when it happened, and whose owner may know; answers the ids
    of those endpoints.

    The same fact again owes nothing twice. Notes of the desk are nobody's business; a test request is its submitter's.
    """
    fact = journal.fact(fact_id)
    event = event_of(fact.code, fact.payload)
    if event is None:
        return []
    about = _agreement(fact) if fact.subject_type == "agreement" else _request(fact)
    event_id = id_of(f"fact:{fact.id}")
    endpoints = list(
        WebhookEndpoint.objects.select_for_update(of=("self",))
        .filter(account_id__in=about.accounts, account__is_active=True, is_active=True)
        .filter(events__contains=[event], created_at__lte=fact.at)
        .order_by("pk")
    )
    told = set(
        WebhookDelivery.objects.filter(endpoint__in=endpoints, event_id=event_id).values_list(
            "endpoint_id", flat=True
        )
    )
    for endpoint in endpoints:
        if endpoint.pk not in told:
            owe(
                endpoint,
                event,
                event_id,
                about.data,
                case=about.case,
                agreement=about.agreement,
                happened=fact.at,
                at=at,
                test=about.test,
            )
    return [endpoint.pk for endpoint in endpoints]


def _request(fact: RecordedFact) -> _About:
    about = audience(fact.subject_id)
    subject = Subject(
        number=about.shown_number,
        status=about.status,
        severity=about.severity,
        is_test=about.is_test,
        url=f"{settings.BASE_URL}/requests/{about.shown_number}/",
    )
    data = data_of(fact.code, fact.payload, subject)
    return _About(data, about.accounts, case=about.number, test=about.is_test)


def _agreement(fact: RecordedFact) -> _About:
    about = warned(fact.subject_id)
    if about is None:
        return _About({}, ())
    data = data_of_agreement(
        fact.code,
        fact.payload,
        agreement_id=about.agreement_id,
        unit=about.unit,
        url=f"{settings.BASE_URL}/benefits/{about.agreement_id}/",
    )
    accounts = tuple(account for account, _may_open in about.readers)
    if fact.code in FACTS_FOR_OWNERS:
        # Who has added it is the owner's to know, and nobody else's.
        shared = registration(fact.subject_id, fact.payload["account"])
        accounts = () if shared is None else (shared.owner_id,)
    return _About(data, accounts, agreement=about.agreement_id)


def owe(
    endpoint: WebhookEndpoint,
    event: str,
    event_id: str,
    data: Mapping[str, object],
    *,
    case: int | None,
    happened: datetime,
    at: datetime,
    test: bool,
    agreement: int | None = None,
) -> WebhookDelivery:
    """Write one delivery down, with the next number of the endpoint, whose row the caller has locked."""
    endpoint.last_sequence += 1
    endpoint.save(update_fields=["last_sequence"])
    return WebhookDelivery.objects.create(
        endpoint=endpoint,
        event_id=event_id,
        type=event,
        case_id=case,
        agreement_id=agreement,
        body=body_of(
            event,
            event_id=event_id,
            at=happened,
            sequence=endpoint.last_sequence,
            is_test=test,
            data=data,
        ),
        sequence=endpoint.last_sequence,
        created_at=at,
        next_attempt_at=at,
        give_up_at=at + GIVE_UP_AFTER,
    )


def id_of(cause: str) -> str:
    """The id of the event that `cause` names: always the same, and telling nothing about it."""
    digest = keyed_hash(b"webhook-event", cause)
    return "evt_" + base64.b32encode(digest[:15]).decode("ascii").lower()
