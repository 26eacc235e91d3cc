"""What can be said."""

from __future__ import annotations

from typing import Final

from pactdesk.cases.rules.status import CLOSED
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.kernel.text import hidden_characters

MOST_CHARACTERS: Final = 50_000
MOST_REASON: Final = 1_000


def sayable(text: str, *, most: int = MOST_CHARACTERS) -> Decision:
    """Whether `text`, tidied, can be said in a request: it says something, not too much, and nothing hidden."""
    refusals = []
    if not text.strip():
        refusals.append(Reason("message.empty"))
    if len(text) > most:
        refusals.append(Reason("message.too-long", {"length": len(text), "most": most}))
    if found := hidden_characters(text):
        refusals.append(Reason("message.hidden-characters", {"found": ", ".join(found[:5])}))
    return Decision(tuple(refusals))


def may_be_said(status: str) -> Decision:
    """Whether anything can be said to everybody in a request with this status."""
    return Decision((Reason("case.is-closed"),)) if status == CLOSED else ALLOWED
