"""Corrections of agreements in words, and how an agreement stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pactdesk.agreements.amounts import units_left, whole_amount
from pactdesk.agreements.queries import Balance
from pactdesk.agreements.queries.centre import Asked
from pactdesk.agreements.services.alone import most_units_alone
from pactdesk.desk.words import Words, language
from pactdesk.kernel.moments import day_in_words

KINDS: Final[Mapping[str, Words]] = {
    "add": gettext_lazy("Add units"),
    "adjust": gettext_lazy("Adjust the balance"),
    "extend": gettext_lazy("Extend the benefits"),
}
OUTCOMES: Final[Mapping[str, Words]] = {
    "": gettext_lazy("Waiting for a second person"),
    "done": gettext_lazy("Done"),
    "refused": gettext_lazy("Refused"),
    "withdrawn": gettext_lazy("Withdrawn"),
}


def stands(balance: Balance) -> str:
    """What is left on it, in words."""
    return units_left(
        balance.unit,
        balance.units_left,
        balance.units_granted,
        counted=balance.counted,
        overdraft=balance.overdraft,
    )


def how_much_alone() -> str:
    """How much the reader does without a second person."""
    most = most_units_alone()
    return ngettext(
        "Alone you move %(count)s incident or hour within a day, all agreements taken together. More waits for a "
        "second person.",
        "Alone you move %(count)s incidents or hours within a day, all agreements taken together. More waits for a "
        "second person.",
        most,
    ) % {"count": most}


def asked_in_words(asked: Asked) -> str:
    """What a correction is about: "Adjust the balance: +6 incidents"."""
    if asked.last_day is not None:
        day = day_in_words(asked.last_day, asked.time_zone, language())
        return _("Extend the benefits until %(day)s") % {"day": day}
    units = asked.units or 0
    told = {"amount": whole_amount(asked.unit, abs(units))}
    if asked.kind == "add":
        return _("Add %(amount)s") % told
    return (_("Adjust by +%(amount)s") if units > 0 else _("Adjust by −%(amount)s")) % told
