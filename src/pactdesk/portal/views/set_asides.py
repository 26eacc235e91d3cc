"""Setting units of an agreement aside for customers and resellers, and calling back what they have not used."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pactdesk.agreements import queries
from pactdesk.agreements.queries.set_asides import SetAside, SetAsides, set_aside_for, set_asides_of
from pactdesk.agreements.services import set_asides
from pactdesk.agreements.services.set_asides import CannotSetAside
from pactdesk.delegation.queries import receivers
from pactdesk.kernel.ids import new_key
from pactdesk.pages.reasons import worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.forms.set_asides import LimitForm, RecallForm, SetAsideForm
from pactdesk.portal.plans import plan_label

_AT_LIMIT = "set-aside.above-limit"


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """Units that stand aside for an organization, in words. `left` and `total` draw the meter."""

    holder: str
    url: str
    units: str
    left: int
    total: int
    limit: str


@dataclass(frozen=True, slots=True)
class SetAsidesPage:
    """All that was set aside of an agreement, with the form to set more aside."""

    label: str
    back_url: str
    left: int
    rows: tuple[SetAsideRow, ...]
    names: tuple[str, ...]
    form: SetAsideForm


@dataclass(frozen=True, slots=True)
class SetAsidePage:
    """One of them, with what can be changed about it."""

    label: str
    back_url: str
    row: SetAsideRow
    recall: RecallForm
    limit: LimitForm


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: PageRequest, agreement_id: int) -> HttpResponse:
    """What is set aside, and a form to set more aside."""
    found = set_asides_of(request.viewer, agreement_id)
    if request.method != "POST":
        form = SetAsideForm(None, giver_id=found.organization_id, initial={"key": str(new_key())})
        return _overview(request, found, form)
    form = SetAsideForm(request.POST, giver_id=found.organization_id)
    if not form.is_valid() or form.receiver is None:
        return _overview(request, found, form, status=422)
    units = form.cleaned_data["units"]
    try:
        set_asides.set_aside(
            agreement_id,
            form.receiver.id,
            units=units,
            most_units=form.cleaned_data["most_units"],
            key=f"aside:{request.viewer.account_id}:{form.cleaned_data['key']}",
            actor=request.viewer,
            at=request.at,
        )
    except CannotSetAside as refused:
        for reason in refused.decision:
            field = "most_units" if reason.code == _AT_LIMIT else "units"
            form.add_error(field, worded(reason, zone=request.viewer.time_zone).text)
        return _overview(request, found, form, status=422)
    told = {"count": units, "organization": form.receiver.name}
    messages.success(
        request,
        ngettext(
            "%(count)s is set aside for %(organization)s.",
            "%(count)s are set aside for %(organization)s.",
            units,
        )
        % told,
    )
    return redirect("portal:benefit-set-asides", agreement_id)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: PageRequest, set_aside_id: int) -> HttpResponse:
    """Call units back, or change how many may stand aside."""
    found, line = set_aside_for(request.viewer, set_aside_id)
    key = str(new_key())
    recall = RecallForm(None, initial={"key": key, "units": line.left or None})
    limit = LimitForm(None, initial={"most_units": line.most})
    if request.method != "POST":
        return _one(request, found, line, recall, limit)
    try:
        if request.POST.get("do") == "limit":
            limit = LimitForm(request.POST)
            if limit.is_valid():
                set_asides.limit(
                    set_aside_id, limit.cleaned_data["most_units"], actor=request.viewer, at=request.at
                )
                messages.success(request, _("The limit is changed."))
                return redirect("portal:benefit-set-asides", found.agreement_id)
        else:
            recall = RecallForm(request.POST)
            if recall.is_valid():
                units = recall.cleaned_data["units"]
                set_asides.recall(
                    set_aside_id,
                    units=units,
                    key=f"recall:{request.viewer.account_id}:{recall.cleaned_data['key']}",
                    actor=request.viewer,
                    at=request.at,
                )
                told = {"count": units, "organization": line.holder}
                messages.success(
                    request,
                    ngettext(
                        "%(count)s is called back from %(organization)s.",
                        "%(count)s are called back from %(organization)s.",
                        units,
                    )
                    % told,
                )
                return redirect("portal:benefit-set-asides", found.agreement_id)
    except CannotSetAside as refused:
        field, form = ("most_units", limit) if limit.is_bound else ("units", recall)
        form.add_error(
            field, [worded(reason, zone=request.viewer.time_zone).text for reason in refused.decision]
        )
    return _one(request, found, line, recall, limit, status=422)


def _overview(
    request: PageRequest, found: SetAsides, form: SetAsideForm, *, status: int = 200
) -> HttpResponse:
    page = SetAsidesPage(
        label=_label(request, found),
        back_url=reverse("portal:benefit", args=[found.agreement_id]),
        left=found.left,
        rows=tuple(_row(line) for line in found.lines),
        names=tuple(each.name for each in receivers(found.organization_id or 0)),
        form=form,
    )
    return render(request, "portal/benefits/set_asides.html", {"page": page}, status=status)


def _one(
    request: PageRequest,
    found: SetAsides,
    line: SetAside,
    recall: RecallForm,
    limit: LimitForm,
    *,
    status: int = 200,
) -> HttpResponse:
    page = SetAsidePage(
        label=_label(request, found),
        back_url=reverse("portal:benefit-set-asides", args=[found.agreement_id]),
        row=_row(line),
        recall=recall,
        limit=limit,
    )
    return render(request, "portal/benefits/set_aside.html", {"page": page}, status=status)


def _label(request: PageRequest, found: SetAsides) -> str:
    return plan_label(queries.agreement_page(request.viewer, found.agreement_id, at=request.at).line)


def _row(line: SetAside) -> SetAsideRow:
    units = ngettext("%(left)s of %(aside)s left", "%(left)s of %(aside)s left", line.aside) % {
        "left": line.left,
        "aside": line.aside,
    }
    limit = "" if line.most is None else _("%(most)s at most") % {"most": line.most}
    return SetAsideRow(
        holder=line.holder,
        url=reverse("portal:benefit-set-aside", args=[line.id]),
        units=units,
        left=line.left,
        total=max(line.aside, line.left),
        limit=limit,
    )
