"""Sentences and ways out for the reason codes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "severity.not-in-plan": _("The plan you chose does not offer severity %(severity)s."),
    "severity.around-the-clock-not-critical": _(
        "Severity %(severity)s is not offered around the clock. Only severity %(critical)s is."
    ),
    "severity.not-around-the-clock": _(
        "This request is kept in business hours, so nobody has to be reachable day and night."
    ),
    "severity.nowhere-to-lower": _("Its plan does not say to which severity this request falls."),
    "severity.too-few-attempts": _(
        "Call the contact first: after %(attempts)s attempts, %(minutes)s minutes apart, the request can be lowered. "
        "Attempts so far: %(made)s."
    ),
    "severity.attempts-too-close": _(
        "The attempts lie too close together. Between %(attempts)s of them there have to be %(minutes)s minutes each."
    ),
    "severity.reached-meanwhile": _("Somebody was reached, so the request stays as severe as it is."),
}

# What somebody can do about it: the code of an action that the screens know.
REMEDIES = {
    "severity.not-in-plan": "choose-another-severity",
    "severity.around-the-clock-not-critical": "choose-another-severity",
    # What is missing stands in the sentence, and where it is done on the same page.
    "severity.not-around-the-clock": "choose-again",
    "severity.nowhere-to-lower": "choose-again",
    "severity.too-few-attempts": "choose-again",
    "severity.attempts-too-close": "choose-again",
    "severity.reached-meanwhile": "choose-again",
}
