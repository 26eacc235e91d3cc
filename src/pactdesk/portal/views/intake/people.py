"""Steps 3 and 4: the primary contact, and who else sees the request (WIZ-3, WIZ-4)."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.drafts import DraftPage
from pactdesk.cases.queries.intake import may_contact
from pactdesk.cases.rules.answers import Answers, Person
from pactdesk.cases.rules.contacts import addable_contact, submitter_will_see
from pactdesk.cases.services import drafts
from pactdesk.pages.reasons import worded
from pactdesk.pages.requests import PageRequest
from pactdesk.portal.forms.intake import PersonForm
from pactdesk.portal.views.intake import frame


def contact(request: PageRequest, draft: DraftPage) -> HttpResponse:
    """Step 3, filled in from the profile and editable for this request."""
    country = draft.answers.support.country
    if request.method == "POST":
        form = PersonForm(request.POST, country=country)
        action = request.POST.get("action")
        if action in frame.KEEPS:
            return frame.keep(request, draft.id, "contact", form.unfinished(), action)
        if form.is_valid() and _is_ours(form, draft):
            answers = drafts.save_step(
                draft.id, "contact", form.answer(), actor=request.viewer, at=request.at
            )
            return frame.go_on(request, draft.id, answers)
    else:
        form = PersonForm(None, country=country, initial=_first_contact(draft, request.viewer))
    return frame.show(
        request,
        "contact",
        answers=draft.answers,
        draft_id=draft.id,
        customer_id=draft.customer_id,
        saved_at=draft.saved_at,
        status=422 if form.errors else 200,
        form=form,
    )


def share(request: PageRequest, draft: DraftPage) -> HttpResponse:
    """Step 4: add and remove people; whoever submits for a colleague is warned to add themself."""
    if request.method != "POST":
        return _show_share(
            request, draft, PersonForm(None, country=draft.answers.support.country, brief=True)
        )
    action = request.POST.get("action", "")
    people = draft.answers.share
    if action == "me":
        return _add(request, draft, _myself(request.viewer))
    if action.startswith("remove:"):
        kept = tuple(person for person in people if person.email != action.removeprefix("remove:"))
        drafts.keep_unfinished(draft.id, "share", kept, actor=request.viewer, at=request.at)
        return redirect(frame.step_url(draft.id, "share"))
    if action in frame.KEEPS:
        return frame.keep(request, draft.id, "share", people, action)
    form = PersonForm(request.POST, country=draft.answers.support.country, brief=True)
    if action != "add" and form.is_blank:
        answers = drafts.save_step(draft.id, "share", people, actor=request.viewer, at=request.at)
        return frame.go_on(request, draft.id, answers)
    if not form.is_valid():
        return _show_share(request, draft, form, status=422)
    # Somebody who was typed in and not added is meant to be added, too.
    return _add(request, draft, form.answer(), form=form, go_on=action != "add")


def _add(
    request: PageRequest,
    draft: DraftPage,
    person: Person,
    *,
    form: PersonForm | None = None,
    go_on: bool = False,
) -> HttpResponse:
    people = draft.answers.share
    decision = addable_contact(person, primary=draft.answers.contact, others=people).and_also(
        may_contact(person, draft.customer_id)
    )
    if not decision.allowed:
        sentences = [worded(reason, zone="UTC").sentence for reason in decision]
        if form is None:
            for sentence in sentences:
                messages.error(request, sentence)
            return redirect(frame.step_url(draft.id, "share"))
        form.add_error("email", sentences)
        return _show_share(request, draft, form, status=422)
    if go_on:
        answers = drafts.save_step(draft.id, "share", (*people, person), actor=request.viewer, at=request.at)
        return frame.go_on(request, draft.id, answers)
    drafts.keep_unfinished(draft.id, "share", (*people, person), actor=request.viewer, at=request.at)
    messages.success(request, _("%(name)s will see this request.") % {"name": person.name})
    return redirect(frame.step_url(draft.id, "share"))


def _show_share(request: PageRequest, draft: DraftPage, form: PersonForm, status: int = 200) -> HttpResponse:
    answers = draft.answers
    return frame.show(
        request,
        "share",
        answers=answers,
        draft_id=draft.id,
        customer_id=draft.customer_id,
        saved_at=draft.saved_at,
        status=status,
        form=form,
        primary=answers.contact,
        people=answers.share,
        will_see=will_see(request.viewer, answers),
    )


def _is_ours(form: PersonForm, draft: DraftPage) -> bool:
    """Whether this is no address or number of the customer's; the field says why not (OBO-2)."""
    refused = may_contact(form.answer(), draft.customer_id)
    for reason in refused:
        form.add_error("email", worded(reason, zone="UTC").sentence)
    return refused.allowed


def _first_contact(draft: DraftPage, viewer: Viewer) -> Person:
    """Whom the step begins with: the viewer, at the address that the profile names for requests (IDN-1)."""
    if draft.answers.contact != Person():
        return draft.answers.contact
    return replace(_myself(viewer), email=(viewer.contact_email or viewer.email).lower())


def will_see(viewer: Viewer, answers: Answers) -> bool:
    """Is the viewer among the contacts, by either of their own addresses?"""
    return any(
        submitter_will_see(address, primary=answers.contact, others=answers.share)
        for address in (viewer.email, viewer.contact_email)
    )


def _myself(viewer: Viewer) -> Person:
    """The viewer as a contact, with the address that is signed in: the one that opens the request for them."""
    return Person(
        name=viewer.name,
        email=viewer.email.lower(),
        phone=viewer.phone,
        time_zone=viewer.time_zone,
        language=viewer.language or get_language() or "en",
    )
