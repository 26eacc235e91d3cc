"""Support groups: people who are given roles on subscriptions together (OBO-3)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts.queries import RolesLine, colleagues_with_roles
from pactdesk.delegation.queries import subscriptions as queries
from pactdesk.delegation.queries.subscriptions import GroupLine, GroupPage
from pactdesk.delegation.services import groups as services
from pactdesk.delegation.wording import SUBSCRIPTION_ROLE_NAMES
from pactdesk.pages.links import number_in
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.searching import WordsForm
from pactdesk.portal.forms.rights import NameForm
from pactdesk.portal.views.rights.frame import Question, ask, tabs_of


@with_profile
@require_safe
def group_list(request: PageRequest) -> HttpResponse:
    """The support groups of the reader's organization."""
    rows = [_row(line) for line in queries.group_list(request.viewer)]
    return render(request, "portal/rights/groups.html", {"rows": rows, "tabs": tabs_of(request.viewer)})


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    """Make one, without members at first."""
    if not request.viewer.roles:
        raise Http404
    form = NameForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            group_id = services.create_group(form.cleaned_data["name"], actor=request.viewer, at=request.at)
        except services.CannotKeepGroup as refused:
            form.refuse(refused.decision, zone=request.viewer.zone.key)
        else:
            messages.success(request, _("The group is there. Add its members now."))
            return redirect("portal:group", group_id)
    context = {"form": form, "back_url": reverse("portal:groups"), "name": ""}
    return render(request, "portal/rights/group_form.html", context, status=422 if form.is_bound else 200)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: PageRequest, group_id: int) -> HttpResponse:
    """One group: its members, and where it has roles. POST adds or removes a colleague."""
    found = queries.group_page(request.viewer, group_id)
    if request.method != "POST":
        return _page(request, found)
    account_id = number_in(request.POST.get("account", ""), digits=15)
    if account_id is None:
        raise BadRequest("nobody")
    try:
        match request.POST.get("do"):
            case "add":
                services.add_member(group_id, account_id, actor=request.viewer, at=request.at)
                messages.success(request, _("The colleague is in the group now."))
            case "remove":
                services.remove_member(group_id, account_id, actor=request.viewer, at=request.at)
                messages.success(request, _("The colleague is not in the group any more."))
            case _:
                raise BadRequest("nothing that can be done with a group")
    except services.CannotKeepGroup as refused:
        zone = request.viewer.zone.key
        return _page(request, found, tuple(worded(reason, zone=zone) for reason in refused.decision))
    return redirect("portal:group", group_id)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: PageRequest, group_id: int) -> HttpResponse:
    """Call it otherwise."""
    found = queries.group_page(request.viewer, group_id)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": found.line.name})
    if form.is_bound and form.is_valid():
        try:
            services.rename_group(group_id, form.cleaned_data["name"], actor=request.viewer, at=request.at)
        except services.CannotKeepGroup as refused:
            form.refuse(refused.decision, zone=request.viewer.zone.key)
        else:
            messages.success(request, _("Saved."))
            return redirect("portal:group", group_id)
    context = {
        "form": form,
        "back_url": reverse("portal:group", args=[group_id]),
        "name": found.line.name,
    }
    return render(request, "portal/rights/group_form.html", context, status=422 if form.is_bound else 200)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PageRequest, group_id: int) -> HttpResponse:
    """Remove it, after a question."""
    found = queries.group_page(request.viewer, group_id)
    if request.method == "POST":
        services.delete_group(group_id, actor=request.viewer, at=request.at)
        messages.success(request, _("The group is deleted."))
        return redirect("portal:groups")
    sentences = [_("Its members lose, at once, what they may do by being in it. This cannot be undone.")]
    if found.on:
        sentences.append(
            ngettext(
                "It has a role on %(count)s subscription:",
                "It has roles on %(count)s subscriptions:",
                len(found.on),
            )
            % {"count": len(found.on)}
        )
    return ask(
        request,
        Question(
            title=_("Delete this group?"),
            lead=found.line.name,
            sentences=tuple(sentences),
            items=tuple(f"{customer} · {name}" for _role, name, customer in found.on),
            button=_("Delete the group"),
            back_url=reverse("portal:group", args=[group_id]),
            back_label=found.line.name,
        ),
    )


def _page(request: PageRequest, found: GroupPage, refusals: tuple[WordedReason, ...] = ()) -> HttpResponse:
    form = WordsForm(
        request.GET, label=_("Find a colleague to add"), help_text=_("Parts of a name or an e-mail address.")
    )
    members = {each.account_id for each in found.members}
    offered: tuple[RolesLine, ...] = ()
    if form.words:
        colleagues = colleagues_with_roles(request.viewer, words=form.words).lines
        offered = tuple(each for each in colleagues if each.account_id not in members)[:10]
    context = {
        "group": found.line,
        "members": found.members,
        "on": [(str(SUBSCRIPTION_ROLE_NAMES[role]), name, customer) for role, name, customer in found.on],
        "words_form": form,
        "words": form.words,
        "offered": offered,
        "refusals": refusals,
    }
    return render(request, "portal/rights/group.html", context, status=422 if refusals else 200)


def _row(line: GroupLine) -> dict[str, str]:
    members = ngettext("%(count)s member", "%(count)s members", line.members) % {"count": line.members}
    roles = ngettext("a role on %(count)s subscription", "roles on %(count)s subscriptions", line.roles) % {
        "count": line.roles
    }
    return {
        "url": reverse("portal:group", args=[line.id]),
        "name": line.name,
        "members": members,
        "roles": roles if line.roles else _("no role yet"),
    }
