"""What engineers write in a request: to everybody, or to the desk alone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.rules.messages import MOST_CHARACTERS
from pactdesk.kernel.decisions import Decision
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.wording import sentence
from pactdesk.pages.fields import CleanText


class SaidForm(forms.Form):
    """One text with a key, so that sending twice says it once. A form that lost its key gets a new one.

    With `begun` it is only shown again with what was typed, since something else was asked for.
    """

    text = CleanText(
        most=MOST_CHARACTERS, lines=True, error_messages={"required": _("Write something first.")}
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        prefix_id: str,
        text: str = "",
        begun: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, auto_id=f"{prefix_id}-%s", initial={"text": (begun or {}).get("text", text)})
        self.key = _key((data or begun or {}).get("key", "")) or new_key()

    def refuse(self, decision: Decision) -> None:
        """Put the reasons beside the text. One whose key is taken can be sent again under a new one."""
        for reason in decision:
            self.add_error("text", sentence(reason, "UTC"))
            if reason.code == "message.key-taken":
                self.key = new_key()


class AnswerForm(SaidForm):
    """A public reply."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        text: str = "",
        begun: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix_id="reply", text=text, begun=begun)
        self.fields["text"].label = _("Reply to everybody")
        self.fields["text"].widget = forms.Textarea(attrs={"rows": 7, "data-send": "reply"})


class NoteForm(SaidForm):
    """A note that only the desk reads."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, begun: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, prefix_id="note", begun=begun)
        self.fields["text"].label = _("Internal note")
        self.fields["text"].widget = forms.Textarea(attrs={"rows": 5, "data-send": "note"})


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
