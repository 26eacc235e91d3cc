"""Offers, cards and purchases as buyers read them, and the draft for which somebody buys."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.drafts import DraftPage, is_open, known_draft
from pactdesk.cases.queries.intake import chosen_of
from pactdesk.cases.services import drafts
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.money import money_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.pages.links import link
from pactdesk.pages.purchases import card_name, left_of, price_of, state_of
from pactdesk.purchases import queries
from pactdesk.purchases.queries import PurchaseLine, SavedCardLine
from pactdesk.purchases.queries.offers import OfferLine, offers_in

# Under this key a session keeps for which draft a purchase was made, by the purchase's id.
_BOUGHT_FOR: Final = "bought_for"
_MOST_KEPT: Final = 20

# Up to which wait how many seconds pass until a page looks again. Most banks answer in the first ones.
_PAUSES: Final = ((timedelta(seconds=20), 2), (timedelta(minutes=2), 5), (timedelta(minutes=10), 15))
_LONGEST_PAUSE: Final = 60
_TEST_CARDS: Final[dict[str, Promise]] = {
    "works": gettext_lazy("It is charged at once."),
    "declined": gettext_lazy("The bank declines it."),
    "no-funds": gettext_lazy("There is not enough money on it."),
    "asks": gettext_lazy("The bank asks you to confirm the payment."),
    "silent": gettext_lazy("It is charged, but the bank's answer gets lost."),
    "disputed": gettext_lazy("It is charged, and its owner disputes that afterwards."),
}


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer in words. `url` is where it is ordered; `lines` say what one gets."""

    url: str
    title: str
    price: str
    tax_note: str
    lines: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A purchase in words. `kind` is how the chip of its `state` is drawn; `left` is "" until it can be used."""

    url: str
    number: str
    title: str
    price: str
    state: str
    kind: str
    when: str
    iso: str
    left: str


def service_agreement_url() -> str:
    """Where the service agreement can be read."""
    return settings.SERVICE_AGREEMENT_URL or f"{reverse('portal:help')}#service-agreement"


def language() -> str:
    """The language that is being spoken."""
    return get_language() or "en"


def offer_card(line: OfferLine, draft_id: uuid.UUID | None) -> OfferCard:
    """An offer for a buyer who may have begun a draft (PPI-2, PPI-4)."""
    count = line.ware.units
    lines = [
        ngettext("%(count)s incident", "%(count)s incidents", count) % {"count": count},
        ngettext(
            "Can be used for %(count)s month, then what is left expires",
            "Can be used for %(count)s months, then what is left expires",
            line.length_months,
        )
        % {"count": line.length_months},
    ]
    if not _needs_new_versions(line):
        lines.append(_("Also covers product versions that are no longer in mainstream support"))
    return OfferCard(
        url=for_draft(reverse("portal:buy-offer", args=[line.ware.offer_code]), draft_id),
        title=text_in(line.programme, language()),
        price=money_in_words(line.ware.money.minor, line.ware.money.currency, language()),
        tax_note=line.ware.tax_note,
        lines=tuple(lines),
        advice=_("Recommended, unless you will use all of a pack within a year.")
        if line.single
        else _("Worth it only if you will use all of it within a year."),
    )


def _needs_new_versions(line: OfferLine) -> bool:
    coverage = catalog.current().programme(line.ware.programme_code).coverage
    return coverage.mainstream_only or coverage.recent_only


def purchase_row(line: PurchaseLine, viewer: Viewer) -> PurchaseRow:
    """A purchase in a list."""
    state, kind = state_of(line)
    return PurchaseRow(
        url=reverse("portal:purchase", args=[line.purchase_id]),
        number=line.number,
        title=text_in(line.programme, language()),
        price=price_of(line),
        state=state,
        kind=kind,
        when=instant_in_words(line.ordered_at, viewer.time_zone, language()),
        iso=line.ordered_at.isoformat(),
        left=left_of(line),
    )


def look_again_in(waited: timedelta) -> int:
    """After how many seconds a page that waits for the bank looks again, the longer the more it has waited."""
    return next((pause for most, pause in _PAUSES if waited < most), _LONGEST_PAUSE)


def card_choice(card: SavedCardLine) -> dict[str, object]:
    """A saved card to choose from."""
    until = card.last_day.strftime("%m/%Y")
    line = _("Has expired (%(month)s)") if card.expired else _("Good until %(month)s")
    return {
        "value": card.card_id,
        "title": card_name(card.brand, card.last_four),
        "lines": [line % {"month": until}],
    }


def test_card_choices() -> list[dict[str, object]]:
    """The cards for trying out; none where money is real."""
    return [
        {
            "value": card.code,
            "title": card_name(card.brand, card.last_four),
            "lines": [str(_TEST_CARDS[card.code])],
        }
        for card in queries.test_cards()
    ]


def for_draft(url: str, draft_id: uuid.UUID | None) -> str:
    """`url` with the draft for which somebody buys."""
    return link(url, {"draft": str(draft_id)} if draft_id else {})


def draft_in(request: HttpRequest, viewer: Viewer) -> uuid.UUID | None:
    """The draft for which somebody buys, out of the address; None where it is none of the viewer's that is open."""
    try:
        draft_id = uuid.UUID(request.GET.get("draft", ""))
    except ValueError:
        return None
    return draft_id if is_open(viewer, draft_id) else None


def remember(request: HttpRequest, purchase_id: int, draft_id: uuid.UUID | None) -> None:
    """Keep for which draft a purchase is made, in this browser, over whatever the bank asks for in between."""
    if draft_id is None:
        return
    kept = dict(request.session.get(_BOUGHT_FOR, {}))
    kept[str(purchase_id)] = str(draft_id)
    request.session[_BOUGHT_FOR] = dict(list(kept.items())[-_MOST_KEPT:])


def bought_for(request: HttpRequest, purchase_id: int, viewer: Viewer) -> DraftPage | None:
    """The draft for which a purchase was made, while it can be gone on with."""
    kept = request.session.get(_BOUGHT_FOR, {}).get(str(purchase_id))
    draft = known_draft(viewer, uuid.UUID(kept)) if kept else None
    return draft if draft is not None and draft.case is None and not draft.discarded else None


def choose_plan(draft: DraftPage, agreement_id: int, *, actor: Viewer, at: datetime) -> None:
    """Let what was bought pay for the request that was begun."""
    support = replace(draft.answers.support, agreement_id=agreement_id)
    drafts.keep_unfinished(draft.id, "support", support, actor=actor, at=at)


def may_pay_for(draft: DraftPage, viewer: Viewer) -> bool:
    """Whether something is sold to the viewer that can pay for what the draft is about (WIZ-2)."""
    chosen = chosen_of(draft.answers.problem)
    if chosen is None or draft.customer_id is not None or not queries.may_buy(viewer).allowed:
        return False
    return any(
        chosen.product.channel.code in catalog.current().programme(line.ware.programme_code).coverage.channels
        for line in offers_in(viewer.country, language=language())
    )
