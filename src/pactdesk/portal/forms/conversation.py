"""What contacts write in a request: replies, and reasons for closing and reopening it."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.rules.messages import MOST_CHARACTERS, MOST_REASON
from pactdesk.kernel.decisions import Decision
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.wording import sentence
from pactdesk.pages.fields import CleanText


class ReplyForm(forms.Form):
    """A reply. Its `key` makes sending twice say it once; a form that lost it gets a new one.

    With `begun` it is only shown again with what was typed, since something else was asked for.
    """

    text = CleanText(
        most=MOST_CHARACTERS,
        lines=True,
        label=_("Your reply"),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write something first.")},
    )

    def __init__(self, data: Any = None, *, begun: Any = None) -> None:
        super().__init__(data, initial={"text": (begun or {}).get("text", "")})
        self.key = _key((data or begun or {}).get("key", "")) or new_key()

    def refuse(self, decision: Decision) -> None:
        """Put the reasons beside the text. One whose key is taken can be sent again under a new one."""
        for reason in decision:
            self.add_error("text", sentence(reason, "UTC"))
            if reason.code == "message.key-taken":
                self.key = new_key()


class ReasonForm(forms.Form):
    """Why a request is closed or reopened, for everybody who sees it."""

    reason = CleanText(
        most=MOST_REASON,
        lines=True,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why, in a few words.")},
    )

    def __init__(self, data: Any = None, *, label: Any = "", help_text: Any = "") -> None:
        super().__init__(data)
        self.fields["reason"].label = label
        self.fields["reason"].help_text = help_text


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
