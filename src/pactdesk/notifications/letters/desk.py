"""Letters to engineers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


def _escalated(it: Telling) -> Draft:
    if it.side == "requester":
        sentence = _("%(who)s is not content with how a support request goes on, and asks for help:")
    elif it.who:
        sentence = _("%(who)s asks you to take care of a support request:")
    elif it.reason:
        sentence = _("somebody asked for help with a support request, and nobody has taken that up in time:")
    else:
        sentence = _("what was promised in a support request is late, and nobody has taken it up.")
    return _at_desk(
        it,
        sentence % {"who": it.who},
        why=_(
            "You get this e-mail because you own the request, stand in for its engineer, or answer for its team."
        ),
        facts=True,
        then=(_TAKE_IT_UP,),
    )


def _paged(it: Telling) -> Draft:
    return _at_desk(
        it,
        _("a support request of severity %(severity)s waits, and nobody of your team can take it now.")
        % {"severity": it.about.severity},
        why=_("You get this e-mail because you lead the team, or answer for it."),
        facts=True,
        then=(_TAKE_IT_UP,),
        subject=_("[%(number)s] Nobody owns it, severity %(severity)s: %(summary)s")
        % {"number": it.about.shown_number, "severity": it.about.severity, "summary": it.about.summary},
    )


def _promise(it: Telling) -> Draft:
    sentence = {
        ("initial-response", False): _("the first answer to a support request is still owed, by %(due)s."),
        ("update", False): _("news in a support request is still owed, by %(due)s."),
        ("initial-response", True): _(
            "the first answer to a support request is late. It was due by %(due)s."
        ),
        ("update", True): _("news in a support request is late. It was due by %(due)s."),
    }[it.owed, it.is_late]
    assert it.owed_by is not None  # of a step of a timer
    return _at_desk(
        it,
        sentence % {"due": instant_in_words(it.owed_by, it.time_zone, it.language)},
        why=_("You get this e-mail because you own the request, or answer for its team."),
        facts=True,
        then=(_TAKE_IT_UP,),
    )


_TAKE_IT_UP = gettext_lazy(
    "Take it up on its page, so that everybody knows who takes care of it. The clock runs on until it is done."
)
_DRAFTS: Mapping[str, Callable[[Telling], Draft]] = {
    telling.DESK_NEW: _new,
    telling.DESK_ASSIGNED: _assigned,
    telling.DESK_REPLY: _reply,
    telling.DESK_REOPENED: _reopened,
    telling.DESK_SEVERITY: _severity,
    telling.DESK_ESCALATED: _escalated,
    telling.DESK_PAGED: _paged,
    telling.DESK_PROMISE: _promise,
}


def _at_desk(
    it: Telling,
    sentence: str,
    *,
    why: str,
    facts: bool = False,
    then: Iterable[str | Promise] = (),
    subject: str = "",
) -> Draft:
    about = it.about
    return Draft(
        subject=subject or f"[{about.shown_number}] {about.summary}",
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
        then=tuple(str(each) for each in then),
        link_url=f"{settings.BASE_URL}/desk/requests/{about.shown_number}/",
        link_label=_("Open the request"),
        why=why,
    )
