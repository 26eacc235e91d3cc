"""What a term in the partner network brings, and having it activated: on request, or by the service centre
(BEN-2, BEN-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Colleague
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.queries.activation import Activatable, Brought, KitPlace, activatable
from pactdesk.agreements.services.activation import CannotActivate, activate_on_request
from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.kernel.ids import new_key
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.pages.links import number_in
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.words import country_name
from pactdesk.portal import programme_support
from pactdesk.portal.plans import grant_in_words, language, length_in_words
from pactdesk.portal.programme_support import Matter, known_of, may_be_asked
from pactdesk.portal.views.intake.problem import key_in


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme that the term brings. `url` leads to the question whether to activate it, "" where it is, or
    comes by itself."""

    name: str
    about: str
    is_activated: bool
    url: str


@dataclass(frozen=True, slots=True)
class KitRow:
    """A kit that a location may have. `is_activated`: it has it. `contact` says who is mailed its IDs."""

    location_id: int
    programme_code: str
    name: str
    about: str
    is_activated: bool
    contact: str


@dataclass(frozen=True, slots=True)
class ActivationPage:
    """What the term brings. `reasons` are why the reader cannot have it activated, `request_reasons` why no
    request can be made here."""

    facts: tuple[tuple[str, str], ...]
    automatic: tuple[ProgrammeRow, ...]
    on_request: tuple[ProgrammeRow, ...]
    kits: tuple[KitRow, ...]
    reasons: tuple[WordedReason, ...]
    request_reasons: tuple[WordedReason, ...]
    service_centre: str
    key: str


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """What is asked before a programme is activated. `refusals` are why it cannot be."""

    name: str
    lines: tuple[str, ...]
    refusals: tuple[WordedReason, ...]
    may_go_on: bool


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: PageRequest) -> HttpResponse:
    """What the term brings. By POST a request to the service centre is begun, which fulfils it."""
    found = activatable(request.viewer, at=request.at)
    if request.method != "POST":
        return _show(request, found)
    if not may_be_asked(request.viewer).allowed:
        return _show(request, found, status=422)
    known = _facts(found, request.viewer)
    match request.POST.get("do"):
        case "ask":
            return _begin(request, found, Matter.ACTIVATION, _("Please activate our benefits."), known)
        case "ask-kit":
            place, row = _asked_kit(request, found)
            known += _of_place(place, row, found)
            first = _("Please activate a benefit kit for our location.")
            return _begin(request, found, Matter.KIT, first, known)
    raise BadRequest("nothing that can be asked here")


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: PageRequest, programme_code: str) -> HttpResponse:
    """Activate a programme on request, after a question. Raises Http404 for one that the term does not bring."""
    found = activatable(request.viewer, at=request.at)
    row = (
        next((each for each in found.on_request if each.programme.code == programme_code), None)
        if found
        else None
    )
    if found is None or row is None:
        raise Http404
    if not found.may_ask.allowed:
        return _question(request, found, row, found.may_ask, status=403)
    if request.method != "POST":
        done = Decision((Reason("activation.done-before"),)) if row.is_activated else ALLOWED
        return _question(request, found, row, done, status=200)
    try:
        activate_on_request(programme_code, actor=request.viewer, at=request.at)
    except CannotActivate as refused:
        return _question(request, found, row, refused.decision, status=422)
    messages.success(
        request, _("%(programme)s is activated.") % {"programme": text_in(row.programme.name, language())}
    )
    return redirect("portal:benefit-activate")


def _begin(
    request: PageRequest,
    found: Activatable | None,
    matter: Matter,
    first: str,
    known: Iterable[tuple[str, str]],
) -> HttpResponse:
    return programme_support.begin(
        key_in(request.POST.get("key", "")),
        matter,
        first,
        known,
        partner_number=found.partner_number if found else "",
        request=request,
    )


def _show(request: PageRequest, found: Activatable | None, *, status: int = 200) -> HttpResponse:
    viewer = request.viewer
    page = ActivationPage(
        facts=tuple(_facts(found, viewer)) if found and found.enrolments else (),
        automatic=tuple(_by_itself(each) for each in found.automatic) if found else (),
        on_request=tuple(_on_request(each, found) for each in found.on_request) if found else (),
        kits=tuple(_kit_rows(found.kits, _contacts_of(found.kits, found))) if found else (),
        reasons=_in_words(found.may_ask if found else ALLOWED, viewer),
        request_reasons=_in_words(may_be_asked(viewer), viewer),
        service_centre=settings.SERVICE_CENTRE_ADDRESS,
        key=str(new_key()),
    )
    return render(request, "portal/benefits/activate.html", {"page": page}, status=status)


def _question(
    request: PageRequest, found: Activatable, row: Brought, refused: Decision, *, status: int
) -> HttpResponse:
    programme = row.programme
    contact: Colleague | None = accounts.colleagues([found.contact]).get(found.contact or 0)
    page = QuestionPage(
        name=text_in(programme.name, language()),
        lines=(
            _("Granted: %(amount)s. The benefits begin today and last %(length)s.")
            % {"amount": grant_in_words(programme), "length": length_in_words(programme)},
            _("The IDs are e-mailed to your primary programme contact, %(name)s.") % {"name": contact.name}
            if contact
            else _(
                "Nobody is noted as your primary programme contact, so the IDs wait until the service centre knows "
                "who it is."
            ),
            _("It is activated once for each term. This cannot be undone."),
        ),
        refusals=_in_words(refused, request.viewer),
        may_go_on=refused.allowed,
    )
    return render(request, "portal/benefits/activate_one.html", {"page": page}, status=status)


def _asked_kit(request: PageRequest, found: Activatable | None) -> tuple[KitPlace, KitRow]:
    """The location and the kit that a form names. Raises Http404 for any other."""
    location_id = number_in(request.POST.get("location", ""), digits=15)
    for place in found.kits if found else ():
        for row in _kit_rows([place], {}):
            if place.location_id == location_id and row.programme_code == request.POST.get("programme"):
                return place, row
    raise Http404


def _facts(found: Activatable | None, viewer: Viewer) -> list[tuple[str, str]]:
    if found is None:
        return []
    return known_of(viewer.organization_name, found.partner_number, found.enrolments)


def _of_place(place: KitPlace, row: KitRow, found: Activatable | None) -> list[tuple[str, str]]:
    contact = _contacts_of([place], found).get(place.location_id)
    return [
        (
            _("Location"),
            " · ".join(dict.fromkeys(filter(None, (place.name, place.city, country_name(place.country))))),
        ),
        (_("Competency"), ", ".join(place.competencies)),
        (_("Programme"), row.name),
        (
            _("Primary programme contact of the location"),
            f"{contact.name} · {contact.email}" if contact else _("nobody is noted"),
        ),
    ]


def _by_itself(each: Brought) -> ProgrammeRow:
    about = _("Comes by itself with each renewal, usually within %(days)s days. Renewed on %(day)s.") % {
        "days": each.programme.activated_within_days,
        "day": day_in_words(each.renewed_on, "UTC", language()),
    }
    return ProgrammeRow(text_in(each.programme.name, language()), about, each.is_activated, "")


def _on_request(each: Brought, found: Activatable) -> ProgrammeRow:
    may_go_on = found.may_ask.allowed and not each.is_activated
    url = reverse("portal:benefit-activate-one", args=[each.programme.code]) if may_go_on else ""
    about = f"{grant_in_words(each.programme)} · {length_in_words(each.programme)}"
    return ProgrammeRow(text_in(each.programme.name, language()), about, each.is_activated, url)


def _contacts_of(places: Iterable[KitPlace], found: Activatable | None) -> dict[int, Colleague]:
    """Who would be mailed the pairs of kits, by location."""
    if found is None:
        return {}
    contacts = {place.location_id: found.contacts.get(place.location_id) for place in places}
    people = accounts.colleagues(contacts.values())
    return {
        pk: people[contact] for pk, contact in contacts.items() if contact is not None and contact in people
    }


def _kit_rows(places: Iterable[KitPlace], contacts: Mapping[int, Colleague]) -> Iterable[KitRow]:
    for place in places:
        contact = contacts.get(place.location_id)
        for kit in place.kits:
            yield KitRow(
                location_id=place.location_id,
                programme_code=kit.code,
                name=text_in(kit.name, language()),
                about=" · ".join((place.name, *place.competencies)),
                is_activated=kit.code in place.activated,
                contact=_("Its contact: %(name)s") % {"name": contact.name}
                if contact
                else _("No contact is noted for it, so its IDs would wait."),
            )


def _in_words(decision: Decision, viewer: Viewer) -> tuple[WordedReason, ...]:
    return tuple(worded(reason, zone=viewer.time_zone or "UTC") for reason in decision)
