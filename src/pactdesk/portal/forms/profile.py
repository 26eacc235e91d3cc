"""What people may say about themselves (IDN-1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.rules import parse_phone
from pactdesk.accounts.services import ProfileDetails
from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.decisions import Reason
from pactdesk.pages.context import OWN_NAMES
from pactdesk.pages.fields import CleanEmail, CleanText, LongSelect, country_choices, time_zone_choices
from pactdesk.pages.reasons import worded


def _explained() -> forms.TextInput:
    # One sentence stands above both names (`profile.html`).
    return forms.TextInput(attrs={"aria-describedby": "names-help"})


class ProfileForm(forms.Form):
    """The profile. Names are shown and cannot be edited: what a browser sends for them is not read."""

    first_name = forms.CharField(label=_("First name"), disabled=True, required=False, widget=_explained())
    last_name = forms.CharField(label=_("Last name"), disabled=True, required=False, widget=_explained())
    contact_email = CleanEmail(
        max_length=254,
        label=_("Contact e-mail"),
        help_text=_(
            "We write to this address about your requests. You can name another one for each request."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter the e-mail address at which we reach you.")},
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=country_choices,
        help_text=_("Together with the time zone it decides which team answers you."),
        widget=LongSelect(attrs={"autocomplete": "country"}),
        error_messages={"required": _("Choose the country in which you work.")},
    )
    phone = CleanText(
        most=40,
        label=_("Phone"),
        help_text=_("With the country code, for example +30 210 123 4567."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"required": _("Enter the phone number at which we reach you.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        help_text=_("Times on these pages and in e-mails are shown in this zone."),
        widget=LongSelect(attrs={"data-time-zone-guess": True}),
        error_messages={"required": _("Choose your time zone.")},
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=OWN_NAMES,
        help_text=_("Pages, e-mails and calls are in this language where we can."),
    )

    single_keys = forms.BooleanField(
        required=False,
        label=_("Letters alone act at the desk"),
        help_text=_("Such as “j” for the next request. Switch it off if you speak to your computer."),
    )

    def __init__(self, *args: Any, at_desk: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not at_desk:
            del self.fields["single_keys"]

    @classmethod
    def of(cls, viewer: Viewer, data: Any = None) -> ProfileForm:
        """The form as it stands for `viewer`; `data` is what the browser sent."""
        return cls(
            data,
            at_desk=viewer.works_at_desk,
            initial={
                "single_keys": viewer.single_keys,
                "first_name": viewer.first_name,
                "last_name": viewer.last_name,
                "contact_email": viewer.contact_email,
                "country": viewer.country,
                "phone": viewer.phone,
                "time_zone": viewer.time_zone,
                "language": viewer.language or get_language(),
            },
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if phone := cleaned.get("phone"):
            number = parse_phone(phone, cleaned.get("country", ""))
            if isinstance(number, Reason):
                self.add_error("phone", worded(number, zone=cleaned.get("time_zone", "")).sentence)
            else:
                cleaned["phone"] = number
        return cleaned

    def details(self) -> ProfileDetails:
        """What to store. Only after `is_valid`."""
        return ProfileDetails(
            single_keys=self.cleaned_data.get("single_keys", self.initial.get("single_keys", True)),
            **{
                name: self.cleaned_data[name]
                for name in ("contact_email", "phone", "country", "time_zone", "language")
            },
        )
