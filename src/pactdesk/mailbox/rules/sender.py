"""Whom a mail is from, and whether that is proven (trust A1, A5).

Anybody can write any address into From. What proves it is our own mail server, which checked the signature of the
sender's domain (DKIM) against what that domain asks for (DMARC) and wrote down what it found (RFC 8601). Reply-To and
Sender are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import authres
import authres.dmarc

from pactdesk.kernel.decisions import Reason
from pactdesk.mailbox.rules.parsing import Parsed

MOST_RESULTS = 20
LONGEST_RESULTS = 8 * 1024

_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_NAME = r'"(?:[^"\\\r\n]|\\.){0,500}"|[^"<>@,:;()\[\]\\]{0,500}'
# One address, with a name or without. Whatever else the grammar of mail allows (groups, several authors, comments,
# quoted local parts) is read differently by different programs, and we have to read what the mail server has checked.
_FROM = re.compile(
    rf"\s*(?:(?P<bare>{_LOCAL}@{_DOMAIN})|(?:{_NAME})\s*<(?P<named>{_LOCAL}@{_DOMAIN})>"
    rf"|(?P<twice>{_LOCAL}@{_DOMAIN})\s+<(?P=twice)>)\s*",
    re.IGNORECASE,
)
_READER = authres.FeatureContext(authres.dmarc)


def sender_of(mail: Parsed) -> str | Reason:
    """The address in From, in lower case, or why none can be told for sure."""
    given = mail.all("from")
    if len(given) != 1 or len(given[0]) > 1000:
        return Reason("mail.from-unclear")
    match = _FROM.fullmatch(given[0])
    if match is None:
        return Reason("mail.from-unclear")
    return str(match.group("bare") or match.group("named") or match.group("twice")).lower()


def unproven(mail: Parsed, address: str, *, authserv_id: str) -> Reason | None:
    """None where our own mail server found that `address` is the sender's, else why it is not proven.

    Believed is only what stands under `authserv_id`, the name of our own mail server. DMARC has to have passed for the
    domain of the address; where that domain asks for nothing, a DKIM signature of it, or of one above it, does. Where
    two results contradict each other, one of them is forged and none counts.
    """
    if not authserv_id:
        return Reason("mail.replies-off")
    proven = _proves(
        _own_results(mail.all("authentication-results"), authserv_id), address.rpartition("@")[2]
    )
    return None if proven else Reason("mail.sender-unproven", {"address": address})


def _proves(results: Sequence[Any] | None, domain: str) -> bool:
    """Whether the results of our own mail server say that the mail is from `domain`; None: they cannot be read."""
    if results is None:
        return False
    dmarc = [result for result in results if result.method == "dmarc" and _said(result) != "none"]
    if dmarc:
        return all(
            _said(each) == "pass" and _covers(_about(each, "header", "from"), domain) for each in dmarc
        )
    dkim = [result for result in results if result.method == "dkim"]
    if any(_said(each) == "none" for each in dkim):
        return False
    return any(_said(each) == "pass" and _covers(_signer(each), domain) for each in dkim)


def _own_results(headers: Sequence[str], authserv_id: str) -> list[Any] | None:
    """The results that stand under `authserv_id`, or None where a header that may be ours cannot be read."""
    ours = authserv_id.rstrip(".").lower()
    found: list[Any] = []
    maybe_ours = [value for value in headers if ours in value.lower()]
    if len(maybe_ours) > MOST_RESULTS or any(len(value) > LONGEST_RESULTS for value in maybe_ours):
        return None
    for value in maybe_ours:
        try:
            header = _READER.parse_value(value)
            if str(header.authserv_id).rstrip(".").lower() == ours:
                found += header.results or ()
        except Exception:  # the library raises whatever it happens to meet
            return None
    return found


def _said(result: Any) -> str:
    return str(result.result or "").lower()


def _about(result: Any, kind: str, name: str) -> str:
    """One property of a result, in lower case, or ""."""
    for each in result.properties or ():
        if (each.type or "").lower() == kind and (each.name or "").lower() == name:
            return str(each.value or "").strip().lower()
    return ""


def _signer(result: Any) -> str:
    """The domain that signed."""
    return _about(result, "header", "d") or _about(result, "header", "i").rpartition("@")[2]


def _covers(found: str, domain: str) -> bool:
    """Whether `found` is `domain` or one above it. One below it may belong to somebody else."""
    return bool(found) and (domain == found or domain.endswith(f".{found}"))
