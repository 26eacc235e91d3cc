"""Sentences that only programs are told: what is wrong with what they sent, and the names of problems."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "input.missing": _("This is missing."),
    "input.unknown": _("There is nothing of this name here."),
    "input.not-text": _("This has to be text."),
    "input.not-a-number": _("This has to be a whole number."),
    "input.not-yes-or-no": _("This has to be true or false."),
    "input.not-a-list": _("This has to be a list."),
    "input.not-an-object": _("This has to be an object."),
    "input.not-a-choice": _("This has to be one of: %(choices)s."),
    "input.not-a-moment": _("This has to be a date and time with its offset, as in 2026-11-20T13:02:00Z."),
    "input.too-short": _("This needs at least %(least)s characters."),
    "input.too-many": _("No more than %(most)s are allowed here."),
    "input.malformed": _("This is not written as it should be."),
    "input.cursor-unknown": _("This cursor was not given out for this list."),
}

# The kind of a problem: the last word of its `type`. Its title, and what is said where no reason says more.
TITLES = {
    "malformed": _("The request cannot be read"),
    "key-missing": _("The Idempotency-Key is missing"),
    "unauthorized": _("No valid token"),
    "scope": _("The token does not allow this"),
    "forbidden": _("This is not allowed"),
    "not-found": _("There is no such thing"),
    "method": _("This method is not offered here"),
    "conflict": _("The state of things does not allow this"),
    "key-in-use": _("The first request with this key is still being worked on"),
    "too-large": _("The request is too large"),
    "media-type": _("The content is of another type than is read here"),
    "invalid": _("The content is not valid"),
    "refused": _("This cannot be done"),
    "key-reused": _("The key was used for something else"),
    "too-many": _("Too many requests"),
    "fault": _("Something went wrong on our side"),
    "away": _("The service is away for a moment"),
    "full": _("There is no room left"),
}
DETAILS = {
    "malformed": _("The body has to be one JSON document in UTF-8, in which no name stands twice."),
    "key-missing": _(
        "Send an Idempotency-Key that you choose, such as a UUID, in quotation marks. Repeating the request with the "
        "same key does nothing twice."
    ),
    "unauthorized": _(
        "Send a token as “Authorization: Bearer …”. Tokens are made in the portal; they end, and can be revoked."
    ),
    "scope": _("The token was made without the scope %(scope)s."),
    "forbidden": _("This account may not do that."),
    "not-found": _("Nothing is found at this address, or it is not for this account to see."),
    "method": _("The header Allow names the methods that are."),
    "conflict": _("Look at it again, then decide anew."),
    "key-in-use": _("Ask again in a moment, with the same key."),
    "too-large": _("No more than %(most)s bytes are read here."),
    "media-type": _("Send it as %(type)s."),
    "invalid": _("See the reasons."),
    "refused": _("See the reasons."),
    "key-reused": _(
        "This Idempotency-Key came with other content before. Choose a new key for each new request."
    ),
    "too-many": _("Wait for as many seconds as the header Retry-After says."),
    "fault": _("It was noted. What you sent may or may not have been done: repeat it with the same key."),
    "full": _("Try again later."),
    "away": _(
        "Ask again in a moment. What you sent may or may not have been done: repeat it with the same key."
    ),
}
