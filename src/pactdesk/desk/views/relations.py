"""Requests that have to do with each other, and the people who see a request."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pactdesk.cases.queries import desk as cases
from pactdesk.cases.queries.desk import MergePreview
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.numbers import read_number
from pactdesk.cases.services import contacts as contact_verbs
from pactdesk.cases.services import relations
from pactdesk.cases.services.changing import CannotChange
from pactdesk.cases.services.contacts import CannotChangeContacts
from pactdesk.desk.beside import Head, head_of
from pactdesk.desk.entrance import at_desk
from pactdesk.desk.forms.work import ContactForm, OtherRequestForm, WorkForm
from pactdesk.desk.views.work import ask
from pactdesk.notifications.wording import sentence
from pactdesk.pages.requests import PageRequest


@dataclass(frozen=True, slots=True)
class Merging:
    """Both requests side by side, what would follow, and why it cannot be done."""

    head: Head
    into: Head
    lines: tuple[str, ...]
    refusals: tuple[str, ...]


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: PageRequest, number: str) -> HttpResponse:
    """Close a duplicate, which goes on as another request: named first, then shown beside it, then merged."""
    line = cases.desk_line(request.viewer, read_number(number))
    data = request.POST if request.method == "POST" else request.GET if "other" in request.GET else None
    form = OtherRequestForm(data)
    title = _("Merge with another request")
    if not (form.is_bound and form.is_valid()):
        return ask(request, line, form, title, _("Show both"), template="desk/merge.html")
    other = read_number(form.cleaned_data["other"])
    found = cases.merge_preview(request.viewer, line.number, other)
    if found is None or other is None:
        form.refuse_number()
        return ask(request, line, form, title, _("Show both"), template="desk/merge.html")
    if request.method == "POST":
        try:
            relations.merge(line.number, other, seen=form.seen, actor=request.viewer, at=request.at)
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
            line = cases.desk_line(request.viewer, line.number)
        except Http404:
            form.refuse_number()
        else:
            told = {"number": line.shown_number, "into": found.into.shown_number}
            messages.success(request, _("%(number)s goes on as %(into)s.") % told)
            return redirect("desk:request", found.into.shown_number)
    merging = _merging(request, found)
    response = ask(
        request,
        line,
        form,
        title,
        _("Merge"),
        template="desk/merge.html",
        merging=merging,
    )
    response.status_code = 422 if form.errors or (request.method == "POST") else 200
    return response


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: PageRequest, number: str) -> HttpResponse:
    """Note that two requests have to do with each other, or take that away. Either can be undone by the other."""
    line = cases.desk_line(request.viewer, read_number(number))
    form = OtherRequestForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        other = read_number(form.cleaned_data["other"])
        verb = relations.unlink if request.POST.get("do") == "unlink" else relations.link
        try:
            if other is None:
                raise Http404
            verb(line.number, other, actor=request.viewer, at=request.at)
        except Http404:
            form.refuse_number()
        except CannotChange as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            if verb is relations.unlink:
                messages.success(request, _("The link is taken away."))
            else:
                messages.success(request, _("The two requests are linked. Only the desk sees that."))
            return redirect(_beside(line.shown_number))
    lines = (_("Only the desk sees links. They stand in both requests."),)
    return ask(request, line, form, _("Link another request"), _("Link"), lines=lines)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: PageRequest, number: str) -> HttpResponse:
    """Let somebody see a request (REQ-2)."""
    line = cases.desk_line(request.viewer, read_number(number))
    form = ContactForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        person = Person(form.cleaned_data["name"], form.cleaned_data["email"])
        try:
            added = contact_verbs.add_contact_from_desk(
                line.number, person, actor=request.viewer, at=request.at
            )
        except CannotChangeContacts as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            text = _("%(name)s sees the request now.")
            if not added.is_known:
                text = _("%(name)s sees the request after proving to own the address.")
            messages.success(request, text % {"name": person.name})
            return redirect(_beside(line.shown_number))
    lines = (
        _("Whoever is a contact reads everything that is said, from the beginning, but no internal notes."),
    )
    return ask(request, line, form, _("Add a contact"), _("Add"), lines=lines)


@at_desk
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: PageRequest, number: str, contact_id: int) -> HttpResponse:
    """Take somebody off a request, after a question."""
    line = cases.desk_line(request.viewer, read_number(number))
    found = next((each for each in cases.contacts_of_case(line.number) if each.id == contact_id), None)
    if found is None and request.method == "POST":
        return redirect(_beside(line.shown_number))
    if found is None:
        raise Http404
    form = WorkForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            contact_verbs.remove_contact_from_desk(
                line.number, contact_id, actor=request.viewer, at=request.at
            )
        except CannotChangeContacts as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            messages.success(request, _("%(name)s no longer sees the request.") % {"name": found.name})
            return redirect(_beside(line.shown_number))
    told = {"name": found.name, "email": found.email}
    lines = (
        _("%(name)s (%(email)s) will not see this request any more, and is told so.") % told,
        _("You can add the person again at any time."),
    )
    return ask(request, line, form, _("Remove a contact"), _("Remove"), lines=lines, is_final=True)


def _merging(request: PageRequest, found: MergePreview) -> Merging:
    told = {"number": found.line.shown_number, "into": found.into.shown_number}
    lines = [
        _("%(number)s is closed and goes on as %(into)s. What was said stays where it was said.") % told,
        _("Its contacts are told the new number. This cannot be undone in one step."),
    ]
    if found.coming:
        names = ", ".join(contact.name for contact in found.coming)
        lines.append(_("These contacts come along: %(names)s.") % {"names": names})
    if found.credited:
        text = ngettext(
            "A duplicate does not count: %(count)s is given back to the plan.",
            "A duplicate does not count: %(count)s are given back to the plan.",
            found.credited,
        )
        lines.append(text % {"count": found.credited})
    return Merging(
        head=head_of(found.line, viewer=request.viewer, at=request.at),
        into=head_of(found.into, viewer=request.viewer, at=request.at),
        lines=tuple(lines),
        refusals=tuple(sentence(reason, request.viewer.time_zone) for reason in found.decision),
    )


def _beside(number: str) -> str:
    return reverse("desk:request", args=[number]) + "#beside"
