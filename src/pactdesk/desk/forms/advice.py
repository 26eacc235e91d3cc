"""What consultants write about the time that they spent on a request."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.rules.advice import MOST_NOTE
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.ids import new_key
from pactdesk.pages.fields import CleanText
from pactdesk.pages.forms import RefusableForm

_PLACES = {
    "advice.minutes-out-of-range": "minutes",
    "advice.too-much-together": "minutes",
    "advice.more-than-left": "minutes",
    "advice.day-out-of-time": "day",
    "message.empty": "note",
    "message.too-long": "note",
    "message.hidden-characters": "note",
}


class TimeForm(RefusableForm):
    """So many minutes of a day, and what they were spent on. `key` makes the same form sent twice one entry."""

    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=0,
        max_value=100_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            _("Enter a whole number of minutes, such as 45."),
        ),
    )
    day = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")},
    )
    note = CleanText(
        most=MOST_NOTE,
        lines=True,
        label=_("What it was spent on"),
        help_text=_("Everybody who sees the request reads it, in the request and in the statement."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say in a few words what it was spent on.")},
    )

    def __init__(self, data: Any = None, *, day: date, initial: Any = None) -> None:
        super().__init__(data, initial={"day": day, **(initial or {})})
        self.fresh = new_key()

    @property
    def key(self) -> uuid.UUID:
        """The key that the page carried; a fresh one where it carried none."""
        try:
            return uuid.UUID(str(self.data.get("key", "")))
        except ValueError:
            return self.fresh

    def place_of(self, reason: Reason) -> str | None:
        return _PLACES.get(reason.code)
