"""A contact is not content: asking for a manager, in the steps of ESC-1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pactdesk.accounts.queries import Colleague
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries import requests as cases
from pactdesk.cases.queries.escalation import Help, TakenStep
from pactdesk.cases.rules.escalation import Step
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services.escalation import CannotEscalate, ask_for_manager
from pactdesk.kernel.decisions import Decision
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.worded import names_in_words
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.forms.conversation import ReasonForm
from pactdesk.portal.plans import language


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody of ours as the page names them, with what they are to the request."""

    role: str
    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class HelpBox:
    """Who helps with a request, beside it. `asked` says how far it went, one sentence for each step, `taken_up` by whom
    it was taken up, "" while it was not. `ask_url` is "" where one cannot ask now."""

    people: tuple[Reachable, ...]
    asked: tuple[str, ...]
    taken_up: str
    waits: bool
    ask_url: str
    service_centre: str
    feedback: str


@dataclass(frozen=True, slots=True)
class AskPage:
    """The question before somebody is told."""

    number: str
    summary: str
    back_url: str
    consequences: tuple[tuple[str, str], ...]
    refusals: tuple[WordedReason, ...]
    help: HelpBox


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def manager(request: PageRequest, number: str) -> HttpResponse:
    """Ask for a manager, with a reason. The page says before who is told now and who next."""
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        label=_("What goes wrong?"),
        help_text=_(
            "For example what you wait for, and what it keeps you from. Everybody who sees the request reads it."
        ),
    )
    page = cases.request_page(request.viewer, read_number(number), most=1)
    refused = page.help.decision
    if form.is_bound and form.is_valid() and refused.allowed:
        try:
            step = ask_for_manager(
                read_number(number), reason=form.cleaned_data["reason"], actor=request.viewer, at=request.at
            )
        except CannotEscalate as cannot:
            refused = cannot.decision
        else:
            messages.success(request, _told(step, page.help.next_told))
            return redirect(_url(number))
    context = AskPage(
        number=page.line.shown_number,
        summary=page.line.summary,
        back_url=_url(number),
        consequences=_consequences(page.help) if page.help.decision.allowed else (),
        refusals=_worded(refused, request.viewer, number),
        help=help_box(page.help, number=page.line.shown_number, reader=request.viewer),
    )
    status = 422 if form.is_bound else 200
    return render(request, "portal/requests/manager.html", {"page": context, "form": form}, status=status)


def help_box(found: Help, *, number: str, reader: Viewer) -> HelpBox:
    """Who helps, in words, for whoever reads the request with this number."""
    steps = found.steps
    return HelpBox(
        people=tuple(_people(found)),
        asked=tuple(_asked(step, reader) for step in steps),
        taken_up=_("%(name)s takes care of it.") % {"name": steps[-1].taken_up_by}
        if steps and steps[-1].taken_up_by
        else "",
        waits=found.waits,
        ask_url=reverse("portal:request-manager", args=[number]) if found.decision.allowed else "",
        service_centre=settings.SERVICE_CENTRE_ADDRESS if found.is_billing else "",
        feedback=settings.FEEDBACK_ADDRESS if found.is_billing else "",
    )


def _people(found: Help) -> Iterable[Reachable]:
    for role, person in (
        (_("Your engineer"), found.engineer),
        (_("Stands in"), found.backup),
        (_("Manager"), found.manager),
    ):
        if person is not None:
            yield _reachable(role, person)


def _reachable(role: str, person: Colleague) -> Reachable:
    return Reachable(role, person.name, person.email, person.phone)


def _asked(step: TakenStep, reader: Viewer) -> str:
    values = {
        "when": instant_in_words(step.at, reader.zone.key, language()),
        "who": step.by,
        "names": names_in_words(step.told, language()) or _("nobody any more"),
    }
    count = len(step.told)
    if not step.by:
        said = ngettext(
            "%(when)s: %(names)s was told because of the time that had passed.",
            "%(when)s: %(names)s were told because of the time that had passed.",
            count,
        )
    elif step.by_id == reader.account_id:
        said = ngettext(
            "%(when)s: you asked for help, and %(names)s was told.",
            "%(when)s: you asked for help, and %(names)s were told.",
            count,
        )
    else:
        said = ngettext(
            "%(when)s: %(who)s asked for help, and %(names)s was told.",
            "%(when)s: %(who)s asked for help, and %(names)s were told.",
            count,
        )
    return said % values


def _consequences(found: Help) -> tuple[tuple[str, str], ...]:
    names = names_in_words(found.next_told, language())
    lines = [
        (
            "mail",
            ngettext(
                "%(names)s gets an e-mail with what you write here.",
                "%(names)s get an e-mail with what you write here.",
                len(found.next_told),
            )
            % {"names": names},
        )
    ]
    if found.next_step is Step.ENGINEERS and found.manager is not None:
        told = {"name": found.manager.name}
        lines.append(("clock", _("If nobody takes it up within an hour, it goes to %(name)s.") % told))
    lines.append(("check", _("You see here who takes it up. What was promised stays promised.")))
    return tuple(lines)


def _told(step: Step, names: tuple[str, ...]) -> str:
    said = {"names": names_in_words(names, language())}
    if step is Step.ENGINEERS:
        return (
            ngettext(
                "%(names)s knows. If it is not taken up within an hour, it goes to the manager.",
                "%(names)s know. If it is not taken up within an hour, it goes to the manager.",
                len(names),
            )
            % said
        )
    return _("%(names)s knows, and takes it up.") % said


def _worded(refused: Decision, reader: Viewer, number: str) -> tuple[WordedReason, ...]:
    places = {"reopen": reverse("portal:request-reopen", args=[shown_number(read_number(number) or 0)])}
    return tuple(worded(reason, zone=reader.zone.key, places=places) for reason in refused)


def _url(number: str) -> str:
    return reverse("portal:request", args=[shown_number(read_number(number) or 0)])
