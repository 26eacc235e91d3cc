"""A pair that somebody cannot find: who has it, to whom the region lets it be mailed, and a request (BEN-4, REQ-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pactdesk.accounts import queries as accounts
from pactdesk.accounts.queries import Colleague
from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements.queries.activation import enrolments_of
from pactdesk.agreements.queries.lost_pairs import LostPair, LostPairs, PlaceOfBenefits, lost_pairs
from pactdesk.agreements.services.mailing import CannotMailPair, mail_contacts, mail_me
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.decisions import ALLOWED, Decision
from pactdesk.kernel.ids import new_key
from pactdesk.kernel.moments import day_in_words, instant_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.queries.outbox import UNWRITTEN, states_of_pair_letters
from pactdesk.pages.links import link, number_in
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.pages.words import country_name
from pactdesk.portal import programme_support
from pactdesk.portal.numbered_pages import Steps, steps
from pactdesk.portal.plans import language
from pactdesk.portal.programme_support import Matter, known_of, may_be_asked
from pactdesk.portal.views.intake.problem import key_in

# Why somebody is mailed nothing, said to that person.
_WHY_NOT: Final[Mapping[str, object]] = {
    "pair-mail.primary-contact-only": gettext_lazy(
        "Where the benefits are, the IDs may be e-mailed to the primary programme contact only."
    ),
    "pair-mail.location-unknown": gettext_lazy(
        "They may be e-mailed to people who work in the country of the benefits. At which location you work is not "
        "noted; the service centre notes it."
    ),
    "pair-mail.other-country": gettext_lazy(
        "They may be e-mailed to people who work in the country of the benefits. Your location is in another one."
    ),
}
# What became of the last letter with the IDs, by its state: to somebody who is known, and without a name.
_SENT: Final = (gettext_lazy("E-mailed to %(name)s: %(when)s"), gettext_lazy("E-mailed: %(when)s"))
_NOT_SENT: Final = (
    gettext_lazy("The e-mail to %(name)s did not leave: %(when)s"),
    gettext_lazy("The last e-mail did not leave: %(when)s"),
)
_MAILED: Final = {
    "queued": (
        gettext_lazy("On its way to %(name)s: %(when)s"),
        gettext_lazy("On its way: %(when)s"),
    ),
    "sent": _SENT,
    "kept": _SENT,
    "parked": _NOT_SENT,
    "withheld": _NOT_SENT,
    UNWRITTEN: _NOT_SENT,
}


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair that the reader may have. `mailed` says when and to whom it was sent last, or that this failed; "" where
    it never was."""

    agreement_id: int
    name: str
    about: str
    mailed: str


@dataclass(frozen=True, slots=True)
class LostIdsPage:
    """What is known, and what can be done. `why_not` says why the reader is mailed nothing; `contact` is whom to ask;
    `reasons` are why no request can be made here."""

    facts: tuple[tuple[str, str], ...]
    is_known: bool
    is_contact: bool
    pairs: tuple[PairRow, ...]
    steps: Steps | None
    why_not: tuple[str, ...]
    contact: Colleague | None
    reasons: tuple[WordedReason, ...]
    refusals: tuple[WordedReason, ...]
    service_centre: str
    key: str


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def lost_ids(request: PageRequest) -> HttpResponse:
    """What is known and whom to ask. By POST a pair is mailed to whom it may be, or a request is begun; no pair is ever
    shown. Whoever may not have a pair is answered alike whether there is one."""
    if request.method != "POST":
        return _show(request)
    match request.POST.get("do"):
        case "mail-me":
            return _mail_me(request)
        case "mail-contacts":
            mail_contacts(actor=request.viewer, at=request.at)
            messages.success(
                request,
                _(
                    "If there are IDs that can be sent, your primary programme contact has them in an e-mail in a "
                    "moment. What was sent within a day is not sent again."
                ),
            )
            return redirect("portal:benefit-lost-ids")
        case "ask":
            return _ask(
                request, Matter.LOST_IDS, _("We cannot find the IDs of our agreement. Please help us.")
            )
        case "ask-contact":
            return _ask(
                request,
                Matter.CONTACT,
                _("Our primary programme contact has to be changed. The new one is:"),
            )
    raise BadRequest("nothing that can be done about lost IDs")


def _mail_me(request: PageRequest) -> HttpResponse:
    try:
        mail_me(
            number_in(request.POST.get("agreement", ""), digits=15) or 0, actor=request.viewer, at=request.at
        )
    except CannotMailPair as refused:
        return _show(request, refused.decision, status=422)
    messages.success(
        request, _("The IDs are on their way to %(address)s.") % {"address": request.viewer.email}
    )
    return redirect(_url(_page_in(request)))


def _page_in(request: PageRequest) -> int:
    return number_in(request.GET.get("page", ""), digits=6) or 1


def _url(page: int) -> str:
    return link(reverse("portal:benefit-lost-ids"), {"page": str(page)} if page > 1 else {})


def _ask(request: PageRequest, matter: Matter, first: str) -> HttpResponse:
    if not may_be_asked(request.viewer).allowed:
        return _show(request, status=422)
    found = lost_pairs(request.viewer, at=request.at)
    known = _facts(request, found, _contacts(found))
    return programme_support.begin(
        key_in(request.POST.get("key", "")),
        matter,
        first,
        known,
        partner_number=found.partner_number if found else "",
        request=request,
    )


def _show(request: PageRequest, refused: Decision = ALLOWED, *, status: int = 200) -> HttpResponse:
    viewer = request.viewer
    found = lost_pairs(viewer, page=_page_in(request), at=request.at)
    people = _contacts(found)
    page = LostIdsPage(
        facts=tuple(_facts(request, found, people)),
        is_known=found is not None,
        is_contact=found is not None and found.contact == viewer.account_id,
        pairs=_pairs(found, people, request),
        steps=steps(found.page, found.pages, _url) if found else None,
        why_not=_why_not(found.places[0]) if found else (),
        contact=people.get(found.contact or 0) if found else None,
        reasons=_in_words(may_be_asked(viewer), viewer),
        refusals=_in_words(refused, viewer),
        service_centre=settings.SERVICE_CENTRE_ADDRESS,
        key=str(new_key()),
    )
    return render(request, "portal/benefits/lost_ids.html", {"page": page}, status=status)


def _contacts(found: LostPairs | None) -> Mapping[int, Colleague]:
    """The contacts of the places, and to whom pairs were mailed: all are people of the reader's organization."""
    if found is None:
        return {}
    return accounts.colleagues(
        (*(place.contact for place in found.places), *(pair.mailed_to for pair in found.pairs))
    )


def _facts(
    request: PageRequest, found: LostPairs | None, people: Mapping[int, Colleague]
) -> list[tuple[str, str]]:
    """What is known of the reader's organization, as (label, value)."""
    if found is None:
        return []
    terms = enrolments_of(request.viewer, at=request.at)
    told = known_of(found.organization, found.partner_number, terms)
    for place in found.places:
        label = _("Headquarters") if place.is_headquarters else _("Your location")
        told.append((label, _place_in_words(place)))
        contact = people.get(place.contact or 0)
        named = f"{contact.name} · {contact.email}" if contact else _("nobody is noted")
        told.append(
            (
                _("Primary programme contact")
                if place.is_headquarters
                else _("Primary programme contact of your location"),
                named,
            )
        )
    region = catalog.current().region_of(found.places[0].country)
    if region is not None:
        told.append((_("Region"), text_in(region.name, language())))
    return told


def _place_in_words(place: PlaceOfBenefits) -> str:
    country = country_name(place.country) if place.country else ""
    city = place.city if place.city != place.name else ""
    return " · ".join(filter(None, (place.name, city, country))) or _("not noted")


def _why_not(headquarters: PlaceOfBenefits) -> tuple[str, ...]:
    return tuple(str(_WHY_NOT[reason.code]) for reason in headquarters.decision if reason.code in _WHY_NOT)


def _pairs(
    found: LostPairs | None, people: Mapping[int, Colleague], request: PageRequest
) -> tuple[PairRow, ...]:
    if found is None:
        return ()
    owed = {pair.mailed_by: pair.mailed_at for pair in found.pairs if pair.mailed_by and pair.mailed_at}
    states = states_of_pair_letters(owed, at=request.at)
    return tuple(
        _row(pair, states.get(pair.mailed_by or 0, ""), people, request.viewer) for pair in found.pairs
    )


def _row(pair: LostPair, state: str, people: Mapping[int, Colleague], viewer: Viewer) -> PairRow:
    day = day_in_words(pair.ends_at - timedelta(microseconds=1), pair.time_zone, language())
    to = people.get(pair.mailed_to or 0)
    mailed = ""
    if pair.mailed_at is not None:
        when = instant_in_words(pair.mailed_at, viewer.time_zone or "UTC", language())
        with_name, without = _MAILED[state]
        mailed = str(with_name if to else without) % {"name": to.name if to else "", "when": when}
    return PairRow(
        agreement_id=pair.agreement_id,
        name=text_in(pair.programme, language()),
        about=" · ".join(filter(None, (pair.place, _("until %(day)s") % {"day": day}))),
        mailed=mailed,
    )


def _in_words(decision: Decision, viewer: Viewer) -> tuple[WordedReason, ...]:
    return tuple(worded(reason, zone=viewer.time_zone or "UTC") for reason in decision)
