"""Issuing agreements at the service centre, and deciding those that wait for a second person."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.accounts.queries import organizations
from pactdesk.agreements.queries import issuing as queries
from pactdesk.agreements.queries.mailing import mailed_to
from pactdesk.agreements.rules.issuing import WantedAgreement
from pactdesk.agreements.services import issuing
from pactdesk.agreements.services.issuing import CannotIssue
from pactdesk.desk.corrections import how_much_alone
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.agreements import DecisionForm
from pactdesk.desk.forms.issuing import IssueForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.views.approvals import DecisionPage, approves, is_decided, issuance_row
from pactdesk.desk.views.correcting import QuestionPage
from pactdesk.desk.words import language
from pactdesk.kernel.moments import place_of
from pactdesk.pages.requests import PageRequest


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def issue_for_organization(request: PageRequest, organization_id: int) -> HttpResponse:
    """Issue an agreement for an organization."""
    found = organizations.organization_page(request.viewer, organization_id)
    here = reverse("desk:organization", args=[organization_id])
    contact = mailed_to(organization_id)
    told = _("The pair is mailed to the primary programme contact, %(address)s, and shown nowhere.")
    nobody = _(
        "There is no primary programme contact yet, so nobody could be mailed the pair. Name one first."
    )
    return _issue(
        request,
        organization_id,
        label=found.line.name,
        back_url=here,
        told=told % {"address": contact} if contact else "",
        refusals=() if contact else (nobody,),
    )


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def issue_for_person(request: PageRequest) -> HttpResponse:
    """Issue an agreement for one person, who owns it."""
    told = _("The pair is mailed to the owner, and shown nowhere. For an organization, begin on its page.")
    return _issue(request, None, label=_("Agreements"), back_url=reverse("desk:agreements"), told=told)


def _issue(
    request: PageRequest,
    organization_id: int | None,
    *,
    label: str,
    back_url: str,
    told: str,
    refusals: tuple[str, ...] = (),
) -> HttpResponse:
    is_organization = organization_id is not None
    zone = issuing.zone_of_benefits(organization_id, None)
    if request.method == "POST":
        form = IssueForm(request.POST, for_organization=is_organization)
    else:
        today = request.at.astimezone(ZoneInfo(zone)).date()
        initial = {"key": uuid.uuid4(), "starts_on": today}
        form = IssueForm(None, for_organization=is_organization, initial=initial)
    if form.is_bound and form.is_valid():
        answer = _asked(request, organization_id, form)
        if answer is not None:
            return answer
    lines = [told] if told else []
    if is_organization:
        lines.append(_("Its days are those of %(place)s.") % {"place": place_of(zone, language())})
    lines.append(how_much_alone())
    page = QuestionPage(
        title=_("Issue an agreement"),
        label=label,
        back_url=back_url,
        lines=tuple(lines),
        refusals=refusals,
        button=_("Issue it"),
    )
    status = 422 if form.is_bound else 200
    here = "organizations" if is_organization else "agreements"
    return render_at_desk(request, "desk/agreement_question.html", page, here=here, status=status, form=form)


def _asked(request: PageRequest, organization_id: int | None, form: IssueForm) -> HttpResponse | None:
    """Where it goes on, or None where it was refused and the form says why."""
    given = form.cleaned_data
    owner_id = None
    if given["owner"]:
        owner_id = organizations.account_with(request.viewer, given["owner"])
        if owner_id is None:
            form.add_error("owner", _("There is no account with this address."))
            return None
    wish = WantedAgreement(
        programme_code=given["programme"],
        organization_id=organization_id,
        owner_id=owner_id,
        units=form.units_wanted,
        starts_on=given["starts_on"],
        seat_limit=given["seat_limit"],
    )
    try:
        issued = issuing.ask(
            wish, reason=given["reason"], key=given["key"], actor=request.viewer, at=request.at
        )
    except CannotIssue as refused:
        form.refuse(refused.decision)
        return None
    if issued.agreement_id is None:
        messages.info(request, _("It waits for a second person of the service centre."))
        return redirect("desk:approvals")
    messages.success(request, _("The agreement is issued, and its pair is mailed."))
    return redirect("desk:agreement", issued.agreement_id)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def issuance(request: PageRequest, issuance_id: int) -> HttpResponse:
    """Look at one that was asked for, and say yes or no; who asked takes it back."""
    asked = queries.asked(request.viewer, issuance_id)
    if asked is None:
        raise Http404
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if is_decided(form, request, issuing.decide, issuance_id, zone=asked.time_zone):
        done = _("The agreement is issued, and its pair is mailed.")
        if asked.activates:
            done = _("The benefits are activated.")
        elif not asked.units:
            done = _("The membership is issued.")
        messages.success(request, done if approves(request) else _("Nothing is issued."))
        return redirect("desk:approvals")
    if form.errors:  # somebody else may have decided meanwhile
        asked = queries.asked(request.viewer, issuance_id) or asked
    about = ""
    if asked.agreement_id is not None:
        about = reverse("desk:agreement", args=[asked.agreement_id])
    elif asked.organization_id is not None:
        about = reverse("desk:organization", args=[asked.organization_id])
    page = DecisionPage(
        row=issuance_row(asked, request),
        agreement_url=about,
        stands="",
        is_own=asked.asked_by == request.viewer.account_id,
        is_open=not asked.outcome,
        button=_("Approve and activate it") if asked.activates else _("Approve and issue it"),
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/approval.html", page, here="approvals", status=status, form=form)
