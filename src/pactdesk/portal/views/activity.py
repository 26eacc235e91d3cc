"""My activity: what one's organization asks for, where to ask for more, and how its agreements are used (REQ-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from pactdesk.accounts import queries as accounts
from pactdesk.agreements.amounts import units_left
from pactdesk.agreements.queries.organization import OrganizationAgreement, of_organization
from pactdesk.cases.queries import activity as cases
from pactdesk.cases.queries import lists
from pactdesk.cases.queries.activity import ActivityLine, Sought, manages
from pactdesk.kernel.moments import day_in_words, short_day
from pactdesk.kernel.worded import text_in
from pactdesk.pages.links import link, place_in, written_place
from pactdesk.pages.plots import Plot
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.spreadsheet import download
from pactdesk.portal.forms.activity import ActivityForm
from pactdesk.portal.organization_use import Use, read_use, use_plots
from pactdesk.portal.plans import language
from pactdesk.portal.programme_support import programme_product
from pactdesk.portal.standing import STATUSES
from pactdesk.portal.views.requests import Tab, rows_of

_MOST_OF_ONES_OWN = 10


@dataclass(frozen=True, slots=True)
class Way:
    """Something that can be asked for from here, and what it takes."""

    name: str
    text: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Requests of the organization for whoever manages it, else those of the reader: then `more_url` is the whole list.
    `is_narrowed`: by words or filters, which `clear_url` lifts."""

    manages: bool
    organization: str
    ways: tuple[Way, ...]
    tabs: tuple[Tab, ...]
    rows: list[dict[str, Any]]
    is_closed: bool
    is_narrowed: bool
    is_filtered: bool
    clear_url: str
    newest_url: str
    older_url: str
    csv_url: str
    more_url: str


@dataclass(frozen=True, slots=True)
class UsePage:
    """How the agreements of the organization are used, and who of it has added which."""

    organization: str
    plots: tuple[Plot, ...]
    agreements: tuple[dict[str, Any], ...]
    csv_url: str


@with_profile
@require_safe
def overview(request: PageRequest) -> HttpResponse:
    """Open or closed requests, and where to ask for something new."""
    is_closed = request.GET.get("show") == "closed"
    if manages(request.viewer):
        return _of_organization(request, is_closed=is_closed)
    found = lists.request_list(request.viewer, lists.Sought(closed=is_closed, language=language()))
    here, state = reverse("portal:activity"), {"show": "closed"} if is_closed else {}
    page = ActivityPage(
        manages=False,
        organization=request.viewer.organization_name,
        ways=_ways(),
        tabs=_tabs({}, is_closed=is_closed),
        rows=rows_of(request, found.lines[:_MOST_OF_ONES_OWN]),
        is_closed=is_closed,
        is_narrowed=False,
        is_filtered=False,
        clear_url=link(here, state),
        newest_url="",
        older_url="",
        csv_url=link(reverse("portal:request-list-csv"), state),
        more_url=link(reverse("portal:request-list"), state),
    )
    return render(request, "portal/activity/overview.html", {"page": page})


@with_profile
@require_safe
def overview_csv(request: PageRequest) -> HttpResponse:
    """The same requests for a spreadsheet, for whoever manages the organization."""
    _managing(request)
    _form, sought, agreements = _sought(request)
    head = (
        _("Number"),
        _("Summary"),
        _("Product"),
        _("Severity"),
        _("Status"),
        _("Sent"),
        _("Sent by"),
        _("Location"),
        _("Primary contact"),
        _("Agreement"),
    )
    rows = (
        (
            line.shown_number,
            line.summary,
            text_in(line.product, language()),
            line.severity,
            str(STATUSES[line.status][0]),
            line.opened_at,
            line.opened_by,
            line.location,
            line.contact,
            agreements.get(line.agreement_id or 0, ""),
        )
        for line in cases.whole_activity(request.viewer, sought)
    )
    return download("pactdesk-activity", head, rows, zone=request.viewer.zone)


@with_profile
@require_safe
def use(request: PageRequest) -> HttpResponse:
    """How the organization uses its agreements: by month, agreement, location and person, for whoever manages it."""
    _managing(request)
    found = read_use(request.viewer, at=request.at)
    page = UsePage(
        organization=request.viewer.organization_name,
        plots=use_plots(found),
        agreements=tuple(_agreement_row(each) for each in found.agreements),
        csv_url=reverse("portal:activity-use-csv"),
    )
    return render(request, "portal/activity/use.html", {"page": page})


@with_profile
@require_safe
def use_csv(request: PageRequest) -> HttpResponse:
    """What was used, a line for each month, agreement and person."""
    _managing(request)
    found: Use = read_use(request.viewer, at=request.at)
    head = (
        _("Month"),
        _("Agreement"),
        _("Access ID"),
        _("Location"),
        _("Person"),
        _("Unit"),
        _("Requests"),
        _("Used"),
    )
    return download("pactdesk-use", head, found.table(), zone=request.viewer.zone)


def _managing(request: PageRequest) -> None:
    """Raises Http404 for whoever does not manage an organization."""
    if not manages(request.viewer):
        raise Http404


def _of_organization(request: PageRequest, *, is_closed: bool) -> HttpResponse:
    form, sought, agreements = _sought(request)
    older_than = place_in(request.GET.get("older", ""))
    found = cases.activity(request.viewer, sought, older_than=older_than)
    here, kept = reverse("portal:activity"), form.chosen
    state = {"show": "closed"} if is_closed else {}
    older = {"older": written_place(found.older_than)} if found.older_than else {}
    page = ActivityPage(
        manages=True,
        organization=request.viewer.organization_name,
        ways=_ways(),
        tabs=_tabs(kept, is_closed=is_closed),
        rows=[_row(line, request, agreements) for line in found.lines],
        is_closed=is_closed,
        is_narrowed=bool(kept),
        is_filtered=bool(set(kept) - {"q"}),
        clear_url=link(here, state),
        newest_url=link(here, {**kept, **state}) if older_than else "",
        older_url=link(here, {**kept, **state, **older}) if older else "",
        csv_url=link(reverse("portal:activity-csv"), {**kept, **state}),
        more_url="",
    )
    return render(request, "portal/activity/overview.html", {"page": page, "list_form": form})


def _sought(request: PageRequest) -> tuple[ActivityForm, Sought, dict[int, str]]:
    """The form, what it asks for, and how each agreement of the organization is called."""
    agreements = {each.agreement_id: each.named.shown(language()) for each in of_organization(request.viewer)}
    members = accounts.members(request.viewer)
    locations = {each.location_id: each.location for each in members if each.location_id is not None}
    form = ActivityForm(
        request.GET,
        locations=sorted(locations.items(), key=lambda each: each[1]),
        people=[(each.account_id, each.name) for each in members],
        agreements=list(agreements.items()),
    )
    sought = Sought(
        closed=request.GET.get("show") == "closed",
        words=form.chosen.get("q", ""),
        location=form.id_of("location"),
        person=form.id_of("person"),
        agreement=form.id_of("agreement"),
    )
    return form, sought, agreements


def _tabs(kept: Mapping[str, str], *, is_closed: bool) -> tuple[Tab, ...]:
    here = reverse("portal:activity")
    return (
        Tab(_("Open requests"), link(here, dict(kept)), not is_closed),
        Tab(_("Closed requests"), link(here, {**kept, "show": "closed"}), is_closed),
    )


def _row(line: ActivityLine, request: PageRequest, agreements: Mapping[int, str]) -> dict[str, Any]:
    name, kind, _icon = STATUSES[line.status]
    return {
        "url": reverse("portal:request", args=[line.shown_number]) if line.may_open else "",
        "number": line.shown_number,
        "summary": line.summary,
        "product": text_in(line.product, language()),
        "severity": line.severity,
        "status": str(name),
        "status_kind": kind,
        "opened": short_day(line.opened_at, request.viewer.time_zone, language()),
        "opened_by": line.opened_by,
        "location": line.location,
        "contact": line.contact,
        "agreement": agreements.get(line.agreement_id or 0, ""),
    }


def _agreement_row(line: OrganizationAgreement) -> dict[str, Any]:
    return {
        "label": line.named.shown(language()),
        "owner": line.owner,
        "units": units_left(line.unit, line.units_left, line.units_granted, counted=line.counted),
        "until": _("until %(day)s") % {"day": day_in_words(line.last_day, line.time_zone, language())},
        "colleagues": ", ".join(line.colleagues),
        "others": ngettext(
            "%(count)s account of another organization",
            "%(count)s accounts of other organizations",
            line.others,
        )
        % {"count": line.others}
        if line.others
        else "",
        "has_pair": line.has_pair,
        "url": link(reverse("portal:activity"), {"agreement": str(line.agreement_id)}),
    }


def _ways() -> tuple[Way, ...]:
    """What can be asked for: only incidents need the pair of IDs (REQ-3)."""
    new = reverse("portal:request-new")
    programme = programme_product()
    ways = [
        Way(
            _("Incident"),
            _(
                "Something does not work. It needs an agreement, added by its pair of IDs, or a paid incident."
            ),
            new,
            _("Start an incident"),
        ),
        Way(
            _("Advice"),
            _(
                "A consultant calls back about planning, deployment or how something is done. Choose a problem of the "
                "kind “advice” in step 1; it takes advisory hours."
            ),
            new,
            _("Ask for advice"),
        ),
        Way(
            _("Programme and benefits"),
            _("Membership, benefits, lost IDs. It is free and needs no pair of IDs."),
            link(new, {"product": programme.code}) if programme else new,
            _("Ask the service centre"),
        ),
    ]
    if settings.COMMUNITY_URL:
        ways.append(
            Way(
                _("Community"),
                _("Ask other partners. It is free and needs no pair of IDs."),
                settings.COMMUNITY_URL,
                _("Go to the community"),
            )
        )
    return tuple(ways)
