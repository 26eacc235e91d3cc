"""Letters about rights: to administrators of partners, customers and providers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from pactdesk.delegation.queries.told import RightTold
from pactdesk.delegation.rules import PURPOSES
from pactdesk.delegation.wording import PURPOSE_NAMES
from pactdesk.kernel.moments import day_in_words
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.rules.rights import CHANGED, ENDED, ENDING, GRANTED, Side


@dataclass(frozen=True, slots=True)
class RightsReader:
    """Who reads the letter, and on which side."""

    name: str
    time_zone: str
    language: str
    side: Side


def draft(kind: str, right: RightTold, reader: RightsReader, *, by: str = "") -> Draft:
    """A letter about a right, in the active language. `by` says of one that ended whose administrator ended it:
    "grantor", "customer" or "partner"."""
    names = {"partner": right.partner, "customer": right.customer, "grantor": right.grantor}
    day = day_in_words(right.terms.ends_at - timedelta(seconds=1), reader.time_zone, reader.language)
    subject, sentences, then = _said(kind, right, reader, names | {"day": day}, by)
    return Draft(
        subject=subject,
        name=reader.name,
        sentences=sentences,
        facts=_facts(right, day) if kind != ENDED else (),
        then=then,
        link_url=f"{settings.BASE_URL}/rights/{right.id}/",
        link_label=_("Open these rights"),
        why=_why(right, reader),
    )


def refusal(customer: str, reader: RightsReader) -> Draft:
    """To whoever asked. `customer` is "" unless a provider was asked for one."""
    if customer:
        sentence = _("what you had asked your indirect provider for, for %(customer)s, is refused.") % {
            "customer": customer
        }
    else:
        sentence = _("what you had asked for by a link is refused.")
    return Draft(
        subject=_("Your request for rights is refused"),
        name=reader.name,
        sentences=(sentence,),
        then=(_("The link does not work any more. You can ask anew with another one."),),
        link_url=f"{settings.BASE_URL}/rights/asked/",
        link_label=_("Open what you asked for"),
        why=_("You get this e-mail because you asked."),
    )


def _said(
    kind: str, right: RightTold, reader: RightsReader, names: dict[str, str], by: str
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The subject, what is said first, and what is said last."""
    if kind == GRANTED:
        if right.is_passed_on:
            first = _("%(grantor)s lets %(partner)s into what it may do for %(customer)s.") % names
        else:
            first = _("%(customer)s lets %(partner)s act for it.") % names
        return _("%(partner)s may act for %(customer)s") % names, (first,), _can_be_taken_back(reader)
    if kind == CHANGED:
        first = _("%(grantor)s has changed what %(partner)s may do for %(customer)s.") % names
        return (
            _("Changed: what %(partner)s may do for %(customer)s") % names,
            (first,),
            _can_be_taken_back(reader),
        )
    if kind == ENDING:
        first = _("what %(partner)s may do for %(customer)s ends with %(day)s.") % names
        return (
            _("Ends soon: what %(partner)s may do for %(customer)s") % names,
            (first,),
            (
                _("If it is to go on, ask for it anew in time.")
                if reader.side == "partner"
                else _("If it is to go on, open it and choose a later day."),
            )
            if reader.side == "partner" or (reader.side == "provider") == right.is_passed_on
            else (),
        )
    first = {
        "partner": _("%(partner)s has given up what it could do for %(customer)s."),
        "customer": _("%(customer)s has ended what %(partner)s could do for it."),
    }.get(by, _("%(grantor)s has taken back what %(partner)s could do for %(customer)s."))
    if right.fell:
        first = _(
            "what %(partner)s could do for %(customer)s has ended, because what %(grantor)s could do for it has."
        )
    return (
        _("Ended: what %(partner)s could do for %(customer)s") % names,
        (first % names,),
        (_("From now on no requests are made under it, and those that were are not read."),),
    )


def _can_be_taken_back(reader: RightsReader) -> tuple[str, ...]:
    if reader.side == "partner":
        return ()
    return (_("You can take it back at any time, with effect at once."),)


def _facts(right: RightTold, day: str) -> tuple[tuple[str, str], ...]:
    purposes = ", ".join(str(PURPOSE_NAMES[each]) for each in PURPOSES if each in right.terms.purposes)
    facts = [(_("What it may do"), purposes)]
    if right.terms.most_units:
        facts.append((_("Incidents that may be spent"), str(right.terms.most_units)))
    return (*facts, (_("Last day"), day))


def _why(right: RightTold, reader: RightsReader) -> str:
    organization = {"partner": right.partner, "customer": right.customer, "provider": right.grantor}
    return _("You get this e-mail because you administer %(organization)s.") % {
        "organization": organization[reader.side]
    }
