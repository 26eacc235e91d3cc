"""Requests that were selected in the queue, and why one of them stays as it is."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

from pactdesk.cases.queries import queue as cases
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.services.changing import CannotChange
from pactdesk.notifications.wording import sentence
from pactdesk.pages.requests import PageRequest

_PICK: Final = re.compile(r"([0-9]{1,15}):([0-9]{1,9})")
MOST_PICKED: Final = 100


def picked(texts: list[str]) -> dict[int, int]:
    """The selected requests by number, with the revision that the page showed."""
    found = (_PICK.fullmatch(text) for text in texts[:MOST_PICKED])
    return {int(pick[1]): int(pick[2]) for pick in found if pick}


def why_not(request: PageRequest, number: int, error: CannotChange) -> str:
    """Why a request stayed as it was; where somebody was quicker, who owns it now."""
    line = cases.lines_of(request.viewer, [number]).get(number)
    told = {"number": shown_number(number), "name": line.owner_name if line else ""}
    if "case.changed-meanwhile" in error.decision.codes and line is not None:
        if line.owner_id not in {None, request.viewer.account_id}:
            return _("%(number)s was changed meanwhile. It belongs to %(name)s now.") % told
        return _("%(number)s was changed meanwhile. Look at it before you change it.") % told
    reasons = " ".join(sentence(reason, request.viewer.time_zone) for reason in error.decision)
    return f"{told['number']}: {reasons}"


def gone(number: int) -> str:
    """That a request is not at the viewer's desk."""
    return _("%(number)s does not stand with your teams any more.") % {"number": shown_number(number)}
