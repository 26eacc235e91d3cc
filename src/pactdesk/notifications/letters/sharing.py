"""Letters to the owner of an agreement: somebody else has added it, or has used it (AGR-4, AGR-11)."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pactdesk.agreements.amounts import amount, units_left
from pactdesk.agreements.queries.sharing import Shared, Use
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.kernel.moments import instant_in_words
from pactdesk.notifications.letters.layout import Draft


def registered(about: Shared, *, reader: str, zone: str, language: str) -> Draft:
    """Somebody has added the agreement: who, when, and where to withdraw that. In the active language; `reader` is the
    name of its owner, times are those of `zone`."""
    label = about.named.shown(language)
    who = about.name or about.email
    assert about.registered_at is not None
    return Draft(
        subject=_("%(name)s has added your agreement %(agreement)s") % {"name": who, "agreement": label},
        name=reader,
        sentences=(
            _("%(name)s has added your agreement %(agreement)s and can use it from now on.")
            % {"name": who, "agreement": label},
        ),
        facts=(
            (_("Account"), about.email),
            (_("Added"), instant_in_words(about.registered_at, zone, language)),
            (_("Accounts that have it"), _seats_in_words(about)),
        ),
        then=(
            _("If that is as it should be, there is nothing to do."),
            _(
                "If not, withdraw access on the page of this account. If somebody has the pair of IDs who should not, "
                "replace the pair, too."
            ),
        ),
        link_url=_seat_url(about),
        link_label=_("Look at this account's access"),
        why=_("You get this e-mail because you own this agreement."),
    )


def used(about: Use, case_number: int, *, reader: str, zone: str, language: str) -> Draft:
    """A request of somebody else was paid by the agreement: whose, how much, and what is left. What the request says is
    its contacts' matter."""
    shared = about.shared
    label = shared.named.shown(language)
    who = shared.name or shared.email
    names = {"name": who, "agreement": label, "request": shown_number(case_number)}
    return Draft(
        subject=_("%(name)s has used your agreement %(agreement)s") % names,
        name=reader,
        sentences=(_("request %(request)s of %(name)s was paid by your agreement %(agreement)s.") % names,),
        facts=(
            *(((_("Account"), shared.email),) if shared.email else ()),
            (_("Sent"), instant_in_words(about.at, zone, language)),
            (_("Deducted"), amount(about.unit, about.units)),
            (_("Balance"), units_left(about.unit, about.units_left, about.units_granted)),
        ),
        then=(
            (_("You can withdraw the account's access."), _("Requests that were paid stay paid."))
            if shared.registration_id is not None
            else ()
        ),
        link_url=_seat_url(shared),
        link_label=_("Look at this account's access")
        if shared.registration_id is not None
        else _("Open the agreement"),
        why=_("You get this e-mail because you own this agreement and want to know of each use."),
    )


def _seat_url(about: Shared) -> str:
    page = f"{settings.BASE_URL}/benefits/{about.agreement_id}/"
    return page if about.registration_id is None else f"{page}seats/{about.registration_id}/"


def _seats_in_words(about: Shared) -> str:
    if about.seat_limit is None:
        return ngettext("%(count)s account", "%(count)s accounts", about.seats_in_use) % {
            "count": about.seats_in_use
        }
    return _("%(count)s of %(limit)s") % {"count": about.seats_in_use, "limit": about.seat_limit}
