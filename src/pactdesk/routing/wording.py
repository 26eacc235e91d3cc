"""Sentences for the reason codes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "engineer.backup-not-in-team": _("Only somebody else of the same team can stand in."),
    "engineer.away-backwards": _("The absence has to end after it begins."),
    "engineer.away-without-begin": _("Say from when, too."),
    "engineer.shift-unreadable": _(
        "Enter each shift from when until when. One that ends before it begins ends on the next day."
    ),
    "engineer.no-shift": _("Enter the hours of at least one day."),
}
