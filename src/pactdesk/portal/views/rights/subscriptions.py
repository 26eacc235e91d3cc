"""Subscriptions of the own organization and of customers, and who has which role on them (OBO-3 to OBO-5)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts.viewer import Viewer
from pactdesk.delegation.queries import subscriptions as queries
from pactdesk.delegation.queries.subscriptions import RoleLine, SubscriptionLine, SubscriptionPage
from pactdesk.delegation.services import subscriptions as services
from pactdesk.delegation.services.delegations import CannotGrant
from pactdesk.delegation.services.subscriptions import CannotAssign, CannotKeepSubscription, Holder
from pactdesk.delegation.wording import SUBSCRIPTION_ROLE_NAMES
from pactdesk.kernel.decisions import Decision
from pactdesk.pages.links import number_in
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.forms.rights import ChangeRoleForm, RoleForm, SubscriptionForm
from pactdesk.portal.views.rights.frame import Question, ask, day, tabs_of


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role on a subscription. `url` is where it is changed and taken, "" for whoever may not."""

    url: str
    holder: str
    about: str
    role: str
    since: str


@with_profile
@require_safe
def own(request: PageRequest) -> HttpResponse:
    """The subscriptions of the reader's organization."""
    return _list(request, None)


@with_profile
@require_safe
def of_customer(request: PageRequest, customer_id: int) -> HttpResponse:
    """The subscriptions of a customer, as far as the reader may know of them."""
    return _list(request, customer_id)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def new_own(request: PageRequest) -> HttpResponse:
    """Add one of the own organization."""
    return _new(request, None)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def new_of_customer(request: PageRequest, customer_id: int) -> HttpResponse:
    """Add one of a customer."""
    return _new(request, customer_id)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: PageRequest, subscription_id: int) -> HttpResponse:
    """One subscription with the roles on it; POST gives one."""
    found = queries.subscription_page(request.viewer, subscription_id)
    to_people = found.to_people.allowed
    sent = request.POST if request.method == "POST" else None
    form = RoleForm(sent, groups=found.groups, to_people=to_people)
    if form.is_bound and form.is_valid():
        holder = Holder(form.cleaned_data.get("email") or "", form.cleaned_data.get("group"))
        try:
            services.give_role(
                subscription_id, form.cleaned_data["role"], holder, actor=request.viewer, at=request.at
            )
        except (CannotAssign, CannotGrant) as refused:
            form.refuse(refused.decision, zone=request.viewer.zone.key)
        else:
            messages.success(request, _("The role is given. It holds from now on."))
            return redirect("portal:subscription", subscription_id)
    return _page(request, found, form)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: PageRequest, subscription_id: int) -> HttpResponse:
    """Let a subscription take no requests any more, after a question."""
    found = queries.subscription_page(request.viewer, subscription_id)
    if not found.keeping.allowed:
        raise Http404
    if found.line.ended_at is not None:
        return redirect("portal:subscription", subscription_id)
    if request.method == "POST":
        services.end_subscription(subscription_id, actor=request.viewer, at=request.at)
        messages.success(request, _("The subscription has ended."))
        return redirect(_list_url(found.customer_id))
    return ask(
        request,
        Question(
            title=_("End this subscription?"),
            lead=f"{found.line.name} ({found.line.number})",
            sentences=(
                _("No request can be made on it any more, and roles on it open nothing."),
                _("Its number cannot be added again. This cannot be undone, except by the service centre."),
            ),
            button=_("End the subscription"),
            back_url=reverse("portal:subscription", args=[subscription_id]),
            back_label=found.line.name,
        ),
    )


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def role(request: PageRequest, subscription_id: int, assignment_id: int) -> HttpResponse:
    """Change a role or take it away."""
    found = queries.subscription_page(request.viewer, subscription_id)
    line = next((each for each in found.roles if each.id == assignment_id), None)
    if line is None or not _may_change(line, found):
        raise Http404
    form = ChangeRoleForm(
        request.POST if request.POST.get("do") == "change" else None, initial={"role": line.role}
    )
    back = reverse("portal:subscription", args=[subscription_id])
    refusals: tuple[WordedReason, ...] = ()
    if request.method == "POST":
        try:
            match request.POST.get("do"):
                case "take":
                    services.take_role(subscription_id, assignment_id, actor=request.viewer, at=request.at)
                    messages.success(request, _("The role is taken away. It opens nothing any more."))
                    return redirect(back)
                case "change":
                    if form.is_valid():
                        _change(request, subscription_id, line, form.cleaned_data["role"])
                        messages.success(request, _("Saved. It holds like this from now on."))
                        return redirect(back)
                case _:
                    raise BadRequest("nothing that can be done with a role")
        except (CannotAssign, CannotGrant) as refused:
            refusals = _in_words(refused.decision, request.viewer)
    context = {
        "form": form,
        "row": _role_row(line, found, request.viewer),
        "subscription": found.line,
        "back_url": back,
        "refusals": refusals,
    }
    status = 422 if refusals or form.is_bound else 200
    return render(request, "portal/rights/role.html", context, status=status)


def _change(request: PageRequest, subscription_id: int, line: RoleLine, role: str) -> None:
    holder = Holder(group_id=line.group_id) if line.is_group else Holder(line.email or line.holder)
    services.give_role(subscription_id, role, holder, actor=request.viewer, at=request.at)


def _list(request: PageRequest, customer_id: int | None) -> HttpResponse:
    ended = request.GET.get("show") == "ended"
    found = queries.subscription_list(
        request.viewer, customer_id, ended=ended, after=_after(request.GET.get("after", ""))
    )
    here = _list_url(customer_id)
    state = {"show": "ended"} if ended else {}
    after = {"after": f"{found.after[1]}-{found.after[0]}"} if found.after else {}
    context = {
        "rows": [_row(line, request.viewer) for line in found.lines],
        "tabs": tabs_of(request.viewer) if customer_id is None else (),
        "customer": found.customer_name,
        "customer_id": customer_id,
        "shows_ended": ended,
        "open_url": here,
        "ended_url": f"{here}?show=ended",
        "new_url": _new_url(customer_id) if found.keeping.allowed else "",
        "why_not": () if found.keeping.allowed else _in_words(found.keeping, request.viewer),
        "first_url": f"{here}?{urlencode(state)}" if request.GET.get("after") else "",
        "next_url": f"{here}?{urlencode({**state, **after})}" if after else "",
    }
    return render(request, "portal/rights/subscriptions.html", context)


def _new(request: PageRequest, customer_id: int | None) -> HttpResponse:
    found = queries.subscription_list(request.viewer, customer_id)
    if not found.keeping.allowed:
        raise Http404
    form = SubscriptionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            subscription_id = services.add_subscription(
                form.cleaned_data["number"],
                form.cleaned_data["name"],
                customer_id=customer_id,
                actor=request.viewer,
                at=request.at,
            )
        except CannotKeepSubscription as refused:
            form.refuse(refused.decision, zone=request.viewer.zone.key)
        else:
            messages.success(request, _("The subscription is added. Say now who has which role on it."))
            return redirect("portal:subscription", subscription_id)
    context = {"form": form, "customer": found.customer_name, "back_url": _list_url(customer_id)}
    status = 422 if form.is_bound else 200
    return render(request, "portal/rights/subscription_form.html", context, status=status)


def _page(request: PageRequest, found: SubscriptionPage, form: RoleForm) -> HttpResponse:
    is_open = found.line.ended_at is None
    gives = is_open and (found.to_people.allowed or (found.to_groups.allowed and bool(found.groups)))
    context = {
        "subscription": found.line,
        "customer": found.customer_name,
        "ended": day(found.line.ended_at, request.viewer) if found.line.ended_at else "",
        "rows": [_role_row(line, found, request.viewer) for line in found.roles],
        "form": form,
        "gives": gives,
        "needs_group": is_open and not gives and found.to_groups.allowed,
        "why_not": _in_words(found.to_groups, request.viewer),
        "end_url": (
            reverse("portal:subscription-end", args=[found.line.id])
            if is_open and found.keeping.allowed
            else ""
        ),
        "back_url": _list_url(found.customer_id),
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/rights/subscription.html", context, status=status)


def _may_change(line: RoleLine, found: SubscriptionPage) -> bool:
    allowed = found.to_groups if line.is_group else found.to_people
    return line.may_take and allowed.allowed


def _role_row(line: RoleLine, found: SubscriptionPage, viewer: Viewer) -> RoleRow:
    about = [line.email, line.of]
    if line.is_group:
        about.append(_("Support group"))
    if line.under_partner:
        about.append(_("Given by %(partner)s") % {"partner": line.under_partner})
    url = reverse("portal:subscription-role", args=[found.line.id, line.id])
    return RoleRow(
        url=url if _may_change(line, found) else "",
        holder=line.holder,
        about=" · ".join(each for each in about if each),
        role=str(SUBSCRIPTION_ROLE_NAMES[line.role]),
        since=day(line.given_at, viewer),
    )


def _row(line: SubscriptionLine, viewer: Viewer) -> dict[str, str]:
    roles = ngettext("%(count)s role", "%(count)s roles", line.roles) % {"count": line.roles}
    return {
        "url": reverse("portal:subscription", args=[line.id]),
        "name": line.name,
        "number": line.number,
        "roles": roles,
        "ended": _("Ended on %(day)s") % {"day": day(line.ended_at, viewer)} if line.ended_at else "",
    }


def _in_words(decision: Decision, viewer: Viewer) -> tuple[WordedReason, ...]:
    return tuple(worded(reason, zone=viewer.zone.key) for reason in decision)


def _list_url(customer_id: int | None) -> str:
    if customer_id is None:
        return reverse("portal:subscriptions")
    return reverse("portal:customer-subscriptions", args=[customer_id])


def _new_url(customer_id: int | None) -> str:
    if customer_id is None:
        return reverse("portal:subscription-new")
    return reverse("portal:customer-subscription-new", args=[customer_id])


def _after(text: str) -> tuple[str, int] | None:
    first, dash, name = text.replace("\x00", "").partition("-")
    number = number_in(first, digits=15) if dash else None
    return None if number is None else (name[:200], number)
