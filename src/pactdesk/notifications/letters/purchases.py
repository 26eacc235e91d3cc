"""Letters to whoever bought an incident: the receipt, and what became of the money (PPI-3, PPI-5)."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pactdesk.kernel.moments import day_in_words, instant_in_words
from pactdesk.kernel.money import money_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.rules.purchases import DISPUTE_LOST, DISPUTE_WON, DISPUTED, FAILED, PAID
from pactdesk.notifications.wording import SENTENCES
from pactdesk.purchases.queries import PurchaseLine, Receipt
from pactdesk.purchases.rules.cards import brand_name


def draft(kind: str, told: Receipt, *, zone: str, language: str) -> Draft:
    """A letter of this kind about a purchase, in the active language; times are those of `zone`."""
    line = told.line
    names = {
        "number": line.number,
        "title": text_in(line.programme, language),
        "price": money_in_words(line.amount_minor, line.currency, language),
        "refunded": money_in_words(line.refunded_minor, line.currency, language),
    }
    subject, sentences = _words(kind, line, names)
    page = f"{settings.BASE_URL}/purchases/{line.purchase_id}/"
    return Draft(
        subject=subject,
        name=told.buyer_name,
        sentences=sentences,
        facts=_facts(kind, told, names, zone, language),
        then=(),
        link_url=page,
        link_label=_("Open the purchase"),
        why=_("You get this e-mail because you ordered this with your account."),
    )


def _words(kind: str, line: PurchaseLine, names: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    if kind == PAID:
        return _("Receipt %(number)s: %(title)s") % names, (
            _("%(price)s was charged to your card. What you bought can be used at once.") % names,
        )
    if kind == FAILED:
        return _("Not paid: order %(number)s") % names, (
            _("your order %(number)s could not be paid.") % names,
            str(SENTENCES[line.failure]),
        )
    if kind == DISPUTED:
        return _("Disputed: purchase %(number)s") % names, (
            _("your bank disputes the payment of purchase %(number)s.") % names,
            _("What was bought cannot be used until the bank has decided. Requests that it paid go on."),
        )
    if kind == DISPUTE_WON:
        return _("The dispute is over: purchase %(number)s") % names, (
            _("the bank has decided that the payment of purchase %(number)s stands.") % names,
            _("What is left of it can be used again."),
        )
    if kind == DISPUTE_LOST:
        return _("Taken back by the bank: purchase %(number)s") % names, (
            _("the bank has taken back the payment of purchase %(number)s.") % names,
            _("What was left of it can no longer be used."),
        )
    return _("Paid back: purchase %(number)s") % names, (
        _("%(refunded)s of purchase %(number)s was paid back to your card.") % names,
        _("Banks may take a few days to show it."),
    )


def _facts(
    kind: str, told: Receipt, names: dict[str, str], zone: str, language: str
) -> tuple[tuple[str, str], ...]:
    line = told.line
    price = f"{names['price']} · {line.tax_note}" if line.tax_note else names["price"]
    rows = [(_("What was ordered"), names["title"]), (_("Price"), price)]
    if kind != PAID:
        return tuple(rows)
    units = ngettext("%(count)s incident", "%(count)s incidents", line.units) % {"count": line.units}
    rows.append((_("Granted"), units))
    if line.last_day is not None:
        rows.append((_("Last day"), day_in_words(line.last_day, line.time_zone, language)))
    if line.paid_at is not None:
        rows.append((_("Paid"), instant_in_words(line.paid_at, zone, language)))
    rows.append((_("Card"), f"{brand_name(line.card_brand)} ····{line.card_last_four}"))
    rows.append((_("For"), f"{told.buyer_name}, {told.buyer_email}"))
    return tuple(rows)
