"""Sharing a request: its contacts add people, invite those who have no account, and take people off it (REQ-2)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.cases.queries import requests as cases
from pactdesk.cases.queries.sharing import SharedWith, sharing_of
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.services.contacts import CannotChangeContacts, add_contact, remove_contact
from pactdesk.cases.services.invitations import CannotInvite, invite_again
from pactdesk.kernel.decisions import ALLOWED, Decision
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.forms.intake import PersonForm
from pactdesk.portal.standing import ROLES
from pactdesk.portal.views.conversation import Frame, frame_of


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A contact in the list. `url` is where the contact is removed or invited."""

    url: str
    name: str
    email: str
    phone: str
    role: str
    is_viewer: bool
    may_remove: bool
    may_invite: bool


@dataclass(frozen=True, slots=True)
class SharingPage:
    """The contacts of a request. `refusals` say why nobody can be added now."""

    frame: Frame
    url: str
    people: tuple[PersonRow, ...]
    refusals: tuple[WordedReason, ...]


@dataclass(frozen=True, slots=True)
class RemovalPage:
    """The question before somebody is taken off a request. `refusals` say why that cannot be done."""

    number: str
    name: str
    email: str
    is_viewer: bool
    back_url: str
    refusals: tuple[WordedReason, ...]


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def sharing(request: PageRequest, number: str) -> HttpResponse:
    """With whom the request is shared, and the form to add somebody."""
    form = PersonForm(
        request.POST if request.method == "POST" else None, country=request.viewer.country, brief=True
    )
    if form.is_bound and form.is_valid():
        person = form.answer()
        try:
            add_contact(read_number(number), person, actor=request.viewer, at=request.at)
        except CannotChangeContacts as refused:
            for reason in refused.decision:
                form.add_error("email", worded(reason, zone=request.viewer.time_zone).sentence)
        else:
            # In the same words whether or not the address has an account: else anybody could ask that of any address.
            told = _("%(name)s is a contact of this request now. We write to %(address)s how to see it.")
            if sharing_of(request.viewer, read_number(number)).is_test:
                told = _("%(name)s is a contact of this test now. Nobody is written to.")
            messages.success(request, told % {"name": person.name, "address": person.email})
            return redirect(_url(number))
    return _show(request, number, form)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: PageRequest, number: str, contact_id: int) -> HttpResponse:
    """One contact: taken off after a question, or written to again. Each again changes nothing that was done before."""
    shared = sharing_of(request.viewer, read_number(number))
    person = next((person for person in shared.people if person.id == contact_id), None)
    if person is None:
        raise Http404
    if request.method != "POST":
        return _ask(request, number, person, person.may_remove)
    match request.POST.get("do"):
        case "remove":
            return _remove(request, number, person)
        case "invite":
            return _invite(request, number, person)
        case _:
            raise BadRequest("nothing that can be done with a contact")


def _remove(request: PageRequest, number: str, person: SharedWith) -> HttpResponse:
    try:
        remove_contact(read_number(number), person.id, actor=request.viewer, at=request.at)
    except CannotChangeContacts as refused:
        return _ask(request, number, person, refused.decision, status=422)
    if person.is_viewer:
        messages.success(request, _("You no longer see request %(number)s.") % {"number": _number(number)})
        return redirect("portal:request-list")
    messages.success(request, _("%(name)s no longer sees this request.") % {"name": person.name})
    return redirect(_url(number))


def _invite(request: PageRequest, number: str, person: SharedWith) -> HttpResponse:
    told = _("If %(name)s still needs an invitation, it goes to %(address)s, once a day at most.")
    # Whether it was needed, or sent lately, would tell whether the address has an account.
    with suppress(CannotInvite):
        invite_again(read_number(number), person.id, actor=request.viewer, at=request.at)
    messages.success(request, told % {"name": person.name, "address": person.email})
    return redirect(_url(number))


def _show(request: PageRequest, number: str, form: PersonForm) -> HttpResponse:
    frame = frame_of(request, cases.request_page(request.viewer, read_number(number), most=1))
    shared = sharing_of(request.viewer, read_number(number))
    page = SharingPage(
        frame=frame,
        url=_url(number),
        people=tuple(_row(person, number) for person in shared.people),
        refusals=_in_words(request, number, shared.may_add),
    )
    return render(
        request,
        "portal/requests/sharing.html",
        {"page": page, "form": form},
        status=422 if form.is_bound else 200,
    )


def _row(person: SharedWith, number: str) -> PersonRow:
    return PersonRow(
        url=reverse("portal:request-contact", args=[_number(number), person.id]),
        name=person.name,
        email=person.email,
        phone=person.phone,
        role=str(ROLES[person.role]),
        is_viewer=person.is_viewer,
        may_remove=person.may_remove.allowed,
        may_invite=person.may_invite,
    )


def _ask(
    request: PageRequest, number: str, person: SharedWith, decision: Decision = ALLOWED, status: int = 200
) -> HttpResponse:
    page = RemovalPage(
        number=_number(number),
        name=person.name,
        email=person.email,
        is_viewer=person.is_viewer,
        back_url=_url(number),
        refusals=_in_words(request, number, decision),
    )
    return render(request, "portal/requests/contact_remove.html", {"page": page}, status=status)


def _in_words(request: PageRequest, number: str, decision: Decision) -> tuple[WordedReason, ...]:
    places = {"change-contacts": "", "reopen": reverse("portal:request-reopen", args=[_number(number)])}
    return tuple(worded(reason, zone=request.viewer.time_zone, places=places) for reason in decision)


def _url(number: str) -> str:
    return reverse("portal:request-sharing", args=[_number(number)])


def _number(number: str) -> str:
    return f"PD-{read_number(number)}"
