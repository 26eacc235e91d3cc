"""Whether a machine wrote a mail (RFC 3834): then nobody is answering, and nothing must come of it (trust A7)."""

from __future__ import annotations

import re

from pactdesk.kernel.decisions import Reason
from pactdesk.mailbox.rules.parsing import Parsed

LOOP_HEADER = "X-Pactdesk-Loop"  # in every mail that a Pactdesk sends

_PRECEDENCE = {"bulk", "junk", "list", "auto_reply"}
_DAEMON = re.compile(r"\bmailer-daemon@", re.IGNORECASE)
_SUPPRESS = {"all", "oof", "autoreply"}
# Their mere presence says it.
_SIGNS = (
    *("list-id", "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autoreply-from"),
    *(
        "x-mail-autoreply",
        "x-vacation",
        "x-failed-recipients",
        "x-amazon-auto-reply",
        "auto-reply",
        "autoresponder",
    ),
)
_REPORTS = {
    "multipart/report",
    "message/delivery-status",
    "message/disposition-notification",
    "text/rfc822-headers",
}
# What Outlook and Exchange put in front of the subject; they seldom come without a header, but gateways drop headers.
_SUBJECT = re.compile(
    r"(?:automatic reply|auto(?:matic)? response|autoreply|out of (?:the )?office|αυτόματη απάντηση|εκτός γραφείου"
    r"|trả lời tự động|thư trả lời tự động|autoodpowiedź|odpowiedź automatyczna|automatyczna odpowiedź"
    r"|automatická odpověď|réponse automatique|absence du bureau)\s*[:：]",
    re.IGNORECASE,
)


def automatic(mail: Parsed, *, envelope_from: str | None) -> Reason | None:
    """Why `mail` counts as written by a machine, or None where a person wrote it.

    `envelope_from` is the sender of the envelope ("" for a bounce), or None where the door does not know it; the header
    Return-Path then stands in for it.
    """
    if mail.first(LOOP_HEADER.lower()):
        return Reason("mail.from-a-desk")
    if (
        envelope_from == ""
        or mail.first("return-path").replace(" ", "") == "<>"
        or mail.content_type in _REPORTS
    ):
        return Reason("mail.delivery-report")
    if _DAEMON.search(mail.first("from")):
        return Reason("mail.delivery-report")
    sign = _sign(mail)
    return Reason("mail.automatic", {"sign": sign}) if sign else None


def _sign(mail: Parsed) -> str:
    """What gives a machine away, or ""."""
    submitted = re.split(r"[;(\s]", mail.first("auto-submitted").strip().lower(), maxsplit=1)[0]
    if submitted and submitted != "no":
        return "Auto-Submitted"
    if mail.first("precedence").strip().lower() in _PRECEDENCE:
        return "Precedence"
    suppressed = {word.strip().lower() for word in mail.first("x-auto-response-suppress").split(",")}
    if suppressed & _SUPPRESS:
        return "X-Auto-Response-Suppress"
    for name in _SIGNS:
        if mail.all(name):
            return name.title()
    return "Subject" if _SUBJECT.match(mail.subject) else ""
