"""Text that people typed, as it is shown: plain, with its line breaks, and with links that lead where they say.

Whatever looks like markup is text.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Only what says itself that it is an address of the web. What cannot stand in one ends it.
_URL: Final = re.compile(r"""https?://[^\s<>"'`{}|\\^\[\]]{1,2000}""", re.IGNORECASE)
_ENDS_A_SENTENCE: Final = ".,;:!?…»“”’"


def linked(text: str) -> SafeString:
    """`text` for a page: escaped, with its web addresses as links that tell nobody where one came from.

    An address that shows one host and leads to another (`https://bank.example@evil.example/`) stays text.
    """
    parts, done = [], 0
    for found in _URL.finditer(text):
        url = _without_end_of_sentence(found.group())
        if not _leads_where_it_says(url):
            continue
        shown = escape(url)
        parts += [
            escape(text[done : found.start()]),
            f'<a href="{shown}" rel="nofollow noopener noreferrer">{shown}</a>',
        ]
        done = found.start() + len(url)
    return mark_safe("".join((*parts, escape(text[done:]))))  # noqa: S308 - every part is escaped


def excerpt(text: str, most: int) -> str:
    """The beginning of `text` as one line, up to a word's end; "…" says that it goes on."""
    line = " ".join(text[: most * 4].split())
    if len(line) <= most and len(text) <= most * 4:
        return line
    return line[:most].rsplit(" ", 1)[0].rstrip(_ENDS_A_SENTENCE + " ") + " …"


def _without_end_of_sentence(url: str) -> str:
    while url:
        if url[-1] in _ENDS_A_SENTENCE or (url[-1] == ")" and url.count(")") > url.count("(")):
            url = url[:-1]
        else:
            break
    return url


def _leads_where_it_says(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and "@" not in parts.netloc and (parts.port or 1) > 0
    except ValueError:
        return False
