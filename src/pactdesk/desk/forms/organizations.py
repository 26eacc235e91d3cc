"""What the service centre changes on an organization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from pactdesk.pages.fields import CleanEmail
from pactdesk.pages.forms import RefusableForm


class ContactForm(RefusableForm):
    """The primary programme contact of an organization or of a location."""

    places: ClassVar[Mapping[str, str]] = {"organization.contact-elsewhere": "contact"}
    contact = CleanEmail(
        label=_("Primary programme contact"),
        required=False,
        help_text=_("The address of an account of the organization. Empty: nobody."),
    )
