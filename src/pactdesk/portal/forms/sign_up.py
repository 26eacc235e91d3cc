"""What we ask of somebody who signs up, beside address and password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from pactdesk.pages.fields import CleanText


class NameForm(forms.Form):
    """First and last name. They cannot be edited later (IDN-1)."""

    first_name = CleanText(
        most=100, label=_("First name"), widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = CleanText(
        most=100, label=_("Last name"), widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    field_order = ("first_name", "last_name", "email", "password1")

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Called by allauth once the account exists."""
        user.first_name = self.cleaned_data["first_name"]
        user.last_name = self.cleaned_data["last_name"]
        user.save(update_fields=["first_name", "last_name"])
