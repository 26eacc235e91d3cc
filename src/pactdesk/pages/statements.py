"""Lines of a ledger in words, as holders of an agreement and the service centre read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import ledger
from pactdesk.agreements.amounts import count, in_time
from pactdesk.agreements.queries.statements import StatementLine
from pactdesk.agreements.rules import ADVISORY_HOUR
from pactdesk.cases.queries.advice import TimeLine
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.kernel.moments import clock_time, day_in_words, short_day

_MINUS: Final = "−"

_EXPLANATIONS: dict[str, str | Promise] = {
    "grant": gettext_lazy("Granted with the programme"),
    "deduct": gettext_lazy("Request %(request)s"),
    "credit": gettext_lazy("Given back for request %(request)s"),
    "adjust": gettext_lazy("Corrected: %(note)s"),
    "expire": gettext_lazy("Left over when the benefits ended"),
}
# Of advice, by kind and note.
_OF_ADVICE: dict[tuple[str, str], str | Promise] = {
    ("deduct", ""): gettext_lazy("Set aside for request %(request)s"),
    ("deduct", "time"): gettext_lazy("Time of a consultant for request %(request)s"),
    ("deduct", "time-corrected"): gettext_lazy("Time corrected for request %(request)s"),
    ("credit", "time-corrected"): gettext_lazy("Time corrected for request %(request)s"),
    ("credit", "unused"): gettext_lazy("Not used for request %(request)s"),
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
    """A line of the statement. `units` is written with its sign. `times` is what consultants wrote on its request,
    for whoever sees that."""

    iso: str
    when: str
    what: str
    who: str
    units: str
    gain: bool
    balance: str
    times: tuple[str, ...] = ()


def statement_row(
    line: StatementLine, unit: str, viewer: Viewer, told: Mapping[int, Sequence[TimeLine]] | None = None
) -> StatementRow:
    """A line for a table; its head says in which zone the moments are. `unit` is what the agreement counts, `told` what
    consultants wrote, by request."""
    zone, words = viewer.time_zone or "UTC", get_language() or "en"
    return StatementRow(
        iso=line.at.isoformat(),
        when=f"{short_day(line.at, zone, words)}, {clock_time(line.at, zone, words)}",
        what=what(line, unit),
        who=who(line),
        units=f"+{count(unit, line.units)}" if line.units > 0 else f"{_MINUS}{count(unit, -line.units)}",
        gain=line.units > 0,
        balance=count(unit, line.balance_after),
        times=_times(line, told or {}),
    )


def _times(line: StatementLine, told: Mapping[int, Sequence[TimeLine]]) -> tuple[str, ...]:
    """What was written on the request for which something was set aside: said once, where that begins."""
    if line.kind != "deduct" or line.note or line.case_number is None:
        return ()
    return tuple(
        _("%(day)s, %(who)s, %(time)s: %(note)s")
        % {
            "day": day_in_words(each.day, "UTC", get_language() or "en"),
            "who": each.consultant,
            "time": in_time(each.minutes),
            "note": each.note,
        }
        for each in told.get(line.case_number, ())
    )


def what(line: StatementLine, unit: str) -> str:
    """Why the balance moved, as a phrase. `unit` is what the agreement counts."""
    if unit == ADVISORY_HOUR and (line.kind, line.note) in _OF_ADVICE:
        return str(_OF_ADVICE[line.kind, line.note]) % {"request": shown_number(line.case_number or 0)}
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
