"""Lines of a ledger in words, as holders of an agreement and the service centre read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger
from pactdesk.agreements.queries.statements import StatementLine
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.kernel.moments import clock_time, short_day

_MINUS: Final = "−"

_EXPLANATIONS: dict[str, str | Promise] = {
    "grant": gettext_lazy("Granted with the programme"),
    "deduct": gettext_lazy("Request %(request)s"),
    "credit": gettext_lazy("Given back for request %(request)s"),
    "adjust": gettext_lazy("Corrected: %(note)s"),
    "expire": gettext_lazy("Left over when the benefits ended"),
}
# A transfer by its note and by whether it came in.
_TRANSFERS: dict[tuple[str, bool], str | Promise] = {
    ("set-aside", False): gettext_lazy("Set aside for %(organization)s"),
    ("set-aside", True): gettext_lazy("Set aside by %(organization)s"),
    ("recalled", False): gettext_lazy("Called back by %(organization)s"),
    ("recalled", True): gettext_lazy("Called back from %(organization)s"),
    ("carried-over", False): gettext_lazy("Carried over to the agreement that follows"),
    ("carried-over", True): gettext_lazy("Carried over from the agreement before"),
    ("settled", False): gettext_lazy("Settled: drawn in advance from the agreement before"),
    ("settled", True): gettext_lazy("Settled with the agreement that follows"),
}


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A line of the statement. `units` is written with its sign."""

    iso: str
    when: str
    what: str
    who: str
    units: str
    gain: bool
    balance: int


def statement_row(line: StatementLine, viewer: Viewer) -> StatementRow:
    """A line for a table; its head says in which zone the moments are."""
    zone, words = viewer.time_zone or "UTC", get_language() or "en"
    return StatementRow(
        iso=line.at.isoformat(),
        when=f"{short_day(line.at, zone, words)}, {clock_time(line.at, zone, words)}",
        what=what(line),
        who=who(line),
        units=f"+{line.units}" if line.units > 0 else f"{_MINUS}{-line.units}",
        gain=line.units > 0,
        balance=line.balance_after,
    )


def what(line: StatementLine) -> str:
    """Why the balance moved, as a phrase."""
    if line.kind == "transfer":
        return str(_TRANSFERS[line.note, line.units > 0]) % {"organization": line.other}
    if line.kind == "adjust" and line.note.startswith(ledger.IMPORTED):
        return _("Used before it was imported")
    if line.kind == "grant" and line.note.startswith(ledger.ADDED):
        return _("Added: %(note)s") % {"note": line.note.removeprefix(ledger.ADDED)}
    request = shown_number(line.case_number) if line.case_number is not None else ""
    return str(_EXPLANATIONS[line.kind]) % {"request": request, "note": line.note}


def who(line: StatementLine) -> str:
    """Who moved it."""
    return line.actor or _("Automatic")
