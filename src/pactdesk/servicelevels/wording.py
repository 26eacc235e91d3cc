"""Sentences and ways out for the reason codes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "severity.not-in-plan": _("The plan you chose does not offer severity %(severity)s."),
    "severity.around-the-clock-not-critical": _(
        "Severity %(severity)s is not offered around the clock. Only severity %(critical)s is."
    ),
}

# What somebody can do about it: the code of an action that the screens know.
REMEDIES = {
    "severity.not-in-plan": "choose-another-severity",
    "severity.around-the-clock-not-critical": "choose-another-severity",
}
