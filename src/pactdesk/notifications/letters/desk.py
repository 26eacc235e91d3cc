"""Letters to engineers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.letters.requests import Telling
from pactdesk.notifications.rules import telling


def draft(kind: str, it: Telling) -> Draft:
    """The letter of this kind to somebody who works at the desk."""
    return _DRAFTS[kind](it)


def _new(it: Telling) -> Draft:
    return _at_desk(
        it,
        _("a support request waits in the queue of your team."),
        why=_("You get this e-mail because you want to know of new requests in your team."),
        facts=True,
    )


def _assigned(it: Telling) -> Draft:
    sentence = (
        _("%(who)s has assigned a support request to you.") % {"who": it.who}
        if it.who
        else _("a support request was assigned to you.")
    )
    return _at_desk(it, sentence, why=_("You get this e-mail because you own the request now."), facts=True)


def _reply(it: Telling) -> Draft:
    if it.said:
        sentence = _("%(who)s has answered in a support request that you own:") % {"who": it.said.who}
    elif it.files:
        sentence = _("%(who)s has added files to a support request that you own: %(names)s") % {
            "who": it.who,
            "names": ", ".join(it.files),
        }
    else:
        sentence = _("there is news in a support request that you own.")
    return _at_desk(it, sentence, why=_("You get this e-mail because you own the request."))


def _reopened(it: Telling) -> Draft:
    sentence = _("%(who)s has reopened a support request that you own:") % {"who": it.who}
    return _at_desk(it, sentence, why=_("You get this e-mail because you own the request."))


def _severity(it: Telling) -> Draft:
    sentence = _("%(who)s has set the severity of a support request that you own to %(after)s.")
    values = {"who": it.who, "after": it.after}
    return _at_desk(
        it, sentence % values, why=_("You get this e-mail because you own the request."), facts=True
    )


_DRAFTS: Mapping[str, Callable[[Telling], Draft]] = {
    telling.DESK_NEW: _new,
    telling.DESK_ASSIGNED: _assigned,
    telling.DESK_REPLY: _reply,
    telling.DESK_REOPENED: _reopened,
    telling.DESK_SEVERITY: _severity,
}


def _at_desk(it: Telling, sentence: str, *, why: str, facts: bool = False) -> Draft:
    about = it.about
    return Draft(
        subject=f"[{about.shown_number}] {about.summary}",
        name=it.name,
        sentences=(sentence,),
        facts=(
            (_("Summary"), about.summary),
            (_("Product"), text_in(about.product, it.language)),
            (_("Severity"), about.severity),
            (
                _("First answer by"),
                instant_in_words(about.first_response_due_at, it.time_zone, it.language),
            ),
        )
        if facts
        else (),
        quote=it.said.text if it.said else it.reason,
        quote_language=it.said.language if it.said else "",
        link_url=f"{settings.BASE_URL}/desk/requests/{about.shown_number}/",
        link_label=_("Open the request"),
        why=why,
    )
