"""The sentences of all rooms in one table, for pages, e-mails and programs alike (ELI-10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language

from pactdesk.accounts import wording as accounts
from pactdesk.agreements import wording as agreements
from pactdesk.cases import wording as cases
from pactdesk.catalog import wording as catalog
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import FALLBACK, text_in
from pactdesk.knowledge import wording as knowledge
from pactdesk.servicelevels import wording as servicelevels

# A sentence is text or a lazy translation of it; a remedy is the code of an action that the screens know.
SENTENCES: Mapping[str, Any] = {
    **accounts.SENTENCES,
    **catalog.SENTENCES,
    **servicelevels.SENTENCES,
    **knowledge.SENTENCES,
    **agreements.SENTENCES,
    **cases.SENTENCES,
}
REMEDIES: Mapping[str, str] = {
    **catalog.REMEDIES,
    **servicelevels.REMEDIES,
    **knowledge.REMEDIES,
    **agreements.REMEDIES,
    **cases.REMEDIES,
}


def sentence(reason: Reason, zone: str) -> str:
    """`reason` in the active language, as a whole sentence.

    Days stand as they are counted in `zone` (an IANA name): parameters whose names end in `_at` hold instants, those in
    `_on` days. Worded values are put into the language of the sentence. Raises KeyError for a code without a sentence.
    """
    language = get_language() or FALLBACK
    words = {name: _in_words(name, value, zone or "UTC", language) for name, value in reason.params.items()}
    return str(SENTENCES[reason.code]) % words


def _in_words(name: str, value: Any, zone: str, language: str) -> Any:
    if isinstance(value, Mapping):
        return text_in(value, language)
    if name.endswith("_at"):
        return day_in_words(datetime.fromisoformat(value), zone, language)
    if name.endswith("_on"):
        return day_in_words(date.fromisoformat(value), zone, language)
    return value
