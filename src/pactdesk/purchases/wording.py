"""Sentences and ways out for the reason codes of this room (ELI-10)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "purchase.nothing-sold": _("Incidents are not sold here. Add an agreement, or ask the service centre."),
    "purchase.work-account": _(
        "Only a personal account can buy an incident, and you are signed in with a work account. Sign out and sign in "
        "with a personal account."
    ),
    "purchase.not-sold-here": _("This offer is not sold in your country. Choose another one."),
    "purchase.price-changed": _("The price has changed. Look at the new one before you order."),
    "purchase.no-card": _("Choose a card, or add one."),
    "purchase.card-expired": _("The card that ends in %(last_four)s has expired. Choose another one."),
    "purchase.terms-not-accepted": _("Accept the service agreement to buy."),
    "purchase.too-many-attempts": _(
        "Too many payments have failed. Wait up to %(minutes)s minutes, and ask your bank before you try again."
    ),
    "purchase.key-used-otherwise": _(
        "This order was already sent, with another choice. Look at your purchases before you order again."
    ),
    "purchase.card-closed-to-programs": _(
        "Programs may not charge this card. Its owner can allow that, up to an amount, on the page of the card."
    ),
    "purchase.above-allowance": _(
        "This costs more than programs may still charge to this card within 30 days. Its owner can raise that."
    ),
    "purchase.allowed-in-other-currency": _(
        "Programs may charge this card in %(currency)s only, and this offer costs another currency."
    ),
    "purchase.not-waiting": _(
        "Only an order that waits for being confirmed can be cancelled, and this one does not."
    ),
    "purchase.paid-meanwhile": _("It was paid meanwhile. Ask the service centre for the money."),
    "payment.declined": _("Your bank has declined the card. Nothing was charged."),
    "payment.insufficient-funds": _("There is not enough money on the card. Nothing was charged."),
    "payment.card-expired": _("The card has expired. Nothing was charged."),
    "payment.not-confirmed": _("The payment was not confirmed with your bank. Nothing was charged."),
    "payment.abandoned": _("The payment was not finished in time. Nothing was charged."),
    "payment.withdrawn": _("You have cancelled the order. Nothing was charged."),
    "payment.not-charged": _("The order could not be sent to the bank. Nothing was charged."),
    "payment.refused": _("The payment was refused. Nothing was charged."),
    "card.refused": _("This card was refused and is not saved."),
    "card.setup-unfinished": _("The card was not confirmed and is not saved. Try again."),
    "card.unreachable": _(
        "The payment provider cannot be reached at the moment. Try again in a few minutes."
    ),
    "card.allowance-out-of-range": _("Choose an amount above nothing that does not run to millions."),
    "card.in-use": _("A payment with this card is not finished. Remove the card afterwards."),
    "refund.not-paid": _("This purchase was not paid, so nothing can be paid back."),
    "refund.already": _("This purchase is paid back already, or will be in a moment."),
    "refund.disputed": _("The payment is disputed: the bank decides where the money goes."),
    "refund.ended": _("This purchase has ended. What was not used expired."),
    "refund.used": _("Used incidents are not paid back, and %(used)s of this purchase are used."),
    "refund.not-allowed": _("Only the service centre pays back."),
}

# What somebody can do about it: the code of an action that the screens know.
REMEDIES = {
    "purchase.nothing-sold": "add-agreement",
    "purchase.work-account": "sign-in-with-personal-account",
    "purchase.not-sold-here": "choose-again",
    "purchase.price-changed": "choose-again",
    "purchase.no-card": "choose-again",
    "purchase.card-expired": "choose-again",
    "purchase.terms-not-accepted": "go-on",
    "purchase.too-many-attempts": "ask-service-centre",
    "purchase.key-used-otherwise": "see-purchases",
    "purchase.card-closed-to-programs": "open-card",
    "purchase.above-allowance": "open-card",
    "purchase.allowed-in-other-currency": "open-card",
    "purchase.not-waiting": "see-purchases",
    "purchase.paid-meanwhile": "ask-service-centre",
    "payment.declined": "buy-incident",
    "payment.insufficient-funds": "buy-incident",
    "payment.card-expired": "buy-incident",
    "payment.not-confirmed": "buy-incident",
    "payment.abandoned": "buy-incident",
    "payment.withdrawn": "buy-incident",
    "payment.not-charged": "buy-incident",
    "payment.refused": "buy-incident",
}
