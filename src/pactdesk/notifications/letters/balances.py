"""Letters to those who answer for an agreement: it runs low, or its benefits end soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from pactdesk.agreements.amounts import units_left
from pactdesk.agreements.queries.warnings import Warned
from pactdesk.kernel.moments import day_in_words
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.rules.balances import LOW


@dataclass(frozen=True, slots=True)
class BalanceReader:
    """Who reads the letter, and whether the agreement's page is open to them."""

    name: str
    language: str
    may_open: bool


def draft(
    kind: str, about: Warned, *, left: int, granted: int, ends_at: datetime, reader: BalanceReader
) -> Draft:
    """A letter about an agreement, in the active language. `left` of `granted` is what there was when it was noticed;
    days are those of the agreement's own zone."""
    label = about.named.shown(reader.language)
    day = day_in_words(ends_at - timedelta(microseconds=1), about.time_zone, reader.language)
    names = {"agreement": label, "day": day}
    if kind == LOW and left > 0:
        subject = _("Nearly used up: %(agreement)s") % names
        first = _("little is left of the agreement %(agreement)s.") % names
    elif kind == LOW:
        subject = _("Used up: %(agreement)s") % names
        first = _("nothing is left of the agreement %(agreement)s.") % names
    else:
        subject = _("Ends soon: %(agreement)s") % names
        first = _("the benefits of the agreement %(agreement)s end with %(day)s.") % names
    facts = [(_("Balance"), units_left(about.unit, left, granted))] if about.counted else []
    page = f"{about.agreement_id}/" if reader.may_open else ""
    return Draft(
        subject=subject,
        name=reader.name,
        sentences=(first,),
        facts=(*facts, (_("Last day"), day)),
        then=_what_can_be_done(kind, about, left),
        link_url=f"{settings.BASE_URL}/benefits/{page}",
        link_label=_("Open the agreement") if reader.may_open else _("Open my benefits"),
        why=_(
            "You get this e-mail because you own this agreement or are the primary programme contact of its "
            "organization."
        ),
    )


def _what_can_be_done(kind: str, about: Warned, left: int) -> tuple[str, ...]:
    renew = _("The service centre renews it or grants more: %(address)s.") % {
        "address": settings.SERVICE_CENTRE_ADDRESS
    }
    if kind == LOW:
        return (
            renew,
            _("Single incidents can be bought with a personal account, where they are sold."),
            *((_("Requests that were paid stay paid."),) if left <= 0 else ()),
        )
    sentences = [renew]
    if about.counted and left > 0:
        sentences.append(_("What is not used by then lapses."))
        if about.shares_by_pair:
            sentences.append(
                _("Colleagues can use it, too: share its Access ID and its Contract ID with them.")
            )
    return tuple(sentences)
