"""A letter to one person, in that person's language, with the way to switch such letters off where there is one."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils import translation

from pactdesk.accounts.queries import Addressee
from pactdesk.notifications.letters.layout import Draft, drawn, stop_url_of
from pactdesk.notifications.services.outbox import Letter


def letter_to(
    person: Addressee,
    kind: str,
    key: str,
    write: Callable[[str], Draft],
    *,
    fact_id: int | None,
    agreement_id: int | None = None,
) -> Letter:
    """What `write` says, ready to be owed. It is called with the code of the language, which is active meanwhile.

    `key` names the reason; with whom it is told, it names the letter, so that it is owed once. `fact_id` and
    `agreement_id` are of what it tells.
    """
    language = person.language or settings.LANGUAGE_CODE
    stop_url = stop_url_of(kind)
    with translation.override(language):
        draft = write(language)
        text, html = drawn(draft, language=language, stop_url=stop_url)
    return Letter(
        key=f"{key}:a{person.account_id}",
        kind=kind,
        to_address=person.email,
        language=language,
        subject=draft.subject,
        text=text,
        html=html,
        headers={"List-Unsubscribe": f"<{stop_url}>"} if stop_url else {},
        fact_id=fact_id,
        account_id=person.account_id,
        agreement_id=agreement_id,
    )
