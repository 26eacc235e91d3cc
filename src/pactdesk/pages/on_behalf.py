"""Acting for a customer in the words of both doors: "X for Y under Z"."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pactdesk.cases.queries.on_behalf import OnBehalf
from pactdesk.kernel.moments import day_in_words

SUBSCRIPTION_ROLES: Final[dict[str, str | Promise]] = {
    "owner": gettext_lazy("Owner"),
    "administrator": gettext_lazy("Administrator"),
    "co-administrator": gettext_lazy("Co-administrator"),
    "contributor": gettext_lazy("Contributor"),
    "reader": gettext_lazy("Reader"),
    "": gettext_lazy("None"),
}


def on_behalf_in_words(told: OnBehalf | None, zone: str, language: str) -> list[tuple[str, str]]:
    """For whom it was made, by whom and under what, as (label, value); empty for what is in one's own name and concerns
    no subscription."""
    if told is None:
        return []
    rows: list[tuple[str, str]] = []
    if told.customer:
        by = told.submitter
        if told.partner:
            by = _("%(name)s, %(organization)s") % {"name": told.submitter, "organization": told.partner}
        rows += [(_("Made for"), told.customer), (_("Made by"), by)]
        if (under := under_of(told, zone, language)) != "":
            rows.append((_("Made under"), under))
    if told.subscription:
        rows.append((_("Subscription"), told.subscription))
    if told.best_effort:
        rows.append((_("Access"), _("Best effort, without access")))
    return rows


def under_of(told: OnBehalf, zone: str, language: str) -> str:
    """The right that a request for a customer rests on, as a phrase."""
    if told.role:
        return _("a role on the subscription: %(role)s") % {"role": SUBSCRIPTION_ROLES[told.role]}
    if told.granted_at is None:
        return ""
    values = {"day": day_in_words(told.granted_at, zone, language), "provider": told.provider}
    if told.provider:
        return _("rights that %(provider)s passed on on %(day)s") % values
    return _("rights that the customer granted on %(day)s") % values
