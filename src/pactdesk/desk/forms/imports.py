"""What is chosen when agreements are imported: a file, what it looks like, and how it is to be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.rules import known_time_zones
from pactdesk.imports.rules import DATE_ORDERS, ENCODINGS, GLPI, PACTDESK, VTIGER
from pactdesk.kernel.decisions import Reason
from pactdesk.pages.forms import RefusableForm

FORMS_IN_WORDS: Final[Mapping[str, Any]] = {
    PACTDESK: _("A table with pairs of IDs"),
    GLPI: _("Credit vouchers of GLPI"),
    VTIGER: _("Service contracts of vtiger"),
}
_ORDERS: Final = ("", *DATE_ORDERS)
_ORDERS_IN_WORDS: Final[Mapping[str, Any]] = {
    "": _("Refuse days that can be read in two ways"),
    "day-first": _("Read 11/10/2026 as 11 October"),
    "month-first": _("Read 11/10/2026 as 10 November"),
}


class BringForm(RefusableForm):
    """A file, and what it looks like."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("A table of text, such as CSV. It is looked at first; nothing is imported yet."),
        error_messages={"required": _("Choose a file."), "missing": _("Choose a file.")},
        allow_empty_file=True,
    )
    form = forms.ChoiceField(
        label=_("What it looks like"), choices=list(FORMS_IN_WORDS.items()), widget=forms.RadioSelect
    )

    def place_of(self, reason: Reason) -> str | None:
        """Whatever is wrong is wrong with the file."""
        return "file"


class ReadingForm(RefusableForm):
    """How a file is to be read; for each of the `kinds` of another system, which programme stands for it."""

    places: ClassVar[Mapping[str, str]] = {"import.encoding-differs": "encoding"}
    dates = forms.ChoiceField(
        label=_("Days"), required=False, choices=[(each, _ORDERS_IN_WORDS[each]) for each in _ORDERS]
    )
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[("", _("Find it out")), *((each, each) for each in ENCODINGS)],
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("In it the days of rows are counted that name no zone."),
        choices=lambda: [(name, name) for name in sorted(known_time_zones())],
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        kinds: Iterable[str],
        programmes: Iterable[tuple[str, str]],
        mapped: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self._kinds = {f"kind_{place}": kind for place, kind in enumerate(kinds)}
        choices = [("", _("Choose a programme")), *programmes]
        fields = {
            name: forms.ChoiceField(
                label=_("Programme for “%(kind)s”") % {"kind": kind},
                required=False,
                choices=choices,
                initial=mapped.get(kind, ""),
            )
            for name, kind in self._kinds.items()
        }
        self.fields = {**fields, **self.fields}

    def mapping(self) -> dict[str, str]:
        """Which programme stands for which type. Only after `is_valid`."""
        return {kind: code for name, kind in self._kinds.items() if (code := self.cleaned_data[name])}
