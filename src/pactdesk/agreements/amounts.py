"""Amounts of what agreements count, in words, in the active language. This is the only place that turns them into
words: pages, letters and plots ask here."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pactdesk.agreements.rules import ADVISORY_HOUR


def units_left(unit: str, left: int, granted: int, *, counted: bool = True, overdraft: int = 0) -> str:
    """What is left of a plan: "7 of 20 incidents left"; corrections can leave more than was granted. What is not
    counted has no number. Beside it stands what may be drawn in advance, or what was."""
    if not counted:
        return _("Not counted")
    if left < 0:
        return _("%(left)s, drawn in advance: %(drawn)s of %(most)s") % {
            "left": units_left(unit, 0, granted),
            "drawn": -left,
            "most": amount(unit, max(overdraft, -left)),
        }
    if overdraft:
        return _("%(left)s, in advance up to %(more)s") % {
            "left": units_left(unit, left, granted),
            "more": amount(unit, overdraft),
        }
    granted = max(granted, left) if granted else 0
    if unit == ADVISORY_HOUR:
        if granted:
            return ngettext(
                "%(left)s of %(granted)s advisory hour left",
                "%(left)s of %(granted)s advisory hours left",
                granted,
            ) % {"left": left, "granted": granted}
        return ngettext("%(left)s advisory hour left", "%(left)s advisory hours left", left) % {"left": left}
    if granted:
        return ngettext(
            "%(left)s of %(granted)s incident left", "%(left)s of %(granted)s incidents left", granted
        ) % {
            "left": left,
            "granted": granted,
        }
    return ngettext("%(left)s incident left", "%(left)s incidents left", left) % {"left": left}


def amount(unit: str, number: int) -> str:
    """So many units: "20 incidents", "5 advisory hours"."""
    if unit == ADVISORY_HOUR:
        return ngettext("%(number)s advisory hour", "%(number)s advisory hours", number) % {"number": number}
    return ngettext("%(number)s incident", "%(number)s incidents", number) % {"number": number}
