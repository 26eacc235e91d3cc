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
            "drawn": count(unit, -left),
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
            return _("%(left)s of %(granted)s of advice left") % {
                "left": in_time(left),
                "granted": in_time(granted),
            }
        return _("%(left)s of advice left") % {"left": in_time(left)}
    if granted:
        return ngettext(
            "%(left)s of %(granted)s incident left", "%(left)s of %(granted)s incidents left", granted
        ) % {"left": left, "granted": granted}
    return ngettext("%(left)s incident left", "%(left)s incidents left", left) % {"left": left}


def amount(unit: str, number: int) -> str:
    """So many units as the ledger counts them: "20 incidents", "12 h 30 min of advice"."""
    if unit == ADVISORY_HOUR:
        return _("%(time)s of advice") % {"time": in_time(number)}
    return ngettext("%(number)s incident", "%(number)s incidents", number) % {"number": number}


def whole_amount(unit: str, number: int) -> str:
    """So many whole incidents or hours, as people type them, in the words of `amount`."""
    return amount(unit, number * (60 if unit == ADVISORY_HOUR else 1))


def counted_in(unit: str) -> str:
    """What a column of numbers counts, where they stand alone as in a spreadsheet."""
    return _("Minutes of advice") if unit == ADVISORY_HOUR else _("Incidents")


def count(unit: str, number: int) -> str:
    """The number alone, where what is counted is known: "20", "12 h 30 min"."""
    return in_time(number) if unit == ADVISORY_HOUR else str(number)


def in_time(minutes: int) -> str:
    """Minutes as people say them: "12 h 30 min"."""
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else ""
    if not hours:
        return sign + _("%(minutes)s min") % {"minutes": rest}
    if not rest:
        return sign + _("%(hours)s h") % {"hours": hours}
    return sign + _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
