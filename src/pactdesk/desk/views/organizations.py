"""Organizations at the service centre: the list, one of them, and its primary programme contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts.queries import organizations as queries
from pactdesk.accounts.queries.organizations import LocationLine, OrganizationLine
from pactdesk.accounts.services.contacts import CannotChangeContact, set_primary_contact
from pactdesk.agreements.queries import centre
from pactdesk.agreements.queries.activation import Bringing, brought_to
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.organizations import ContactForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.network import terms_in_words
from pactdesk.desk.views.agreements import Row, row_of
from pactdesk.desk.views.correcting import QuestionPage
from pactdesk.desk.words import Words, language
from pactdesk.kernel.worded import text_in
from pactdesk.pages.links import link, number_in
from pactdesk.pages.requests import PageRequest
from pactdesk.pages.searching import words_in
from pactdesk.pages.spreadsheet import download
from pactdesk.pages.words import country_name

_KINDS: Final[Mapping[str, Words]] = {
    "vendor": gettext_lazy("Vendor"),
    "partner": gettext_lazy("Partner"),
    "customer": gettext_lazy("Customer"),
    "publisher": gettext_lazy("Publisher"),
}
_ROLES: Final[Mapping[str, Words]] = {
    "global-administrator": gettext_lazy("Global administrator"),
    "helpdesk-administrator": gettext_lazy("Helpdesk administrator"),
}


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of organizations; `rows` are (name, address, kind, partner number, contact)."""

    rows: tuple[tuple[str, str, Words, str, str], ...]
    words: str
    clear_url: str
    first_url: str
    next_url: str
    csv_url: str


@dataclass(frozen=True, slots=True)
class Place:
    """A location, or the organization itself, with its contact and the address that changes it. `competencies` are
    (name, address that takes it off)."""

    name: str
    about: str
    contact: str
    url: str
    competencies: tuple[tuple[str, str], ...] = ()
    competency_url: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A term in the partner network. `url` is where it is ended, "" where it is over."""

    text: str
    is_running: bool
    url: str


@dataclass(frozen=True, slots=True)
class Benefit:
    """A programme that the terms bring. `url` is where it is activated, "" where that is not done here; `waits`: for a
    second person."""

    name: str
    about: str
    is_activated: bool
    url: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One organization; `people` are (name, about)."""

    name: str
    facts: tuple[tuple[str, str], ...]
    places: tuple[Place, ...]
    people: tuple[tuple[str, str], ...]
    agreements: tuple[Row, ...]
    agreements_url: str
    requests_url: str
    issue_url: str
    terms: tuple[Term, ...]
    enrol_url: str
    benefits: tuple[Benefit, ...]
    kits: tuple[Benefit, ...]


@at_service_centre
@require_safe
def organization_list(request: PageRequest) -> HttpResponse:
    """The organizations by name, narrowed as the address says."""
    words = _words(request)
    after = number_in(request.GET.get("after", ""), digits=15)
    found = queries.organization_list(request.viewer, words=words, after=after)
    here, kept = reverse("desk:organizations"), {"q": words} if words else {}
    page = ListPage(
        rows=tuple(
            (
                line.name,
                reverse("desk:organization", args=[line.organization_id]),
                _KINDS[line.kind],
                line.partner_number,
                line.contact,
            )
            for line in found.lines
        ),
        words=words,
        clear_url=here,
        first_url=link(here, kept) if after is not None else "",
        next_url=link(here, kept | {"after": str(found.after)}) if found.after else "",
        csv_url=link(reverse("desk:organizations-csv"), kept),
    )
    return render_at_desk(request, "desk/organizations.html", page, here="organizations")


@at_service_centre
@require_safe
def organization_list_csv(request: PageRequest) -> HttpResponse:
    """The same organizations for a spreadsheet."""
    head = (_("Organization"), _("Kind"), _("Partner number"), _("Primary programme contact"))
    rows = (
        (line.name, str(_KINDS[line.kind]), line.partner_number, line.contact)
        for line in queries.whole_organization_list(request.viewer, words=_words(request))
    )
    return download("pactdesk-organizations", head, rows)


@at_service_centre
@require_safe
def organization_page(request: PageRequest, organization_id: int) -> HttpResponse:
    """One organization."""
    found = queries.organization_page(request.viewer, organization_id)
    agreements = centre.agreements_of(request.viewer, organization_id)
    brought = brought_to(request.viewer, organization_id, at=request.at)
    today = request.at.date()
    line, searched = found.line, urlencode({"q": found.line.name})
    page = Page(
        name=line.name,
        facts=_facts(line, found.domains),
        places=(
            Place(
                _("Whole organization"),
                "",
                line.contact,
                reverse("desk:organization-contact", args=[organization_id]),
            ),
            *(_place(each, organization_id) for each in found.locations),
        ),
        people=tuple(
            (each.name, " · ".join((each.email, *(str(_ROLES[role]) for role in each.roles))))
            for each in found.people
        ),
        agreements=tuple(row_of(each) for each in agreements),
        agreements_url=f"{reverse('desk:agreements')}?{searched}",
        requests_url=f"{reverse('desk:queue')}?{searched}",
        issue_url=reverse("desk:organization-issue", args=[organization_id]),
        terms=tuple(
            Term(
                terms_in_words(each),
                each.renewed_on <= today <= each.ends_on,
                reverse("desk:enrolment", args=[organization_id, each.enrolment_id])
                if each.ends_on > today
                else "",
            )
            for each in found.enrolments
        ),
        enrol_url=reverse("desk:enrolment-new", args=[organization_id]),
        benefits=_benefits(brought, organization_id),
        kits=_kits(brought, organization_id),
    )
    return render_at_desk(request, "desk/organization.html", page, here="organizations")


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: PageRequest, organization_id: int, location_id: int | None = None) -> HttpResponse:
    """Change the primary programme contact of an organization, or of one of its locations."""
    found = queries.organization_page(request.viewer, organization_id)
    place = next((each for each in found.locations if each.location_id == location_id), None)
    if location_id is not None and place is None:
        raise Http404
    now = place.contact if place else found.line.contact
    form = ContactForm(request.POST if request.method == "POST" else None, initial={"contact": now})
    if form.is_bound and form.is_valid():
        try:
            set_primary_contact(
                organization_id,
                location_id,
                form.cleaned_data["contact"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotChangeContact as refused:
            form.refuse(refused.decision)
        else:
            messages.success(request, _("The primary programme contact is kept."))
            return redirect("desk:organization", organization_id)
    page = QuestionPage(
        title=_("Primary programme contact"),
        label=" · ".join(filter(None, (found.line.name, place.name if place else ""))),
        back_url=reverse("desk:organization", args=[organization_id]),
        lines=(_("Benefits are addressed to this person, and the IDs of agreements are mailed there."),),
        button=_("Keep"),
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(
        request, "desk/agreement_question.html", page, here="organizations", status=status, form=form
    )


def _words(request: PageRequest) -> str:
    return words_in(request.GET)


def _facts(line: OrganizationLine, domains: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    told = (
        (_("Kind"), str(_KINDS[line.kind])),
        (_("Partner number"), line.partner_number),
        (_("Domains"), ", ".join(domains)),
    )
    return tuple((label, value) for label, value in told if value)


def _place(place: LocationLine, organization_id: int) -> Place:
    told = (_("Headquarters") if place.is_headquarters else "", place.city, country_name(place.country))
    return Place(
        name=place.name,
        about=" · ".join(filter(None, told)),
        contact=place.contact,
        url=reverse("desk:location-contact", args=[organization_id, place.location_id]),
        competencies=tuple(
            (each.name, reverse("desk:competency", args=[organization_id, each.competency_id]))
            for each in place.competencies
        ),
        competency_url=reverse("desk:competency-new", args=[organization_id, place.location_id]),
    )


def _benefits(brought: Bringing, organization_id: int) -> tuple[Benefit, ...]:
    by_itself = [
        Benefit(text_in(each.programme.name, language()), _("With the renewal"), each.is_activated)
        for each in brought.automatic
    ]
    on_request = [
        Benefit(
            text_in(each.programme.name, language()),
            _("On request of the organization"),
            each.is_activated,
            reverse("desk:organization-activate", args=[organization_id, each.programme.code]),
            (each.programme.code, None) in brought.waiting,
        )
        for each in brought.on_request
    ]
    return (*by_itself, *on_request)


def _kits(brought: Bringing, organization_id: int) -> tuple[Benefit, ...]:
    return tuple(
        Benefit(
            text_in(programme.name, language()),
            f"{place.name} · {', '.join(place.competencies)}",
            programme.code in place.activated,
            reverse("desk:kit", args=[organization_id, place.location_id, programme.code]),
            (programme.code, place.location_id) in brought.waiting,
        )
        for place in brought.kits
        for programme in place.kits
    )
