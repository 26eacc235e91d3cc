"""Who owns an agreement, who has registered it, and how many may, as the service centre may change it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pactdesk.accounts.queries import organizations
from pactdesk.agreements.queries import centre
from pactdesk.agreements.services import CannotLimitSeats
from pactdesk.agreements.services.looking_after import (
    CannotChangeOwner,
    change_owner,
    set_seat_limit_for,
    withdraw_registration,
)
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.agreements import GivenReason
from pactdesk.desk.forms.pairs import OwnerForm, SeatLimitForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.views.agreements import HERE
from pactdesk.desk.views.correcting import QuestionPage
from pactdesk.desk.words import language
from pactdesk.pages.requests import PageRequest


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def seat(request: PageRequest, agreement_id: int, registration_id: int) -> HttpResponse:
    """Withdraw what an account has registered, with the reason."""
    found = centre.page(request.viewer, agreement_id, at=request.at)
    who = next((each for each in found.seats if each.registration_id == registration_id), None)
    if who is None:
        raise Http404
    form = GivenReason(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        withdraw_registration(
            agreement_id,
            registration_id,
            reason=form.cleaned_data["reason"],
            actor=request.viewer,
            at=request.at,
        )
        messages.success(request, _("The access of %(name)s is withdrawn.") % {"name": who.name or who.email})
        return redirect("desk:agreement", agreement_id)
    page = QuestionPage(
        title=_("Withdraw access"),
        label=found.line.named.shown(language()),
        back_url=reverse("desk:agreement", args=[agreement_id]),
        lines=(
            f"{who.name} · {who.email}",
            _("Requests that were paid already stay paid. Its owner can give access back."),
        ),
        button=_("Withdraw access"),
        is_final=True,
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/agreement_question.html", page, here=HERE, status=status, form=form)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def seat_limit(request: PageRequest, agreement_id: int) -> HttpResponse:
    """Change how many accounts may add the agreement, with the reason."""
    found = centre.page(request.viewer, agreement_id, at=request.at)
    if not found.line.named.access_id:
        raise Http404
    form = SeatLimitForm(request.POST if request.method == "POST" else None, limit=found.seat_limit)
    if form.is_bound and form.is_valid():
        try:
            set_seat_limit_for(
                agreement_id,
                form.cleaned_data["limit"],
                reason=form.cleaned_data["reason"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotLimitSeats as refused:
            form.refuse(refused.decision)
        else:
            messages.success(request, _("The limit is changed."))
            return redirect("desk:agreement", agreement_id)
    taken = sum(not each.revoked for each in found.seats)
    page = QuestionPage(
        title=_("Accounts that may add it"),
        label=found.line.named.shown(language()),
        back_url=reverse("desk:agreement", args=[agreement_id]),
        lines=(
            ngettext("%(count)s account has access now.", "%(count)s accounts have access now.", taken)
            % {"count": taken},
        ),
        button=_("Change the limit"),
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/agreement_question.html", page, here=HERE, status=status, form=form)


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def owner(request: PageRequest, agreement_id: int) -> HttpResponse:
    """Make another account the owner, with the reason."""
    found = centre.page(request.viewer, agreement_id, at=request.at)
    if not found.line.named.access_id:
        raise Http404
    of_organization = found.organization_id is not None
    form = OwnerForm(
        request.POST if request.method == "POST" else None, owner=found.owner, of_organization=of_organization
    )
    if form.is_bound and form.is_valid() and _has_new_owner(request, agreement_id, form):
        messages.success(request, _("The owner is changed."))
        return redirect("desk:agreement", agreement_id)
    page = QuestionPage(
        title=_("Owner of the agreement"),
        label=found.line.named.shown(language()),
        back_url=reverse("desk:agreement", args=[agreement_id]),
        lines=(
            _(
                "The owner sees who has added it, withdraws access, limits the accounts and replaces the pair."
            ),
        ),
        button=_("Change the owner"),
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/agreement_question.html", page, here=HERE, status=status, form=form)


def _has_new_owner(request: PageRequest, agreement_id: int, form: OwnerForm) -> bool:
    email, account_id = form.cleaned_data["owner"], None
    if email:
        account_id = organizations.account_with(request.viewer, email)
        if account_id is None:
            form.add_error("owner", _("There is no account with this address."))
            return False
    try:
        change_owner(
            agreement_id,
            account_id,
            reason=form.cleaned_data["reason"],
            actor=request.viewer,
            at=request.at,
        )
    except CannotChangeOwner as refused:
        form.refuse(refused.decision)
        return False
    return True
