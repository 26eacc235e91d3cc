"""Letters to people of the service centre about what two of them do together."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pactdesk.agreements.amounts import whole_amount
from pactdesk.agreements.queries.approvals import Told
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.letters.layout import Draft

_KINDS = {
    "add": gettext_lazy("Add units"),
    "adjust": gettext_lazy("Adjust the balance"),
    "extend": gettext_lazy("Extend the benefits"),
    "issue": gettext_lazy("Issue an agreement"),
    "activate": gettext_lazy("Activate benefits"),
}


def asked(told: Told, *, reader: str, language: str) -> Draft:
    """Somebody asks for what a second person has to approve."""
    names = {"what": _KINDS[told.kind], "who": told.asker}
    return Draft(
        subject=_("To be approved: %(what)s") % names,
        name=reader,
        sentences=(
            _("%(who)s asks for something that needs a second person of the service centre.") % names,
        ),
        facts=_facts(told, language),
        link_url=_approval_url(told),
        link_label=_("Look at it and decide"),
        why=_("You get this e-mail because you work at the service centre."),
    )


def decided(told: Told, *, reader: str, language: str) -> Draft:
    """Somebody else has said yes or no."""
    names = {"what": _KINDS[told.kind], "who": told.decider}
    if told.outcome == "done":
        subject = _("Approved: %(what)s")
        sentence = _("%(who)s has approved what you asked for, and it is done.")
    else:
        subject = _("Refused: %(what)s")
        sentence = _("%(who)s has refused what you asked for. Nothing is changed.")
    opens_agreement = told.agreement is not None
    return Draft(
        subject=subject % names,
        name=reader,
        sentences=(sentence % names,),
        facts=_facts(told, language),
        quote=told.words,
        link_url=f"{settings.BASE_URL}/desk/agreements/{told.agreement}/"
        if opens_agreement
        else _approval_url(told),
        link_label=_("Open the agreement") if opens_agreement else _("Look at it"),
        why=_("You get this e-mail because you asked for it."),
    )


def _facts(told: Told, language: str) -> tuple[tuple[str, str], ...]:
    label = told.named.shown(language) if told.named else text_in(told.programme, language)
    facts = [(_("What"), str(_KINDS[told.kind])), (_("Agreement"), label)]
    if told.holder:
        facts.append((_("Whose it is"), told.holder))
    if told.units is not None:
        sign = {True: "+", False: "−"}[told.units > 0] if told.kind == "adjust" else ""
        facts.append((_("How much"), f"{sign}{whole_amount(told.unit, abs(told.units))}"))
    if told.ends_at is not None:
        last_day = told.ends_at - timedelta(microseconds=1)
        facts.append((_("Last day"), day_in_words(last_day, told.time_zone, language)))
    facts.append((_("Reason"), told.reason))
    return tuple(facts)


def _approval_url(told: Told) -> str:
    place = "issues/" if told.kind in ("issue", "activate") else ""
    return f"{settings.BASE_URL}/desk/approvals/{place}{told.id}/"
