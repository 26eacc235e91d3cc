"""What several forms have in common: saying why nothing was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from django import forms

from pactdesk.kernel.decisions import Reason
from pactdesk.notifications.wording import sentence


class RefusableForm(forms.Form):
    """A form that says why nothing was done: at the field of a reason, or above the form."""

    places: ClassVar[Mapping[str, str]] = {}

    def refuse(self, reasons: Iterable[Reason], *, zone: str = "UTC") -> None:
        """Show the `reasons`. Days in them are those of `zone` (an IANA name)."""
        for reason in reasons:
            field = self.place_of(reason)
            self.add_error(field if field in self.fields else None, sentence(reason, zone))

    def place_of(self, reason: Reason) -> str | None:
        """The field that `reason` is about; None: the whole form."""
        return self.places.get(reason.code)
