"""Composing letters, each in its reader's language and time zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from pactdesk.accounts import queries as accounts
from pactdesk.cases.queries import requests as cases
from pactdesk.journal import queries as journal
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.queries import webhooks
from pactdesk.notifications.services.outbox import Letter


def case_opened(fact_id: int) -> Letter:
    """The confirmation to the primary contact (WIZ-6): number, severity, response time."""
    fact = journal.fact(fact_id)
    notice = cases.opening_notice(fact.subject_id)
    language = notice.language or settings.LANGUAGE_CODE
    context = {
        "notice": notice,
        "product": text_in(notice.product, language),
        "due": instant_in_words(notice.first_response_due_at, notice.time_zone, language),
        "opened": instant_in_words(notice.opened_at, notice.time_zone, language),
        "request_url": f"{settings.BASE_URL}/requests/{notice.shown_number}/",
        "base_url": settings.BASE_URL,
    }
    return _letter(
        "case_opened",
        key=f"case.opened:{fact.subject_id}:{notice.to_email}",
        to_address=notice.to_email,
        language=language,
        context=context,
        headers={"X-Pactdesk-Request": str(notice.shown_number)},
        reply_address=notice.reply_address,
    )


def endpoint_disabled(fact_id: int) -> Letter | None:
    """To the owner of a webhook endpoint that is not called any more; None where that is known, or nobody is left."""
    fact = journal.fact(fact_id)
    endpoint = webhooks.endpoint_of_anybody(fact.subject_id)
    if endpoint is None or fact.actor_id == endpoint.account_id:
        return None
    owner = accounts.addressees([endpoint.account_id]).get(endpoint.account_id)
    if owner is None:
        return None
    language = owner.language or settings.LANGUAGE_CODE
    context = {
        "to_name": owner.name,
        "url": fact.payload["url"],
        "reason": fact.payload["reason"],
        "at": instant_in_words(fact.at, owner.time_zone or "UTC", language),
        "endpoint_url": f"{settings.BASE_URL}/profile/webhooks/{endpoint.endpoint_id}/",
    }
    return _letter(
        "endpoint_disabled",
        key=f"webhook.endpoint-disabled:{fact.id}",
        to_address=owner.email,
        language=language,
        context=context,
        headers={},
    )


def _letter(
    kind: str,
    *,
    key: str,
    to_address: str,
    language: str,
    context: dict[str, Any],
    headers: Mapping[str, str],
    reply_address: str = "",
) -> Letter:
    """One letter from its templates. `reply_address` is where this very reader may answer, "" where they may not."""
    if reply_address:
        headers = {**headers, "Reply-To": reply_address}
    with translation.override(language):
        context = {**context, "language": language}
        return Letter(
            key=key,
            kind=kind,
            to_address=to_address,
            language=language,
            subject=render_to_string(f"notifications/{kind}.subject.txt", context),
            text=render_to_string(f"notifications/{kind}.txt", context).strip() + "\n",
            html=render_to_string(f"notifications/{kind}.html", context),
            headers=headers,
        )
