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


def draft(about: Mailed, *, occasion: str, reader: str, language: str) -> Draft:
    """The letter in the active language, with marks where the pair will stand. `occasion` is that of the mailing."""
    names = {"programme": text_in(about.programme, language), "place": about.place}
    subject, first = _said(occasion, is_for_place=bool(about.place))
    then = (
        (_("The pair that you had is not recognised any more. Whoever has added the agreement keeps it."),)
        if occasion == "replaced"
        else ()
    )
    return Draft(
        subject=subject % names,
        name=reader,
        sentences=(first % names, *then),
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


def _said(occasion: str, *, is_for_place: bool) -> tuple[str, str]:
    """The subject and the first sentence."""
    if occasion == "activated":
        return (
            _("Activated: %(programme)s"),
            _("the benefits of %(programme)s have been activated for %(place)s."),
        )
    if occasion == "issued":
        return _("Your agreement: %(programme)s"), (
            _("the service centre has issued %(programme)s for %(place)s.")
            if is_for_place
            else _("the service centre has issued %(programme)s for you.")
        )
    if occasion == "replaced":
        return _("New IDs of %(programme)s"), (
            _(
                "the service centre has replaced the IDs of %(programme)s for %(place)s. Here are the new ones."
            )
            if is_for_place
            else _("the service centre has replaced the IDs of your %(programme)s. Here are the new ones.")
        )
    return _("The IDs of %(programme)s"), (
        _("here are the IDs of %(programme)s for %(place)s once more, as you or a colleague asked.")
        if is_for_place
        else _("here are the IDs of your %(programme)s once more, as you asked.")
    )
