"""Composing letters, each in its reader's language and time zone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from pactdesk.cases.queries import requests as cases
from pactdesk.journal import queries as journal
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.services import Letter


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
        reply_address=notice.reply_address,
    )


def _letter(
    kind: str, *, key: str, to_address: str, language: str, context: dict[str, Any], reply_address: str = ""
) -> Letter:
    """One letter from its templates. `reply_address` is where this very reader may answer, "" where they may not."""
    headers = {"X-Pactdesk-Request": str(context["notice"].shown_number)}
    if reply_address:
        headers["Reply-To"] = reply_address
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
