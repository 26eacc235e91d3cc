"""What the pages about rights share: their tabs, and rights in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.queries.rights import DelegationLine
from pactdesk.delegation.rules import PURPOSES, Purpose, Terms
from pactdesk.delegation.wording import PURPOSE_NAMES
from pactdesk.kernel.moments import day_in_words
from pactdesk.pages.requests import PageRequest
from pactdesk.portal.plans import language

# So long before its end a right stands out in lists, and letters tell of it.
SOON: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages about rights that are the reader's."""

    code: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked before something that cannot be undone. `do` is what the button sends."""

    title: str
    lead: str
    sentences: tuple[str, ...]
    button: str
    back_url: str
    back_label: str
    do: str = "yes"
    hidden: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = field(default=())


def tabs_of(viewer: Viewer) -> tuple[Tab, ...]:
    """The pages about rights on which this reader has something."""
    is_partner = viewer.organization_kind == "partner"
    found = []
    if viewer.administers:
        found.append(Tab("given", _("Rights given"), reverse("portal:rights")))
    if is_partner and viewer.roles:
        found.append(Tab("held", _("Rights held"), reverse("portal:rights-held")))
    if is_partner and viewer.administers:
        found.append(Tab("asked", _("Asked for"), reverse("portal:rights-asked")))
    if viewer.administers:
        found.append(Tab("colleagues", _("Roles"), reverse("portal:colleagues")))
        found.append(Tab("subscriptions", _("Subscriptions"), reverse("portal:subscriptions")))
    if viewer.roles:
        found.append(Tab("groups", _("Support groups"), reverse("portal:groups")))
    return tuple(found)


def ask(request: PageRequest, question: Question, *, status: int = 200) -> HttpResponse:
    """One question, one button."""
    return render(request, "portal/rights/confirm.html", {"question": question}, status=status)


def purposes_in_words(terms: Terms) -> tuple[str, ...]:
    """What is granted, one phrase for each purpose."""
    return tuple(_purpose(each, terms.most_units) for each in PURPOSES if each in terms.purposes)


def _purpose(purpose: Purpose, most_units: int) -> str:
    if purpose != "spend":
        return str(PURPOSE_NAMES[purpose])
    return ngettext(
        "Spend up to %(count)s incident of the customer",
        "Spend up to %(count)s incidents of the customer",
        most_units,
    ) % {"count": most_units}


def listed(phrases: Iterable[str]) -> str:
    """Phrases beside each other, as in a cell of a table."""
    return " · ".join(phrases)


def last_day(ends_at: datetime, viewer: Viewer) -> str:
    """The last day on which something holds, as the reader's calendar shows it."""
    return day_in_words(ends_at - timedelta(seconds=1), viewer.time_zone or "UTC", language())


def day(at: datetime, viewer: Viewer) -> str:
    """A day as the reader's calendar shows it."""
    return day_in_words(at, viewer.time_zone or "UTC", language())


def state_of(line: DelegationLine, viewer: Viewer, *, at: datetime) -> tuple[str, str]:
    """How a right stands, and the kind of its chip."""
    if line.revoked_at is not None:
        return _("Taken back on %(day)s") % {"day": day(line.revoked_at, viewer)}, "pause"
    until = {"day": last_day(line.ends_at, viewer)}
    if line.state == "ended":
        return _("Ended on %(day)s") % until, "pause"
    if line.ends_at - at <= SOON:
        return _("Ends soon: %(day)s") % until, "warn"
    return _("Until %(day)s") % until, "ok"


def spent(line: DelegationLine) -> str:
    """How much of what may be spent is; "" where nothing may be."""
    if not line.most_units:
        return ""
    return _("%(spent)s of %(most)s") % {"spent": line.units_spent, "most": line.most_units}
