"""One layout for all letters, as text and as HTML, and the headers that keep a request together."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from pactdesk.cases.rules.numbers import shown_number
from pactdesk.kernel.sealing import keyed_hash
from pactdesk.notifications.rules.choices import choice_of


@dataclass(frozen=True, slots=True)
class Draft:
    """What a letter says, in the language of its reader.

    `name` is whom it greets, "" where it may not say a name. `quote` is what somebody wrote, in the language
    `quote_language`; `then` are the sentences after it. `why` says why the reader gets it.
    """

    subject: str
    name: str
    sentences: tuple[str, ...]
    why: str
    facts: tuple[tuple[str, str], ...] = ()
    quote: str = ""
    quote_language: str = ""
    then: tuple[str, ...] = ()
    link_url: str = ""
    link_label: str = ""


def drawn(draft: Draft, *, language: str, stop_url: str = "") -> tuple[str, str]:
    """A letter as text and as HTML, in the active language; at `stop_url` its reader switches such letters off."""
    context = {"draft": draft, "language": language, "stop_url": stop_url}
    return (
        render_to_string("notifications/letter.txt", context).strip() + "\n",
        render_to_string("notifications/letter.html", context),
    )


def stop_url_of(kind: str) -> str:
    """Where somebody switches letters of this kind off, "" where they always come."""
    choice = choice_of(kind)
    return f"{settings.BASE_URL}/profile/letters/{choice.code}/off/" if choice else ""


def greeting(name: str) -> str:
    """How a letter begins."""
    return _("Hello %(name)s,") % {"name": name} if name else _("Hello,")


def headers_of(number: int, *, reply_address: str, stop_url: str = "") -> dict[str, str]:
    """What keeps the letters about a request together in a mail program, and lets its reader answer or stop them."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    root = f"<request.{keyed_hash(b'thread', f'case:{number}').hex()[:32]}@{host}>"
    headers = {
        "In-Reply-To": root,
        "References": root,
        "List-Id": f"<requests.{host}>",
        "X-Pactdesk-Request": shown_number(number),
    }
    if reply_address:
        headers["Reply-To"] = reply_address
    if stop_url:
        headers["List-Unsubscribe"] = f"<{stop_url}>"
    return headers
