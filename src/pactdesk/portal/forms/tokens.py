"""What a program may do for an account, and for how long. What is allowed is decided by `accounts`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pactdesk.accounts.rules.tokens import LIFETIMES, MOST_NAME
from pactdesk.notifications.wording import SENTENCES
from pactdesk.pages.fields import CleanText
from pactdesk.pages.forms import RefusableForm

# In the order in which they are told.
SCOPES = (
    ("requests:read", _("See your requests, with messages, contacts and files")),
    ("requests:write", _("Make requests, write messages, change contacts, close and reopen")),
    ("agreements:read", _("See your agreements, their statements, and what can pay for what")),
    ("agreements:write", _("Add agreements to your account, set units aside and call them back")),
    ("catalogue:read", _("See products, problems, programmes and severities")),
    ("delegations:read", _("See who may act for whom, as far as it concerns your organization")),
    ("delegations:write", _("Ask for rights, change them and take them back")),
    ("purchases:read", _("See what is sold to you, your purchases and your cards")),
    ("purchases:write", _("Order incidents with cards that you have opened to programs, and cancel orders")),
    ("webhooks:manage", _("Have programs told of what happens")),
)


def _lifetimes() -> list[tuple[str, str]]:
    return [
        (str(days), ngettext("%(count)s day", "%(count)s days", days) % {"count": days}) for days in LIFETIMES
    ]


class ClientForm(RefusableForm):
    """A name and what it is allowed."""

    name = CleanText(
        most=MOST_NAME,
        label=_("Name"),
        help_text=_("By which you will know it again, such as the program that uses it."),
        error_messages={"required": SENTENCES["token.name-missing"]},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may be used for"),
        choices=SCOPES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as it needs. It never has more rights than you have."),
        error_messages={"required": SENTENCES["token.scope-missing"]},
    )


class TokenForm(ClientForm):
    """And for how long."""

    days = forms.TypedChoiceField(
        label=_("How long it can be used"), choices=_lifetimes, coerce=int, initial="90"
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.order_fields(["name", "days", "scopes"])
