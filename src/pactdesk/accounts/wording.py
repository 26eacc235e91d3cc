"""Sentences for the reason codes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "contact.time-zone-unknown": _("Choose a time zone from the list."),
    "contact.phone-needs-country-code": _(
        "Start the number with + and the country code, for example +420 for the Czech Republic."
    ),
    "contact.phone-invalid": _(
        "This is not a phone number we could call. Check the digits and the country code."
    ),
}
