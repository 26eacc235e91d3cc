"""Texts that engineers keep ready: placeholders out of a closed list, and what such a text must have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pactdesk.cases.rules.messages import MOST_CHARACTERS, sayable
from pactdesk.kernel.decisions import Decision, Reason

PLACEHOLDERS: Final = ("name", "number", "summary", "engineer")
MOST_NAME: Final = 80
_PLACEHOLDER: Final = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders replaced by `values`, literally and once: what a value says is never replaced again.

    Whatever else stands in braces stays as it was typed.
    """
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def keepable(name: str, texts: Mapping[str, str]) -> Decision:
    """Whether a saved reply can be kept: it has a name and an English text, to which others fall back."""
    refusals: list[Reason] = []
    if not name or len(name) > MOST_NAME:
        refusals.append(Reason("reply.name-missing", {"most": MOST_NAME}))
    if not texts.get("en", "").strip():
        refusals.append(Reason("reply.english-missing"))
    for text in texts.values():
        refusals += [
            reason for reason in sayable(text, most=MOST_CHARACTERS) if reason.code != "message.empty"
        ]
    return Decision(tuple({reason.code: reason for reason in refusals}.values()))
