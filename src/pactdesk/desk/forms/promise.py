"""What engineers write down about the promise of a request: attempts to reach somebody, an earlier start."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.rules.messages import MOST_REASON
from pactdesk.cases.rules.reaching import CHANNELS, LEFT_MESSAGE, MOST_NOTE, NO_ANSWER, REACHED, WRONG_NUMBER
from pactdesk.desk.forms.work import WorkForm
from pactdesk.kernel.ids import new_key
from pactdesk.pages.fields import CleanText, Instant
from pactdesk.pages.happenings import CHANNELS as CHANNELS_IN_WORDS

OUTCOMES_IN_WORDS: Final[Mapping[str, str | Promise]] = {
    NO_ANSWER: _("Nobody answered"),
    LEFT_MESSAGE: _("A message was left"),
    WRONG_NUMBER: _("Nobody can be reached there"),
    REACHED: _("Somebody was reached"),
}


class AttemptForm(WorkForm):
    """An attempt to reach the contact. Sending it again writes it down once."""

    channel = forms.ChoiceField(
        label=_("How"), choices=[(code, CHANNELS_IN_WORDS[code]) for code in CHANNELS]
    )
    made_at = Instant(label=_("When"), error_messages={"required": _("Enter when it was.")})
    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=list(OUTCOMES_IN_WORDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what came of it.")},
    )
    note = CleanText(
        most=MOST_NOTE,
        lines=True,
        required=False,
        label=_("Note"),
        help_text=_("Only the desk reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None, *, zone: ZoneInfo, now: datetime) -> None:
        super().__init__(data, initial={"made_at": now, "channel": CHANNELS[0]})
        field = self.fields["made_at"]
        assert isinstance(field, Instant)
        field.zone = zone

    @property
    def key(self) -> uuid.UUID:
        """The idempotency key that the page carried; a fresh one where it carried none."""
        try:
            return uuid.UUID(str(self.data.get("key", "")))
        except ValueError:
            return new_key()


class StartForm(WorkForm):
    """Where the clock of the first answer is to begin, and why."""

    start = Instant(label=_("The clock begins"), error_messages={"required": _("Enter when it began.")})
    reason = CleanText(
        most=MOST_REASON,
        lines=True,
        label=_("Why?"),
        help_text=_("Everybody who sees the request reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why, in a few words.")},
    )

    def __init__(self, data: Any = None, *, zone: ZoneInfo, begins_at: datetime | None) -> None:
        super().__init__(data, initial={"start": begins_at})
        field = self.fields["start"]
        assert isinstance(field, Instant)
        field.zone = zone

    @property
    def was_shown(self) -> bool:
        """Whether what would happen was shown for exactly this start."""
        return bool(self.data.get("shown") == self.cleaned_data["start"].isoformat())
