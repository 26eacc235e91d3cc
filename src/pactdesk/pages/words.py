"""Numbers of service levels and plans, countries and levels of the partner network in words, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from pactdesk.cases.rules.reports import Kept
from pactdesk.kernel.worded import text_in
from pactdesk.servicelevels.rules import Target, UpdateCadence

_LEVELS: Final[Mapping[str, Promise]] = {
    "gold": gettext_lazy("Gold"),
    "silver": gettext_lazy("Silver"),
    "action-pack": gettext_lazy("Action pack"),
}


def product_name(product: Mapping[str, str], version: Mapping[str, str], language: str) -> str:
    """Product and version as people say it: "Windows Server 2022". A version's name may repeat the product's."""
    name, of_version = text_in(product, language), text_in(version, language)
    return of_version if of_version.startswith(name) else f"{name} {of_version}"


def duration(minutes: int) -> str:
    """A length of time: "2 hours", "45 minutes"."""
    if minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}


def first_answer(target: Target, *, break_fix: bool) -> str:
    """What a target promises for the first answer, as a sentence."""
    if not break_fix and target.other_within_business_days is not None:
        days = target.other_within_business_days
        return ngettext(
            "First answer within %(count)s business day", "First answer within %(count)s business days", days
        ) % {"count": days}
    if target.around_the_clock:
        return _("First answer within %(duration)s, day and night") % {
            "duration": duration(target.initial_response_minutes)
        }
    return _("First answer within %(duration)s of business time") % {
        "duration": duration(target.initial_response_minutes)
    }


def updates(every: UpdateCadence | None) -> str:
    """How often news is promised, as a sentence; "" where nothing is promised."""
    if every is None:
        return ""
    if every.minutes is not None:
        return _("News from us at least every %(duration)s") % {"duration": duration(every.minutes)}
    days = every.business_days or 0
    return ngettext(
        "News from us at least every business day",
        "News from us at least every %(count)s business days",
        days,
    ) % {"count": days}


def updates_of(data: Mapping[str, int] | None) -> str:
    """Like `updates`, from the terms that were frozen with a request."""
    return updates(UpdateCadence.from_data(data)) if data else ""


def share_in_words(kept: Kept, *, short: bool = False) -> str:
    """ "94 % of 120"; counts alone, "14 of 15", where there are few. `short` leaves the number of all away."""
    if kept.percent is None:
        return _("%(kept)s of %(decided)s") % {"kept": kept.kept, "decided": kept.decided}
    if short:
        return _("%(percent)s %%") % {"percent": kept.percent}
    return _("%(percent)s %% of %(decided)s") % {"percent": kept.percent, "decided": kept.decided}


def country_name(code: str) -> str:
    """What people call a country (ISO 3166) in the active language; the code itself where nobody knows it."""
    territories: Mapping[str, str] = Locale.parse((get_language() or "en").replace("-", "_")).territories
    return territories.get(code, code)


def level_name(level: str) -> str:
    """A level of the partner network: "Gold"."""
    return str(_LEVELS[level])
