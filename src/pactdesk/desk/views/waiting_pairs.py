"""Pairs that nobody could be mailed, at the service centre: why, and what helps (BEN-1, BEN-3)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pactdesk.agreements.queries.waiting_pairs import Waiting, waiting_page, whole_waiting_list
from pactdesk.agreements.services.mailing import CannotMailPair, mail_waiting_one
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import language
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.wording import sentence
from pactdesk.pages.links import link, place_in, written_place
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.spreadsheet import download
from pactdesk.pages.words import country_name


@dataclass(frozen=True, slots=True)
class Row:
    """A pair that waits. `contact` is who could be mailed it by now, `cut_off` a contact who may not have it, to
    whom an owner gives that back where it `has_owner`; `name_url` names somebody, and `send_url` has it sent to another
    one who may have it, "" where nobody else may."""

    organization: str
    url: str
    programme: str
    about: str
    contact: str
    cut_off: str
    has_owner: bool
    mail_url: str
    name_url: str
    send_url: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list."""

    rows: tuple[Row, ...]
    newest_url: str
    older_url: str
    csv_url: str


@at_service_centre
@require_safe
def waiting_list(request: PageRequest) -> HttpResponse:
    """The pairs that wait, the newest first."""
    older_than = place_in(request.GET.get("older", ""))
    found = waiting_page(request.viewer, older_than=older_than)
    here = reverse("desk:waiting-pairs")
    page = Page(
        rows=tuple(_row(each, request) for each in found.lines),
        newest_url=here if older_than else "",
        older_url=link(here, {"older": written_place(found.older_than)}) if found.older_than else "",
        csv_url=reverse("desk:waiting-pairs-csv"),
    )
    return render_at_desk(request, "desk/waiting_pairs.html", page, here="waiting-pairs")


@at_service_centre
@require_safe
def waiting_list_csv(request: PageRequest) -> HttpResponse:
    """The same for a spreadsheet."""
    head = (
        _("Organization"),
        _("Location"),
        _("Country"),
        _("Programme"),
        _("Activated"),
        _("Primary programme contact"),
        _("Why it waits"),
    )
    rows = (
        (
            each.organization,
            each.location,
            each.country,
            text_in(each.programme, language()),
            each.activated_at,
            each.contact or each.cut_off,
            _why(each),
        )
        for each in whole_waiting_list(request.viewer)
    )
    return download("pactdesk-waiting-pairs", head, rows, zone=request.viewer.zone)


@at_service_centre
@require_POST
def mail_now(request: PageRequest, agreement_id: int) -> HttpResponse:
    """Mail one at once, now that there is somebody; the job would do so within the hour."""
    try:
        is_mailed = mail_waiting_one(agreement_id, actor=request.viewer, at=request.at)
    except CannotMailPair as refused:
        for reason in refused.decision:
            messages.error(request, sentence(reason, "UTC"))
    else:
        if is_mailed:
            messages.success(request, _("The IDs are mailed to the primary programme contact."))
        else:
            messages.info(request, _("The IDs were mailed in the meantime."))
    return redirect("desk:waiting-pairs")


def _why(each: Waiting) -> str:
    """Why it is not mailed; "" where it can be by now."""
    if each.cut_off:
        return _("The contact's access was withdrawn")
    return "" if each.contact else _("No primary programme contact who can be written to")


def _row(each: Waiting, request: PageRequest) -> Row:
    day = day_in_words(each.activated_at, request.viewer.time_zone or "UTC", language())
    place = each.location or _("Headquarters")
    country = country_name(each.country) if each.country else ""
    place_id = [each.organization_id, each.location_id]
    return Row(
        organization=each.organization,
        url=reverse("desk:organization", args=[each.organization_id]),
        programme=text_in(each.programme, language()),
        about=" · ".join(filter(None, (place, country, _("activated on %(day)s") % {"day": day}))),
        contact=each.contact,
        cut_off=each.cut_off,
        has_owner=each.has_owner,
        mail_url=reverse("desk:waiting-pair-mail", args=[each.agreement_id]),
        name_url=reverse("desk:location-contact", args=place_id)
        if each.location_id
        else reverse("desk:organization-contact", args=place_id[:1]),
        send_url=reverse("desk:agreement-send", args=[each.agreement_id]) if each.any_contact else "",
    )
