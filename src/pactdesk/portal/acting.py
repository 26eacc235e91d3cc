"""Acting for customers in words: how a partner stands to a customer, what it may do, under what a request is made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pactdesk.delegation.queries import ActingFor
from pactdesk.delegation.rules import PURPOSES, Door
from pactdesk.kernel.moments import day_in_words
from pactdesk.pages.on_behalf import SUBSCRIPTION_ROLES
from pactdesk.portal.plans import language

TIERS: Final[dict[str, str | Promise]] = {
    "provider": gettext_lazy("Indirect provider"),
    "reseller": gettext_lazy("Indirect reseller"),
    "direct": gettext_lazy("Direct partner"),
    "": gettext_lazy("No relationship"),
}
PURPOSES_IN_WORDS: Final[dict[str, str | Promise]] = {
    "submit": gettext_lazy("submit requests"),
    "read": gettext_lazy("read requests"),
    "manage-contacts": gettext_lazy("manage contacts"),
    "spend": gettext_lazy("spend its incidents"),
}
ROLES: Final[dict[str, str | Promise]] = {
    "global-administrator": gettext_lazy("Global administrator"),
    "helpdesk-administrator": gettext_lazy("Helpdesk administrator"),
}


def purposes_in_words(purposes: Iterable[str]) -> str:
    """ "submit requests, read requests"; a list of names, which reads the same in every language."""
    held = set(purposes)
    return ", ".join(str(PURPOSES_IN_WORDS[each]) for each in PURPOSES if each in held)


def needs_of(door: Door) -> str:
    """What a request for a customer needs at this door."""
    if door.sign_in == "subscription":
        return _(
            "Needs a role on the customer's subscription, or the right to submit and a global administrator of yours."
        )
    if door.asks_subscription:
        return _("Needs the right to submit, or a role on the subscription that it is about.")
    return _("Needs the right to submit, and a global or helpdesk administrator of yours.")


def under_in_words(acting: ActingFor, zone: str) -> str:
    """Under what somebody acts for the customer at this moment, as a sentence; "" where nothing holds."""
    subscription = acting.subscription_name or acting.subscription_number
    if acting.rests_on_role:
        role = SUBSCRIPTION_ROLES[acting.standing.subscription_role]
        return _("Under your role on %(subscription)s: %(role)s.") % {
            "subscription": subscription,
            "role": role,
        }
    if acting.until is not None:
        values = {"day": day_in_words(acting.until, zone, language()), "provider": acting.provider_name}
        if acting.provider_name:
            return _("Under the rights that %(provider)s passed on to you, until %(day)s.") % values
        return _("Under the rights that this customer granted to you, until %(day)s.") % values
    return ""


def until_in_words(until: datetime | None, zone: str) -> str:
    """The day on which rights end; "" where none is in force."""
    return day_in_words(until, zone, language()) if until else ""
