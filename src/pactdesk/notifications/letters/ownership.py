"""Letters to the owner of an agreement about what the service centre has done in the owner's place (AGR-4, AGR-11).

None of them tells a pair: that goes to whom the benefits are addressed, in a letter of its own (`letters.pairs`).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from pactdesk.accounts.queries import Addressee
from pactdesk.agreements.queries.ownership import Owned
from pactdesk.agreements.rules import PlanName
from pactdesk.kernel.moments import instant_in_words
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.rules.ownership import OWNER_BEFORE, PAIR_REPLACED


def draft(
    kind: str, about: Owned, named: PlanName, *, happened_at: datetime, reader: Addressee, language: str
) -> Draft:
    """The letter of this kind in the active language, in which the agreement is called as `named`; times are those of
    the reader's zone."""
    names = {"agreement": named.shown(language)}
    subject, first, what, then = _words(kind, names)
    may_open = reader.account_id == about.owner_id
    page = f"{about.agreement_id}/" if may_open else ""
    return Draft(
        subject=subject,
        name=reader.name,
        sentences=(first,),
        facts=((what, instant_in_words(happened_at, reader.time_zone or "UTC", language)),),
        then=(
            *then,
            _("If you do not want this, write to the service centre at once: %(address)s.")
            % {"address": settings.SERVICE_CENTRE_ADDRESS},
        ),
        link_url=f"{settings.BASE_URL}/benefits/{page}",
        link_label=_("Open the agreement") if may_open else _("Open my benefits"),
        why=_("You get this e-mail because you own this agreement.")
        if may_open
        else _("You get this e-mail because you owned this agreement."),
    )


def _words(kind: str, names: dict[str, str]) -> tuple[str, str, str, tuple[str, ...]]:
    """The subject, the first sentence, what to call the moment, and what follows from it."""
    if kind == PAIR_REPLACED:
        return (
            _("The IDs were replaced: %(agreement)s") % names,
            _("the service centre has replaced the pair of IDs of your agreement %(agreement)s.") % names,
            _("Replaced"),
            (
                _(
                    "The pair that you had is not recognised any more. Whoever has added the agreement keeps it."
                ),
                _(
                    "The new pair goes to nobody but whom the benefits are addressed to, in a letter of its own."
                ),
            ),
        )
    if kind == OWNER_BEFORE:
        return (
            _("No longer yours: %(agreement)s") % names,
            _(
                "you are no longer the owner of the agreement %(agreement)s. The service centre has changed that."
            )
            % names,
            _("Changed"),
            (
                _("If you have added the agreement, you can go on using it."),
                _("You can no longer see which accounts have added it, nor replace its pair of IDs."),
            ),
        )
    return (
        _("Yours from now on: %(agreement)s") % names,
        _("the service centre has made you the owner of the agreement %(agreement)s.") % names,
        _("Changed"),
        (
            _(
                "You see which accounts have added it, can withdraw their access, limit how many may add it, and "
                "replace its pair of IDs."
            ),
        ),
    )
