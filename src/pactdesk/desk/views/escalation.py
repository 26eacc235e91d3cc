"""What goes wrong with a request, at the desk: taking it up, telling a manager, and the next free engineer (ESC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from pactdesk.accounts.queries import Colleague
from pactdesk.cases.queries import desk as cases
from pactdesk.cases.queries.assignment import Candidate, Choosing, choosing
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.cases.services import escalation
from pactdesk.cases.services.assignment import hand_on
from pactdesk.cases.services.changing import CannotChange
from pactdesk.cases.services.escalation import CannotEscalate
from pactdesk.desk.beside import Head, head_of
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.work import TellForm, WorkForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.trouble import told
from pactdesk.desk.undoing import remember
from pactdesk.desk.views.work import ask
from pactdesk.desk.words import Words, language
from pactdesk.kernel.worded import names_in_words
from pactdesk.pages.requests import PageRequest, way_back
from pactdesk.routing.rules import PassedOver

_WHY_NOT: Final[Mapping[PassedOver, Words]] = {
    PassedOver.AWAY: gettext_lazy("Away"),
    PassedOver.OFF_SHIFT: gettext_lazy("Off shift now"),
    PassedOver.FULL: gettext_lazy("Has as many requests in hand as can be"),
    PassedOver.LANGUAGE: gettext_lazy("Does not speak the language of the request"),
    PassedOver.SKILL: gettext_lazy("Does not work on this product or kind of question"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An engineer of the team, with what is in hand and why the request does not go there."""

    name: str
    load: str
    why: Words


@dataclass(frozen=True, slots=True)
class NextPage:
    """Who would get a request, and why not the others."""

    head: Head
    title: str
    label: str
    chosen: Row | None
    reach: Colleague | None
    is_call: bool
    others: tuple[Row, ...]


@at_desk
@require_POST
def take_up(request: PageRequest, number: str) -> HttpResponse:
    """Somebody takes care of it, with a name that the contacts read."""
    escalation.take_up(read_number(number), actor=request.viewer, at=request.at)
    shown = shown_number(read_number(number) or 0)
    remember(request, _("You take care of %(number)s. Its contacts are told.") % {"number": shown})
    if target := request.POST.get("next", ""):
        return redirect(way_back(request, target, otherwise="desk:queue"))
    return redirect("desk:request", shown)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def manager(request: PageRequest, number: str) -> HttpResponse:
    """Take it to the manager or, where the manager knows, to the head of support."""
    found = cases.desk_page(request.viewer, read_number(number), at=request.at)
    line = found.line
    form = TellForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            escalation.go_further(
                line.number, reason=form.cleaned_data["reason"], actor=request.viewer, at=request.at
            )
        except CannotEscalate as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            names = names_in_words(found.help.above, language())
            remember(request, _("%(names)s is told by e-mail.") % {"names": names})
            return redirect("desk:request", line.shown_number)
    lines = [
        told(step.by, step.told, step.at, viewer=request.viewer, at=request.at)
        for step in found.help.steps
        if found.help.waits
    ]
    if found.help.above:
        names = names_in_words(found.help.above, language())
        lines.append(_("Now an e-mail goes to %(names)s. The contacts see that, too.") % {"names": names})
    else:
        lines.append(_("Everybody above the engineers knows already, or nobody is named there."))
    title = _("Tell the manager")
    return ask(request, line, form, title, title, lines=lines)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def next_engineer(request: PageRequest, number: str) -> HttpResponse:
    """The next free engineer: who that is and why, who is passed over and why; then give it to them."""
    asked = read_number(number)
    line = cases.desk_line(request.viewer, asked)
    form = WorkForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        form.is_valid()
        try:
            choice = hand_on(asked, seen=form.seen, actor=request.viewer, at=request.at)
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
            line = cases.desk_line(request.viewer, asked)
        else:
            if choice.account_id is not None:
                line = cases.desk_line(request.viewer, asked)
                values = {"number": line.shown_number, "name": line.owner_name}
                remember(request, _("%(number)s belongs to %(name)s now.") % values)
                return redirect("desk:request", line.shown_number)
            form.add_error(None, _("Nobody of the team can take it now."))
    found = choosing(request.viewer, asked, at=request.at)
    is_call = found.is_critical and line.owner_id is not None
    page = NextPage(
        head=head_of(line, viewer=request.viewer, at=request.at),
        title=_("Transfer the call") if is_call else _("The next free engineer"),
        label=_("Transfer the call and the request") if is_call else _("Assign"),
        chosen=_row(found.chosen, _why(found)) if found.chosen else None,
        reach=found.reach,
        is_call=found.is_critical,
        others=tuple(_row(each, _why_not(each)) for each in found.others),
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/next_engineer.html", page, status=status, form=form)


def _row(each: Candidate, why: Words) -> Row:
    load = _("%(count)s of %(most)s in hand") % {"count": each.in_hand, "most": each.capacity}
    return Row(each.name, load, why)


def _why(found: Choosing) -> str:
    if found.speaks:
        return _("On shift, with the skills and the language for it, and with the most room.")
    return _(
        "On shift, with the skills for it, and with the most room. Nobody who is free speaks its language."
    )


def _why_not(each: Candidate) -> Words:
    return _WHY_NOT[each.passed_over] if each.passed_over else _("Could take it, too, but has less room")
