"""What goes wrong with a request, in the words of the desk: who was told, and what can be done about it (ESC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.desk import DeskPage
from pactdesk.cases.queries.escalation import Danger, Help, TakenStep, Waiting
from pactdesk.desk.words import Words, language
from pactdesk.kernel.worded import names_in_words
from pactdesk.pages.clocks import brief

_IN_DANGER: Final[Mapping[tuple[str, bool], Words]] = {
    ("initial-response", False): gettext_lazy("The first answer is in danger. Who has to know was told."),
    ("initial-response", True): gettext_lazy("The first answer is late. Who has to know was told."),
    ("update", False): gettext_lazy("News is in danger of coming late. Who has to know was told."),
    ("update", True): gettext_lazy("News is late. Who has to know was told."),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """The box on the page of a request that goes wrong. `lines` are sentences, `reason` what was given last; `waits`:
    somebody has to take it up. `further` are the names of whom the desk can tell, "" where nobody is left."""

    lines: tuple[str, ...]
    reason: str
    waits: bool
    further: str
    further_url: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A request above the queue that waits to be taken up."""

    number: str
    url: str
    summary: str
    severity: str
    line: str
    is_mine: bool


def trouble_of(found: DeskPage, *, viewer: Viewer, at: datetime) -> Trouble:
    """What goes wrong with the request at `at`; without lines: nothing does, as far as anybody was told."""
    help_, is_open = found.help, not found.line.closed_at
    lines = _lines(help_, viewer, at) if help_.waits and is_open else ()
    if found.danger is not None and is_open and not lines:
        lines = (_in_danger(found.danger),)
    return Trouble(
        lines=lines,
        reason=help_.steps[-1].reason if help_.waits and help_.steps else "",
        waits=bool(lines),
        further=names_in_words(help_.above, language()) if is_open else "",
        further_url=reverse("desk:manager", args=[found.line.shown_number]),
    )


def waiting_rows(found: tuple[Waiting, ...], *, viewer: Viewer, at: datetime) -> tuple[WaitingRow, ...]:
    """What waits to be taken up, in words."""
    return tuple(
        WaitingRow(
            number=each.shown_number,
            url=reverse("desk:request", args=[each.shown_number]),
            summary=each.summary,
            severity=each.severity,
            line=told(each.by, each.told, each.at, viewer=viewer, at=at),
            is_mine=each.is_mine,
        )
        for each in found
    )


def told(by: str, names: tuple[str, ...], when: datetime, *, viewer: Viewer, at: datetime) -> str:
    """Who asked, or that time did, and who was told, as a sentence."""
    values = {
        "who": by,
        "names": names_in_words(names, language()) or _("nobody any more"),
        "when": brief(when, viewer, at),
    }
    if by:
        return _("%(who)s asked for help, %(when)s. Told: %(names)s.") % values
    return _("Escalated because of the time that had passed, %(when)s. Told: %(names)s.") % values


def _lines(help_: Help, viewer: Viewer, at: datetime) -> tuple[str, ...]:
    def line(step: TakenStep) -> str:
        return told(step.by, step.told, step.at, viewer=viewer, at=at)

    return tuple(line(step) for step in help_.steps)


def _in_danger(danger: Danger) -> str:
    return str(_IN_DANGER[danger.metric, danger.is_broken])
