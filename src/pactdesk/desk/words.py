"""The desk's words for what the rooms know by code, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.rules import outcomes
from pactdesk.kernel.moments import place_of
from pactdesk.pages.context import OWN_NAMES

Words = str | Promise

# A status in words, and how its chip is drawn.
STATUSES: Final[Mapping[str, tuple[Words, str]]] = {
    "new": (gettext_lazy("New"), "accent"),
    "assigned": (gettext_lazy("Assigned"), ""),
    "in-progress": (gettext_lazy("In progress"), ""),
    "waiting": (gettext_lazy("Waiting for the requester"), "pause"),
    "resolved": (gettext_lazy("Resolved"), "ok"),
    "closed": (gettext_lazy("Closed"), ""),
}
OUTCOMES: Final[Mapping[str, Words]] = {
    outcomes.DECREMENT: gettext_lazy("Counts"),
    outcomes.NON_DECREMENT: gettext_lazy("Does not count"),
}
CAUSES: Final[Mapping[str, Words]] = {
    outcomes.PRODUCT_FAULT: gettext_lazy("A fault of the product"),
    outcomes.DOCUMENTATION: gettext_lazy("The documentation was wrong or missing"),
    outcomes.DUPLICATE: gettext_lazy("A duplicate of another request"),
    outcomes.OUR_ERROR: gettext_lazy("An error of ours"),
    outcomes.OUT_OF_SCOPE: gettext_lazy("Out of scope when it came in"),
    outcomes.NOT_WORKED_ON: gettext_lazy("Nobody worked on it"),
    outcomes.GOODWILL: gettext_lazy("Goodwill"),
}
ROLES: Final[Mapping[str, Words]] = {
    "primary": gettext_lazy("Primary contact"),
    "additional": gettext_lazy("Additional contact"),
}


def language_name(code: str) -> str:
    """What a language calls itself; the code itself where it is none of ours."""
    return dict(OWN_NAMES).get(code, code)


def zone_name(viewer: Viewer) -> str:
    """The place whose times the viewer reads."""
    return place_of(viewer.time_zone, language())


def language() -> str:
    """The active language."""
    return get_language() or "en"
