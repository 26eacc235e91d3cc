"""Purchases at the service centre: what was bought, by whom, how it stands, and where to help with it (PPI-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.charged import Charged, charged_to, charged_with
from pactdesk.cases.rules.numbers import read_number, shown_number
from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.purchases import PurchasesForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.words import Words, language
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.pages.links import link, number_in
from pactdesk.pages.purchases import card_name, left_of, price_of, state_of
from pactdesk.pages.requests import PageRequest
from pactdesk.purchases.queries import centre
from pactdesk.purchases.queries.centre import Sold, Sought
from pactdesk.purchases.rules import payments
from pactdesk.purchases.rules.states import State

# Why nothing was taken, as somebody is told who is not the buyer.
_FAILURES: Final[Mapping[str, Words]] = {
    payments.DECLINED: gettext_lazy("The bank has declined the card."),
    payments.NO_FUNDS: gettext_lazy("There was not enough money on the card."),
    payments.CARD_EXPIRED: gettext_lazy("The card had expired."),
    payments.NOT_CONFIRMED: gettext_lazy("The buyer did not confirm the payment with the bank."),
    payments.ABANDONED: gettext_lazy("The payment was not finished in time."),
    payments.WITHDRAWN: gettext_lazy("The buyer has cancelled the order."),
    payments.NOT_CHARGED: gettext_lazy("The order could not be sent to the bank."),
    payments.REFUSED: gettext_lazy("The payment was refused."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A purchase. `notes` are what is to be known of it; `requests` (number, address) are those that it paid for, with
    "" for those of other teams; `agreement_url` and `refund_url` are "" where there is nothing to open."""

    number: str
    title: str
    state: str
    kind: str
    price: str
    buyer: str
    email: str
    about: str
    notes: tuple[str, ...]
    requests: tuple[tuple[str, str], ...]
    agreement_url: str
    refund_url: str
    refund_label: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list as the address narrows it."""

    rows: tuple[Row, ...]
    is_narrowed: bool
    clear_url: str
    newest_url: str
    older_url: str


@at_service_centre
@require_safe
def purchase_list(request: PageRequest) -> HttpResponse:
    """All purchases, the newest first, narrowed as the address says."""
    form = PurchasesForm(request.GET)
    number = read_number(form.words)
    paying = charged_to(request.viewer, number) if number is not None else None
    older = number_in(request.GET.get("older", ""))
    sought = Sought(form.words, form.standing, paying)
    found = centre.sold(request.viewer, sought, at=request.at, older=older)
    granted = [each.line.agreement_id for each in found.lines if each.line.agreement_id is not None]
    charged = charged_with(request.viewer, granted)
    here, kept = reverse("desk:purchases"), form.chosen
    page = Page(
        rows=tuple(_row(each, charged.get(each.line.agreement_id or 0, ()), request) for each in found.lines),
        is_narrowed=bool(kept),
        clear_url=here,
        newest_url=link(here, kept) if older is not None else "",
        older_url=link(here, {**kept, "older": str(found.older)}) if found.older is not None else "",
    )
    return render_at_desk(request, "desk/purchases.html", page, here="purchases", list_form=form)


def _row(each: Sold, charged: tuple[Charged, ...], request: PageRequest) -> Row:
    line = each.line
    state, kind = state_of(line)
    of_agreement = [line.agreement_id]
    is_back = line.state in {State.REFUNDING, State.REFUNDED}
    return Row(
        number=line.number,
        title=text_in(line.programme, language()),
        state=state,
        kind=kind,
        price=f"{price_of(line)} · {line.tax_note}" if line.tax_note else price_of(line),
        buyer=each.buyer_name or each.buyer_email,
        email=each.buyer_email if each.buyer_name else "",
        about=_about(each, request.viewer),
        notes=_notes(each),
        requests=tuple(
            (
                shown_number(one.number),
                reverse("desk:request", args=[shown_number(one.number)]) if one.at_desk else "",
            )
            for one in charged
        ),
        agreement_url=reverse("desk:agreement", args=of_agreement) if line.agreement_id else "",
        refund_url=reverse("desk:agreement-refund", args=of_agreement)
        if line.agreement_id and (is_back or each.refund.allowed)
        else "",
        refund_label=_("Why it was paid back") if is_back else _("Pay it back"),
    )


def _about(each: Sold, viewer: Viewer) -> str:
    line, zone = each.line, viewer.time_zone or "UTC"
    told = [
        card_name(line.card_brand, line.card_last_four),
        _("ordered %(moment)s") % {"moment": instant_in_words(line.ordered_at, zone, language())},
    ]
    if line.program:
        told.append(_("by the program %(name)s") % {"name": line.program})
    if line.refunded_at:
        moment = instant_in_words(line.refunded_at, zone, language())
        told.append(_("paid back %(moment)s") % {"moment": moment})
    return " · ".join(told)


def _notes(each: Sold) -> tuple[str, ...]:
    notes = [left_of(each.line), str(_FAILURES.get(each.line.failure, ""))]
    if each.line.is_asked:
        notes.append(_("The buyer has to confirm the payment with the bank."))
    if each.differs:
        notes.append(_("The payment provider speaks of another amount. An operator has to look."))
    return tuple(filter(None, notes))
