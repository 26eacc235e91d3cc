"""The letter that tells somebody the pair of an agreement (BEN-1, BEN-3, BEN-4)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from pactdesk.agreements.queries.mailing import Mailed
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.rules.pairs import ACCESS_ID, CONTRACT_ID


def draft(about: Mailed, *, activated: bool, reader: str, language: str) -> Draft:
    """The letter in the active language, with marks where the pair will stand."""
    names = {"programme": text_in(about.programme, language), "place": about.place}
    if activated:
        subject = _("Activated: %(programme)s") % names
        first = _("the benefits of %(programme)s have been activated for %(place)s.") % names
    else:
        subject = _("The IDs of %(programme)s") % names
        first = (
            _("here are the IDs of %(programme)s for %(place)s once more, as you or a colleague asked.")
            % names
        )
    return Draft(
        subject=subject,
        name=reader,
        sentences=(first,),
        facts=(
            (_("Access ID"), ACCESS_ID),
            (_("Contract ID"), CONTRACT_ID),
            (
                _("Last day"),
                day_in_words(about.ends_at - timedelta(microseconds=1), about.time_zone, language),
            ),
        ),
        then=(
            _(
                "Enter both once, with every digit; zeros at the start count. From then on the agreement is yours to "
                "use."
            ),
            _("Share the pair only with colleagues who may draw on it, and never share your sign-in."),
        ),
        link_url=f"{settings.BASE_URL}/benefits/add/",
        link_label=_("Add an agreement"),
        why=_(
            "You get this e-mail because the benefits are addressed to you, or because the service centre sent you the "
            "IDs."
        ),
    )
