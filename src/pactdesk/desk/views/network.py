"""How an organization stands in the partner network, as the service centre enters it: terms, competencies, kits."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.accounts.queries import organizations
from pactdesk.accounts.queries.organizations import LocationLine, OrganizationPage
from pactdesk.accounts.services import network
from pactdesk.accounts.services.network import CannotAddCompetency, CannotEnrol
from pactdesk.agreements.amounts import whole_amount
from pactdesk.agreements.queries.activation import brought_to
from pactdesk.agreements.queries.benefiting import would_benefit
from pactdesk.agreements.queries.mailing import mailed_to
from pactdesk.agreements.rules.issuing import WantedActivation
from pactdesk.agreements.services.activation import CannotActivate
from pactdesk.agreements.services.issuing import CannotIssue, ask_to_activate
from pactdesk.catalog.rules import Programme
from pactdesk.desk.corrections import how_much_alone
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.agreements import GivenReason, ReasonForm
from pactdesk.desk.forms.network import ActivationForm, CompetencyForm, EndTermForm, EnrolForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.network import terms_in_words
from pactdesk.desk.views.correcting import QuestionPage
from pactdesk.desk.words import language
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.wording import sentence
from pactdesk.pages.forms import RefusableForm
from pactdesk.pages.requests import PageRequest


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: PageRequest, organization_id: int) -> HttpResponse:
    """Enter a renewal: one more term."""
    found = organizations.organization_page(request.viewer, organization_id)
    form = EnrolForm(
        request.POST if request.method == "POST" else None, initial={"renewed_on": request.at.date()}
    )
    if form.is_bound and form.is_valid():
        try:
            network.enrol(
                organization_id,
                form.term,
                reason=form.cleaned_data["reason"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotEnrol as refused:
            form.refuse(refused.decision)
        else:
            messages.success(request, _("The term is entered."))
            return _back(organization_id)
    page = _question(
        found,
        title=_("Enter a renewal"),
        lines=(_("What the term brings by itself is activated by the daily job, and its pair is mailed."),),
        button=_("Enter it"),
    )
    return _ask(request, page, form)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def end_term(request: PageRequest, organization_id: int, enrolment_id: int) -> HttpResponse:
    """Let a term end earlier."""
    found = organizations.organization_page(request.viewer, organization_id)
    line = next((each for each in found.enrolments if each.enrolment_id == enrolment_id), None)
    if line is None:
        raise Http404
    form = EndTermForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            network.end_term(
                organization_id,
                enrolment_id,
                form.cleaned_data["last_day"],
                reason=form.cleaned_data["reason"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotEnrol as refused:
            form.refuse(refused.decision)
        else:
            messages.success(request, _("The term ends earlier."))
            return _back(organization_id)
    page = _question(
        found,
        title=_("Let the term end earlier"),
        lines=(
            terms_in_words(line),
            _("Agreements that were activated for it stay. Suspend them where they must not be used."),
        ),
        button=_("End it"),
        is_final=True,
    )
    return _ask(request, page, form)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def add_competency(request: PageRequest, organization_id: int, location_id: int) -> HttpResponse:
    """Enter what a location has earned."""
    found = organizations.organization_page(request.viewer, organization_id)
    place = _place(found, location_id)
    form = CompetencyForm(
        request.POST if request.method == "POST" else None, initial={"earned_on": request.at.date()}
    )
    if form.is_bound and form.is_valid():
        try:
            network.add_competency(
                organization_id,
                location_id,
                form.cleaned_data["name"],
                earned_on=form.cleaned_data["earned_on"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotAddCompetency as refused:
            form.refuse(refused.decision)
        else:
            messages.success(request, _("The competency is entered."))
            return _back(organization_id)
    page = _question(
        found,
        title=_("Enter a competency"),
        lines=(_("With it, %(place)s may have a benefit kit of its own.") % {"place": place.name},),
        button=_("Enter it"),
    )
    return _ask(request, page, form)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def take_competency(request: PageRequest, organization_id: int, competency_id: int) -> HttpResponse:
    """Take a competency off a location."""
    found = organizations.organization_page(request.viewer, organization_id)
    earned = [(place, each) for place in found.locations for each in place.competencies]
    place, competency = next(
        ((place, each) for place, each in earned if each.competency_id == competency_id), (None, None)
    )
    if place is None or competency is None:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        network.take_competency(
            organization_id,
            competency_id,
            reason=form.cleaned_data["reason"],
            actor=request.viewer,
            at=request.at,
        )
        messages.success(request, _("The competency is taken off."))
        return _back(organization_id)
    page = _question(
        found,
        title=_("Take the competency off?"),
        lines=(
            _("%(competency)s of %(place)s, earned on %(day)s.")
            % {
                "competency": competency.name,
                "place": place.name,
                "day": day_in_words(competency.earned_on, "UTC", language()),
            },
            _("Kits that were activated stay."),
        ),
        button=_("Take it off"),
        is_final=True,
    )
    return _ask(request, page, form)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def kit(request: PageRequest, organization_id: int, location_id: int, programme: str) -> HttpResponse:
    """Activate a benefit kit for a location; its pair is mailed to the contact of the location (BEN-3)."""
    found = organizations.organization_page(request.viewer, organization_id)
    place = _place(found, location_id)
    offered = brought_to(request.viewer, organization_id, at=request.at)
    kits = [(each, one) for each in offered.kits if each.location_id == location_id for one in each.kits]
    at_place, wanted = next(((each, one) for each, one in kits if one.code == programme), (None, None))
    if at_place is None or wanted is None:
        raise Http404
    contact = mailed_to(organization_id, location_id)
    return _activate(
        request,
        found,
        wanted,
        location_id,
        told=_("For %(place)s. The pair is mailed to %(address)s.")
        % {"place": place.name, "address": contact}
        if contact
        else _("For %(place)s, which has no contact: the pair waits until it has one.")
        % {"place": place.name},
        button=_("Activate the kit"),
        is_mailed=bool(contact),
        is_done=programme in at_place.activated,
        waits=(programme, location_id) in offered.waiting,
    )


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def on_request(request: PageRequest, organization_id: int, programme_code: str) -> HttpResponse:
    """Activate on behalf of an organization what its own people could have activated; the pair is mailed to the primary
    programme contact (BEN-2)."""
    found = organizations.organization_page(request.viewer, organization_id)
    offered = brought_to(request.viewer, organization_id, at=request.at)
    row = next((each for each in offered.on_request if each.programme.code == programme_code), None)
    if row is None:
        raise Http404
    contact = mailed_to(organization_id)
    return _activate(
        request,
        found,
        row.programme,
        None,
        told=_("The pair is mailed to the primary programme contact, %(address)s, and shown nowhere.")
        % {"address": contact}
        if contact
        else _("There is no primary programme contact yet: the pair waits until there is one."),
        button=_("Activate it"),
        is_mailed=bool(contact),
        is_done=row.is_activated,
        waits=(programme_code, None) in offered.waiting,
    )


def _activate(
    request: PageRequest,
    found: OrganizationPage,
    programme: Programme,
    location_id: int | None,
    *,
    told: str,
    button: str,
    is_mailed: bool,
    is_done: bool,
    waits: bool,
) -> HttpResponse:
    """Ask why, and activate it, or let it wait for a second person."""
    organization_id = found.line.organization_id
    form = ActivationForm(request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()})
    named = {"programme": text_in(programme.name, language())}
    if form.is_bound and form.is_valid():
        try:
            asked = ask_to_activate(
                WantedActivation(programme.code, organization_id, location_id),
                reason=form.cleaned_data["reason"],
                key=form.cleaned_data["key"],
                actor=request.viewer,
                at=request.at,
            )
        except (CannotActivate, CannotIssue) as refused:
            form.refuse(refused.decision)
        else:
            if asked.agreement_id is None:
                messages.info(request, _("It waits for a second person of the service centre."))
                return redirect("desk:approvals")
            if is_mailed:
                messages.success(request, _("%(programme)s is activated, and its pair is mailed.") % named)
            else:
                messages.warning(
                    request, _("%(programme)s is activated. Its pair waits until there is a contact.") % named
                )
            return _back(organization_id)
    is_own = would_benefit(request.viewer, organization_id, None)
    refusals = (
        *((sentence(Reason("agreement.for-oneself"), ""),) if is_own else ()),
        *((_("It was activated for this term already."),) if is_done else ()),
        *((_("It waits for a second person of the service centre already."),) if waits else ()),
    )
    page = _question(
        found,
        title=_("Activate %(programme)s") % named,
        lines=(
            told,
            _(
                "It brings %(amount)s from the day on which it is activated, once for each term. This cannot be undone."
            )
            % {"amount": whole_amount(programme.unit, programme.quantity or 0)},
            how_much_alone(),
        ),
        button=button,
        can_be_done=not refusals,
        refusals=refusals,
    )
    return _ask(request, page, form)


def _place(found: OrganizationPage, location_id: int) -> LocationLine:
    place = next((each for each in found.locations if each.location_id == location_id), None)
    if place is None:
        raise Http404
    return place


def _question(
    found: OrganizationPage,
    *,
    title: str,
    lines: tuple[str, ...],
    button: str,
    is_final: bool = False,
    can_be_done: bool = True,
    refusals: tuple[str, ...] = (),
) -> QuestionPage:
    return QuestionPage(
        title=title,
        label=found.line.name,
        back_url=reverse("desk:organization", args=[found.line.organization_id]),
        lines=lines,
        button=button,
        is_final=is_final,
        can_be_done=can_be_done,
        refusals=refusals,
    )


def _ask(request: PageRequest, page: QuestionPage, form: GivenReason | RefusableForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render_at_desk(
        request, "desk/agreement_question.html", page, here="organizations", status=status, form=form
    )


def _back(organization_id: int) -> HttpResponse:
    return redirect("desk:organization", organization_id)
