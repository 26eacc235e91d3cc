"""The pair of an agreement at the service centre: sent once more, or replaced. It is shown nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.agreements.queries.recipients import Candidate, Recipients, recipients
from pactdesk.agreements.services import CannotReplacePair, mailing
from pactdesk.agreements.services.looking_after import replace_pair_for
from pactdesk.agreements.services.mailing import CannotMailPair
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.pairs import ReplaceForm, SendForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.views.agreements import HERE
from pactdesk.desk.views.correcting import QuestionPage
from pactdesk.desk.words import language
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.notifications.wording import sentence
from pactdesk.pages.links import number_in
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.searching import words_in


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody who may be mailed the pair, as `radio_cards` draw it."""

    value: int
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody who may not, and why."""

    name: str
    about: str
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SendPage:
    """To whom the pair of an agreement may be sent."""

    label: str
    back_url: str
    contact_url: str
    allowed: tuple[Card, ...]
    others: tuple[Other, ...]
    words: str
    is_searched: bool
    more: bool
    policy: str
    suspended: bool


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: PageRequest, agreement_id: int) -> HttpResponse:
    """Mail the pair once more to somebody who may have it."""
    chosen = request.POST.get("to", "") if request.method == "POST" else request.GET.get("to", "")
    words = words_in(request.GET)
    to = number_in(chosen, digits=15)
    found = recipients(request.viewer, agreement_id, words=words, also=to)
    first = found.contact.account_id if found.contact else None
    form = SendForm(request.POST if request.method == "POST" else None, initial={"to": to or first})
    if form.is_bound and form.is_valid():
        try:
            mailing.send_pair(agreement_id, form.cleaned_data["to"], actor=request.viewer, at=request.at)
        except CannotMailPair as refused:
            form.refuse(refused.decision)
        else:
            name = next((each.name for each in found.people if each.account_id == to), "")
            told = _("A letter with the IDs goes to %(name)s. Below stands what becomes of it.")
            messages.success(request, told % {"name": name})
            return redirect("desk:agreement", agreement_id)
    page = _send_page(found, words)
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/agreement_send.html", page, here=HERE, status=status, form=form)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: PageRequest, agreement_id: int) -> HttpResponse:
    """Replace the pair, after a question and with a reason; the new one is mailed."""
    found = recipients(request.viewer, agreement_id)
    form = ReplaceForm(request.POST if request.method == "POST" else None, access_id=found.named.access_id)
    if form.is_bound and form.is_valid():
        try:
            decision = replace_pair_for(
                agreement_id,
                access_id=form.cleaned_data["access_id"],
                reason=form.cleaned_data["reason"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotReplacePair as refused:
            form.refuse(refused.decision)
        else:
            if decision.allowed:
                messages.success(request, _("The pair is replaced, and the new one is mailed."))
            else:
                messages.warning(request, _not_mailed(decision))
            return redirect("desk:agreement", agreement_id)
    page = QuestionPage(
        title=_("Replace the pair of IDs?"),
        label=found.named.shown(language()),
        back_url=reverse("desk:agreement", args=[agreement_id]),
        lines=_what_follows(found),
        button=_("Replace the pair"),
        is_final=True,
        can_be_done=found.contact is not None,
        refusals=() if found.contact else (sentence(Reason("agreement.nobody-to-mail"), "UTC"),),
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/agreement_question.html", page, here=HERE, status=status, form=form)


def _not_mailed(decision: Decision) -> str:
    """That the pair is replaced, why nobody is mailed the new one, and what helps."""
    if "pair-mail.withdrawn" in decision.codes:
        return _(
            "The pair is replaced. Nobody is mailed the new one, because the access of the contact was withdrawn. Once "
            "the owner has given that back, or another contact is named, send the IDs."
        )
    return _("The pair is replaced. Nobody is mailed the new one before the suspension has ended.")


def _what_follows(found: Recipients) -> tuple[str, ...]:
    lines = [
        _("The old pair is not recognised any more. This cannot be undone."),
        _(
            "Accounts that have added the agreement keep it, under its new Access ID and with the same balance. To "
            "shut one of them out, withdraw its access."
        ),
    ]
    if found.contact is not None and found.suspended:
        lines.append(
            _("It is suspended, so the new pair is mailed to nobody. Send it when the suspension has ended.")
        )
    elif found.contact is not None and not found.contact.decision.allowed:
        lines.append(
            _(
                "Access of %(name)s, to whom the benefits are addressed, was withdrawn, so the new pair is mailed to "
                "nobody. Once the owner has given that back, or another contact is named, send it."
            )
            % {"name": found.contact.name}
        )
    elif found.contact is not None:
        told = {"name": found.contact.name, "address": found.contact.email}
        lines.append(_("The new pair is mailed to %(name)s (%(address)s), and shown nowhere.") % told)
    return tuple(lines)


def _send_page(found: Recipients, words: str) -> SendPage:
    contact_url = reverse("desk:organization", args=[found.organization_id]) if found.organization_id else ""
    if found.organization_id is None:
        policy = _("It is no organization's. Its IDs are sent to its owner alone.")
    elif found.any_contact:
        policy = _(
            "In this region, the IDs may be sent to any contact of the partner in the country of the benefits."
        )
    else:
        policy = _("In this region, the IDs may be sent to the primary programme contact only.")
    return SendPage(
        label=found.named.shown(language()),
        back_url=reverse("desk:agreement", args=[found.agreement_id]),
        contact_url=contact_url if found.contact is None else "",
        allowed=tuple(
            Card(each.account_id, each.name or each.email, (_about(each),))
            for each in found.people
            if each.decision.allowed
        ),
        others=tuple(
            Other(
                each.name or each.email,
                _about(each),
                tuple(sentence(reason, "UTC") for reason in each.decision),
            )
            for each in found.people
            if not each.decision.allowed
        ),
        words=words,
        is_searched=bool(words) or found.more,
        more=found.more,
        policy=policy,
        suspended=found.suspended,
    )


def _about(each: Candidate) -> str:
    role = _("Primary programme contact") if each.is_contact else ""
    return " · ".join(filter(None, (each.email, each.place, role)))
