"""Letters to the owner of a saved card about what programs may do with it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from pactdesk.accounts.queries import Addressee
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.money import money_in_words
from pactdesk.notifications.letters.layout import Draft
from pactdesk.purchases.rules.payments import Money


def opened(card: str, most: Money, *, opened_at: datetime, reader: Addressee, language: str) -> Draft:
    """Programs may charge the card, up to `most` within 30 days. In the active language; `card` is its brand with the
    last four digits."""
    price = money_in_words(most.minor, most.currency, language)
    return Draft(
        subject=_("Programs may charge your card %(card)s") % {"card": card},
        name=reader.name,
        sentences=(
            _("programs of your account may charge this card from now on, without asking you each time."),
        ),
        facts=(
            (_("Card"), card),
            (_("At most"), _("%(price)s within 30 days") % {"price": price}),
            (_("Account"), reader.email),
            (_("Opened"), instant_in_words(opened_at, reader.time_zone or "UTC", language)),
        ),
        then=(
            _(
                "Every program with a token of your account for ordering incidents can now order with this card, up to "
                "this amount. You get a receipt for each order."
            ),
            _("If that is as it should be, there is nothing to do."),
            _(
                "If it was not you, close the card to programs on its page, revoke the tokens that you do not know, "
                "and change your password."
            ),
        ),
        link_url=f"{settings.BASE_URL}/purchases/cards/",
        link_label=_("Open your cards"),
        why=_("You get this e-mail because the card is saved with your account."),
    )
