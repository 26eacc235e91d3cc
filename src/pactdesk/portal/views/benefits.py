"""Benefits: which agreements somebody has, what is left of them, and where it went (AGR-3 to AGR-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import queries, services
from pactdesk.agreements.amounts import counted_in
from pactdesk.agreements.queries import AgreementLine, statements
from pactdesk.agreements.queries.draw_order import draw_order
from pactdesk.agreements.queries.set_asides import may_divide
from pactdesk.agreements.queries.statements import StatementLine
from pactdesk.agreements.rules import ADVISORY_HOUR
from pactdesk.cases.queries.advice import times_told
from pactdesk.cases.queries.reports import kept_for
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.moments import place_of
from pactdesk.pages.links import link, number_in
from pactdesk.pages.plots import Plot
from pactdesk.pages.requests import PageRequest, address_of, with_profile
from pactdesk.pages.spreadsheet import download
from pactdesk.pages.statements import StatementRow, statement_row, what, who
from pactdesk.pages.words import share_in_words
from pactdesk.portal.draw_order import Order, order_of
from pactdesk.portal.forms.benefits import HoldingsForm, PairForm, StatementForm
from pactdesk.portal.holdings import FEW, Part, in_all, matching, part, programmes_of
from pactdesk.portal.plans import (
    PlanCard,
    coverage_in_words,
    first_day,
    grant_in_words,
    language,
    last_day,
    length_in_words,
    plan_card,
    promises_in_words,
)
from pactdesk.portal.usage import usage_plot
from pactdesk.portal.views.ownership import SeatRow, seat_row, told_in_words
from pactdesk.purchases import queries as purchases

_DAYS_OF_PROMISES: Final = 90
# What of an address says which page is shown.
_PAGES: Final = ("page", "unavailable")


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The agreements of an account: those that can pay, and those that cannot, each with its reasons, a page of both.

    `in_all` is what is left on those that can pay; `is_narrowed`: by words or a programme, which `clear_url` lifts.
    `csv_url` is where the statements of all that are shown are, with `kept_fields` of what narrows them.
    """

    usable: Part
    unusable: Part
    order: Order | None
    in_all: str
    is_searchable: bool
    is_narrowed: bool
    clear_url: str
    csv_url: str
    kept_fields: tuple[tuple[str, str], ...]
    kept: str
    may_buy: bool


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """An agreement on its own page. `seats` is None for everybody but its owner, and only the owner's page leads to
    `seat_limit_url` and `pair_url`, and to `letters_url`, for which `told` says what the owner is told of it.
    `set_asides_url` is "" for whoever may not divide it. `is_narrowed`: the statement, which `url` shows whole.
    `may_be_first`: others are offered before it."""

    agreement_id: int
    card: PlanCard
    usage: Plot
    facts: tuple[tuple[str, str], ...]
    coverage: tuple[str, ...]
    promises: tuple[tuple[str, str], ...]
    seats: tuple[SeatRow, ...] | None
    seats_in_use: int
    seat_limit: int | None
    seat_limit_url: str
    pair_url: str
    letters_url: str
    told: str
    set_asides_url: str
    rows: tuple[StatementRow, ...]
    place: str
    newer_url: str
    older_url: str
    is_narrowed: bool
    url: str
    csv_url: str
    is_ended: bool
    may_be_first: bool


@with_profile
@require_safe
def overview(request: PageRequest) -> HttpResponse:
    """The agreements of the account, usable ones first, narrowed by words and a programme."""
    form, lines, found = _sought(request)
    usable = [line for line in found if line.decision.allowed]
    unusable = [line for line in found if not line.decision.allowed]
    asked = {
        **form.chosen,
        **{name: request.GET[name] for name in _PAGES if number_in(request.GET.get(name, ""))},
    }
    page = OverviewPage(
        usable=part(usable, "page", asked, request.viewer, at=request.at),
        unusable=part(unusable, "unavailable", asked, request.viewer, at=request.at, anchor="#unavailable"),
        order=None if form.chosen else order_of(request, lines),
        in_all=in_all(usable),
        is_searchable=len(lines) > FEW,
        is_narrowed=bool(form.chosen),
        clear_url=reverse("portal:benefits"),
        csv_url=reverse("portal:benefit-statements") if any(line.may_open for line in found) else "",
        kept_fields=tuple(form.chosen.items()),
        kept=_kept_in_words(request),
        may_buy=purchases.may_buy(request.viewer).allowed,
    )
    context = {
        "page": page,
        "list_form": form,
        "statement_form": StatementForm({}, zone=request.viewer.zone),
    }
    return render(request, "portal/benefits/overview.html", context)


@with_profile
@require_safe
def statements_csv(request: PageRequest) -> HttpResponse:
    """The statements of all agreements that the overview shows for the same words, for a spreadsheet."""
    _form, _lines, found = _sought(request)
    told = statements.statements(
        request.viewer,
        [line.agreement_id for line in found if line.may_open],
        StatementForm(request.GET, zone=request.viewer.zone).sought,
    )
    rows = (
        [each.named.shown(language()), each.access_id, *_cells(each.line, each.unit)] for each in told.lines
    )
    more = [[_("There is more than one file takes. Choose a shorter span of time.")]] if told.is_cut else []
    return download(
        "pactdesk-statements",
        [_("Agreement"), _("Access ID"), *_head()],
        chain(rows, more),
        zone=request.viewer.zone,
    )


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PageRequest) -> HttpResponse:
    """Register an agreement ahead of need (AGR-3)."""
    form = PairForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            agreement_id = services.add_agreement(
                form.cleaned_data["access_id"],
                form.cleaned_data["contract_id"],
                subject=None,
                address=address_of(request),
                actor=request.viewer,
                at=request.at,
            )
        except services.CannotAddAgreement as refused:
            form.refuse(refused.decision, zone=request.viewer.time_zone)
        else:
            messages.success(
                request, _("The agreement is now in your account and will be offered for your requests.")
            )
            return redirect("portal:benefit", agreement_id)
    return render(request, "portal/benefits/add.html", {"form": form}, status=422 if form.is_bound else 200)


@with_profile
@require_safe
def agreement(request: PageRequest, agreement_id: int) -> HttpResponse:
    """One agreement with its statement; `?older=` goes on from a line, by its position."""
    older_than = number_in(request.GET.get("older", ""), digits=9)
    found = queries.agreement_page(request.viewer, agreement_id, at=request.at)
    people = statements.people_of(request.viewer, agreement_id)
    form = StatementForm(request.GET, zone=request.viewer.zone, people=people)
    statement = statements.statement(request.viewer, agreement_id, form.sought, older_than=older_than)
    unit = found.line.unit
    numbers = (each.case_number for each in statement.lines if each.case_number is not None)
    told = times_told(request.viewer, numbers) if unit == ADVISORY_HOUR else {}
    catalogue = catalog.current()
    programme = catalogue.programme(found.line.programme_code)
    seats = found.seats
    url = reverse("portal:benefit", args=[agreement_id])
    page = AgreementPage(
        agreement_id=agreement_id,
        card=plan_card(found.line, request.viewer, at=request.at),
        usage=usage_plot(
            found.line,
            statements.balances_by_day(request.viewer, agreement_id),
            request.viewer,
            at=request.at,
        ),
        facts=(
            *([(_("Set aside by"), found.line.set_aside_by)] if found.line.set_aside_by else []),
            (
                _("Granted"),
                grant_in_words(programme, found.line.units_granted if found.line.counted else None),
            ),
            (_("Length"), length_in_words(programme)),
            (_("First day"), first_day(found.line, request.viewer)),
            (_("Last day"), last_day(found.line, request.viewer)),
        ),
        coverage=tuple(coverage_in_words(programme, catalogue)),
        promises=tuple(promises_in_words(programme, catalogue, request.viewer.language)),
        seats=None if seats is None else tuple(seat_row(seat, found.line, request.viewer) for seat in seats),
        seats_in_use=sum(seat.revoked_at is None for seat in seats or ()),
        seat_limit=found.seat_limit,
        seat_limit_url=reverse("portal:benefit-seat-limit", args=[agreement_id]),
        pair_url=reverse("portal:benefit-pair", args=[agreement_id]),
        letters_url=reverse("portal:benefit-letters", args=[agreement_id]),
        told="" if seats is None else told_in_words(request.viewer, agreement_id),
        set_asides_url=reverse("portal:benefit-set-asides", args=[agreement_id])
        if may_divide(request.viewer, agreement_id)
        else "",
        rows=tuple(statement_row(line, unit, request.viewer, told) for line in statement.lines),
        place=place_of(_zone(request.viewer), language()),
        newer_url=f"{link(url, form.chosen)}#statement" if older_than is not None else "",
        older_url=f"{link(url, {**form.chosen, 'older': str(statement.older_than)})}#statement"
        if statement.older_than is not None
        else "",
        is_narrowed=bool(form.chosen),
        url=url,
        csv_url=link(reverse("portal:benefit-statement", args=[agreement_id]), form.chosen),
        is_ended=request.at >= found.line.ends_at,
        may_be_first=found.line.decision.allowed and agreement_id in draw_order(request.viewer).all[1:],
    )
    return render(request, "portal/benefits/agreement.html", {"page": page, "statement_form": form})


@with_profile
@require_safe
def statement_csv(request: PageRequest, agreement_id: int) -> HttpResponse:
    """What is sought of the statement for a spreadsheet, oldest line first: instants with their offset, numbers as
    numbers."""
    people = statements.people_of(request.viewer, agreement_id)
    form = StatementForm(request.GET, zone=request.viewer.zone, people=people)
    lines = statements.whole_statement(request.viewer, agreement_id, form.sought)
    unit = queries.agreement_page(request.viewer, agreement_id, at=request.at).line.unit
    return download(
        f"pactdesk-statement-{agreement_id}",
        _head(),
        (_cells(line, unit) for line in lines),
        zone=request.viewer.zone,
    )


def _sought(request: PageRequest) -> tuple[HoldingsForm, list[AgreementLine], list[AgreementLine]]:
    """The form, all agreements of the account, and those of them that the address asks for."""
    lines = queries.benefits(request.viewer, at=request.at)
    form = HoldingsForm(request.GET, programmes=programmes_of(lines))
    return form, lines, matching(lines, form.chosen)


def _head() -> list[str]:
    return [
        _("Number"),
        _("When"),
        _("What"),
        _("Request"),
        _("Who"),
        _("Change"),
        _("Balance"),
        _("Note"),
        _("Counts"),
    ]


def _cells(line: StatementLine, unit: str) -> list[Any]:
    return [
        line.position,
        line.at,
        what(line, unit),
        shown_number(line.case_number) if line.case_number is not None else "",
        who(line),
        line.units,
        line.balance_after,
        line.note,
        counted_in(unit),
    ]


def _kept_in_words(request: PageRequest) -> str:
    """How promises to the reader were kept lately, as a sentence; "" where none was decided."""
    since = request.at - timedelta(days=_DAYS_OF_PROMISES)
    kept = kept_for(request.viewer, since=since, at=request.at)
    first, further = kept["initial-response"], kept["update"]
    if not first.decided:
        return ""
    told = {"days": _DAYS_OF_PROMISES, "first": share_in_words(first), "further": share_in_words(further)}
    if not further.decided:
        return _("In the last %(days)s days we gave first answers on time: %(first)s.") % told
    return (
        _("In the last %(days)s days we gave first answers on time: %(first)s, further news: %(further)s.")
        % told
    )


def _zone(viewer: Viewer) -> str:
    return viewer.time_zone or "UTC"
