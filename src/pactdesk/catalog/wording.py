"""Sentences and ways out for the reason codes of this room.

Parameters that hold a mapping of language to text are to be put into the reader's language first
(`kernel.worded.text_in`).
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "channel.other-front-door": _(
        "Requests about %(product)s are made at another front door: %(front_door)s. %(why)s"
    ),
    "channel.needs-work-account": _(
        "%(channel)s knows its people by their work accounts. Sign in with a work account to make a request there."
    ),
    "channel.needs-partner": _(
        "%(channel)s is for partner organizations. Sign in with a work account of one to make a request there."
    ),
    "product.retired": _("%(product)s can no longer be chosen for a new request."),
    "product.version-retired": _("%(version)s can no longer be chosen for a new request."),
}

# What somebody can do about it: the code of an action that the screens know.
REMEDIES = {
    "channel.other-front-door": "go-to-front-door",
    "channel.needs-work-account": "sign-in-with-work-account",
    "channel.needs-partner": "sign-in-with-work-account",
    "product.retired": "choose-another-product",
    "product.version-retired": "choose-another-product",
}
