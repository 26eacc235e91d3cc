"""The form of a saved reply: a name, whose it is, and a text for each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.queries.saved_replies import SavedLine
from pactdesk.cases.rules.messages import MOST_CHARACTERS
from pactdesk.cases.rules.saved_replies import MOST_NAME
from pactdesk.desk.forms.work import WorkForm
from pactdesk.pages.context import OWN_NAMES
from pactdesk.pages.fields import CleanText


class SavedReplyForm(WorkForm):
    """A saved reply; only English has to be written. `teams` are those of the engineer."""

    name = CleanText(most=MOST_NAME, label=_("Name"), error_messages={"required": _("Enter a name.")})
    team = forms.TypedChoiceField(
        label=_("For"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Everybody at the desk"))],
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        teams: Mapping[int, str],
        line: SavedLine | None = None,
    ) -> None:
        initial: dict[str, Any] = {}
        if line is not None:
            initial = {"name": line.name, "team": line.team_id or ""}
            initial |= {f"text_{code}": text for code, text in line.texts.items()}
        super().__init__(data, initial=initial)
        self.fields["team"].choices = [("", _("Everybody at the desk")), *teams.items()]  # type: ignore[attr-defined]
        for code, language in OWN_NAMES:
            self.fields[f"text_{code}"] = CleanText(
                most=MOST_CHARACTERS,
                lines=True,
                required=code == "en",
                label=language,
                widget=forms.Textarea(attrs={"rows": 5, "lang": code}),
                error_messages={
                    "required": _("Write the text in English: it is used where a language is missing.")
                },
            )

    def texts(self) -> dict[str, str]:
        """What was written, by language. Only after `is_valid`."""
        return {code: self.cleaned_data[f"text_{code}"] for code, _name in OWN_NAMES}
