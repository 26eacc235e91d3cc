"""Purchases in words, as their buyers and the service centre read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.money import money_in_words
from pactdesk.purchases.queries import PurchaseLine
from pactdesk.purchases.rules.cards import brand_name
from pactdesk.purchases.rules.payments import Dispute
from pactdesk.purchases.rules.states import State

_STATES: Final[Mapping[State, tuple[str | Promise, str]]] = {
    State.ORDERED: (gettext_lazy("Being paid"), "warn"),
    State.PAYING: (gettext_lazy("Being paid"), "warn"),
    State.PAID: (gettext_lazy("Paid"), "ok"),
    State.GRANTED: (gettext_lazy("Paid"), "ok"),
    State.FAILED: (gettext_lazy("Not paid"), "bad"),
    State.REFUNDING: (gettext_lazy("Being paid back"), "warn"),
    State.REFUNDED: (gettext_lazy("Paid back"), ""),
}


def state_of(line: PurchaseLine) -> tuple[str, str]:
    """How a purchase stands, and how its chip is drawn."""
    if line.dispute is Dispute.OPEN:
        return _("Disputed"), "warn"
    if line.dispute is Dispute.LOST:
        return _("Taken back by the bank"), "bad"
    state, kind = _STATES[line.state]
    return str(state), kind


def price_of(line: PurchaseLine) -> str:
    """What a purchase cost."""
    return money_in_words(line.amount_minor, line.currency, get_language() or "en")


def left_of(line: PurchaseLine) -> str:
    """What can still be used of a purchase, and until when; "" where nothing can be."""
    last_day = line.last_day
    if line.units_left is None or last_day is None or line.state is not State.GRANTED:
        return ""
    return ngettext(
        "%(left)s of %(units)s incident left, until %(day)s",
        "%(left)s of %(units)s incidents left, until %(day)s",
        line.units,
    ) % {
        "left": line.units_left,
        "units": line.units,
        "day": day_in_words(last_day, line.time_zone, get_language() or "en"),
    }


def card_name(brand: str, last_four: str) -> str:
    """ "Visa, ends in 4242"."""
    return _("%(brand)s, ends in %(last_four)s") % {
        "brand": brand_name(brand),
        "last_four": last_four,
    }
