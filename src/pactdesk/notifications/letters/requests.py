"""Letters to the contacts of a request.

To an address that nobody has proved to own a letter says no more than that there is something, and where: not a word
that anybody typed, since anybody could have typed that address (A6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pactdesk.agreements.amounts import in_time
from pactdesk.agreements.rules import ADVISORY_HOUR
from pactdesk.cases.queries.audience import Audience, Said
from pactdesk.cases.queries.invitations import InvitationLetter
from pactdesk.kernel.moments import instant_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.letters.layout import Draft
from pactdesk.notifications.rules import telling


@dataclass(frozen=True, slots=True)
class Telling:
    """What a letter tells of, and to whom. `who` did it, "" where nobody in particular did.

    `said` is the message that it is about. `files` are the names of files that came along. `then` is the status to
    which the same step led, "" where it led to none. `credited` and `deducted` are units.
    `before` and `after` are severities, `attempts` when we tried in vain to reach `unreached`.
    `step` is that of an escalation, `taken_up_by` who takes care of one. `owed` is the metric of a promise, due at
    `owed_by`; `is_late`: that has passed.
    `invitation` is the way in for somebody without an account.
    """

    about: Audience
    name: str
    time_zone: str
    language: str
    who: str = ""
    side: str = ""
    said: Said | None = None
    reason: str = ""
    files: tuple[str, ...] = ()
    then: str = ""
    outcome: str = ""
    credited: int = 0
    deducted: int = 0
    into: str = ""
    before: str = ""
    after: str = ""
    around_the_clock: bool = False
    unreached: str = ""
    attempts: tuple[datetime, ...] = ()
    step: str = ""
    taken_up_by: str = ""
    owed: str = ""
    owed_by: datetime | None = None
    is_late: bool = False
    invitation: InvitationLetter | None = None
    may_answer_by_mail: bool = False

    @property
    def page_url(self) -> str:
        return f"{settings.BASE_URL}/requests/{self.about.shown_number}/"


def draft(kind: str, telling_: Telling, *, proved: bool) -> Draft:
    """The letter of this kind. `proved`: somebody owns the address it goes to."""
    if not proved or kind == telling.INVITATION:
        return _discreet(kind, telling_)
    return _DRAFTS[kind](telling_)


def _opened(it: Telling) -> Draft:
    about = it.about
    due = instant_in_words(about.first_response_due_at, it.time_zone, it.language)
    facts = (
        (_("Summary"), about.summary),
        (_("Product"), text_in(about.product, it.language)),
        (_("Severity"), about.severity),
        (_("Sent"), instant_in_words(about.opened_at, it.time_zone, it.language)),
        (_("First answer by"), due),
    )
    then = (
        (_("We work on it around the clock. Please stay reachable day and night."),)
        if about.hours == "24x7"
        else ()
    )
    return Draft(
        subject=_("[%(number)s] We have your request: %(summary)s")
        % {"number": about.shown_number, "summary": about.summary},
        name=it.name,
        sentences=(_("your support request has the number %(number)s.") % {"number": about.shown_number},),
        facts=facts,
        then=(*then, *_how_to_answer(it)),
        link_url=it.page_url,
        link_label=_("Open the request"),
        why=_why_opened(it),
    )


def _why_opened(it: Telling) -> str:
    # Nobody has to be told that they named themselves.
    if it.name == it.about.submitter_name:
        return _("You get this e-mail because you are a contact of this support request.")
    return _("You get this e-mail because %(submitter)s named you as the primary contact.") % {
        "submitter": it.about.submitter_name
    }


def _answer(it: Telling) -> Draft:
    then: tuple[str, ...] = ()
    if it.then == "waiting":
        then = (_("We wait for your answer now."),)
    if it.then == "resolved":
        then = _solved()
    sentence = (
        _("%(who)s has written in your support request %(number)s:")
        if it.said
        else _("there is news in your support request %(number)s.")
    )
    return _in_request(
        it,
        (sentence % {"who": it.who, "number": it.about.shown_number},),
        quote=it.said,
        then=(*_files(it), *then, *_how_to_answer(it)),
    )


def _waiting(it: Telling) -> Draft:
    sentence = _(
        "we need something from you to go on with your support request %(number)s. What it is stands in the request."
    )
    return _in_request(it, (sentence % _number(it),), then=_how_to_answer(it))


def _resolved(it: Telling) -> Draft:
    sentence = _("we think that your support request %(number)s is solved.")
    return _in_request(it, (sentence % _number(it),), then=(*_solved(), *_how_to_answer(it)))


def _file_added(it: Telling) -> Draft:
    sentence = _("%(who)s has added files to your support request %(number)s.")
    return _in_request(it, (sentence % {"who": it.who, **_number(it)},), then=_files(it))


def _closed(it: Telling) -> Draft:
    if it.side == "requester":
        sentence = _("%(who)s has closed the support request %(number)s.")
    elif it.side == "vendor":
        sentence = _("we have closed your support request %(number)s.")
    else:
        sentence = _(
            "your support request %(number)s was solved and nobody has answered since, so it is closed now."
        )
    return _in_request(
        it,
        (sentence % {"who": it.who, **_number(it)}, *_outcome(it)),
        quote=Said(it.who, it.reason, "") if it.reason else None,
        then=(_("If it is not over for you, open the request and reopen it."),),
    )


def _reopened(it: Telling) -> Draft:
    if it.side == "requester":
        sentence = _("%(who)s has reopened the support request %(number)s.")
    else:
        sentence = _("we have reopened your support request %(number)s.")
    if it.deducted:
        money = ngettext(
            "%(count)s unit was deducted again, because it had been given back.",
            "%(count)s units were deducted again, because they had been given back.",
            it.deducted,
        ) % {"count": it.deducted}
        if it.about.unit == ADVISORY_HOUR:
            money = _("%(time)s of advice were deducted again.") % {"time": in_time(it.deducted)}
    else:
        money = _("Nothing was deducted again.")
    return _in_request(
        it,
        (sentence % {"who": it.who, **_number(it)}, money),
        quote=Said(it.who, it.reason, "") if it.reason else None,
        then=_how_to_answer(it),
    )


def _merged(it: Telling) -> Draft:
    sentence = _(
        "your support request %(number)s is about the same matter as %(into)s and goes on there. You see that one, too."
    )
    link = f"{settings.BASE_URL}/requests/{it.into}/"
    return _in_request(it, (sentence % {"into": it.into, **_number(it)}, *_outcome(it)), link_url=link)


def _contact_added(it: Telling) -> Draft:
    if it.side == "vendor":
        sentence = _(
            "we have added you to the support request %(number)s. You can read it, write in it and add files."
        )
    else:
        sentence = _(
            "%(who)s has added you to the support request %(number)s. You can read it, write in it and add files."
        )
    facts = ((_("Summary"), it.about.summary), (_("Severity"), it.about.severity))
    return _in_request(it, (sentence % {"who": it.who, **_number(it)},), facts=facts, then=_how_to_answer(it))


def _contact_removed(it: Telling) -> Draft:
    sentence = _("you are no longer a contact of the support request %(number)s, and no longer see it.")
    return Draft(
        subject=_subject(it),
        name=it.name,
        sentences=(sentence % _number(it),),
        why=_("You get this e-mail because you were a contact of this support request."),
    )


def _severity_changed(it: Telling) -> Draft:
    if it.side == "requester":
        sentence = _("%(who)s has set the severity of the support request %(number)s to %(after)s.")
    else:
        sentence = _("we have set the severity of your support request %(number)s to %(after)s.")
    told = sentence % {"who": it.who, "after": it.after, **_number(it)}
    quote = Said(it.who, it.reason, "") if it.reason else None
    return _in_request(it, (told, *_kept_in(it)), quote=quote, facts=_owed(it), then=_how_to_answer(it))


def _severity_lowered(it: Telling) -> Draft:
    values = {"before": it.before, "after": it.after, "name": it.unreached, **_number(it)}
    tried = ", ".join(instant_in_words(at, it.time_zone, it.language) for at in it.attempts)
    return _in_request(
        it,
        (
            _("we have lowered your support request %(number)s from severity %(before)s to %(after)s.")
            % values,
            _(
                "Severity %(before)s needs somebody who can be reached day and night. We could not reach %(name)s."
            )
            % values,
            _("We tried: %(moments)s.") % {"moments": tried},
            *_kept_in(it),
        ),
        facts=_owed(it),
        then=(
            _("If somebody can be reached now, make it severity %(before)s again: one press is enough.")
            % values,
            *_how_to_answer(it),
        ),
        link_url=f"{it.page_url}restore/",
        link_label=_("Make it severity %(before)s again") % values,
    )


def _severity_restored(it: Telling) -> Draft:
    sentence = _("%(who)s has made the support request %(number)s severity %(after)s again.")
    told = sentence % {"who": it.who, "after": it.after, **_number(it)}
    return _in_request(it, (told, *_kept_in(it)), facts=_owed(it), then=_how_to_answer(it))


def _taken_up(it: Telling) -> Draft:
    sentence = _("%(name)s takes care that your support request %(number)s goes on.")
    told = sentence % {"name": it.taken_up_by, **_number(it)}
    return _in_request(it, (told,), facts=_owed(it), then=_how_to_answer(it))


_DRAFTS: Mapping[str, Callable[[Telling], Draft]] = {
    telling.OPENED: _opened,
    telling.ANSWER: _answer,
    telling.WAITING: _waiting,
    telling.RESOLVED: _resolved,
    telling.FILE_ADDED: _file_added,
    telling.CLOSED: _closed,
    telling.REOPENED: _reopened,
    telling.MERGED: _merged,
    telling.CONTACT_ADDED: _contact_added,
    telling.CONTACT_REMOVED: _contact_removed,
    telling.SEVERITY_CHANGED: _severity_changed,
    telling.SEVERITY_LOWERED: _severity_lowered,
    telling.SEVERITY_RESTORED: _severity_restored,
    telling.TAKEN_UP: _taken_up,
}


def _discreet(kind: str, it: Telling) -> Draft:
    """To an address that nobody has proved to own: numbers of ours, and not a word of anybody's."""
    number = _number(it)
    link_url, link_label = it.page_url, _("Open the request")
    sentences: tuple[str, ...]
    match kind:
        case telling.OPENED:
            sentences = (
                _("this address was named as the primary contact of the support request %(number)s.")
                % number,
                _("First answer by: %(due)s")
                % {"due": instant_in_words(it.about.first_response_due_at, it.time_zone, it.language)},
            )
        case telling.INVITATION if it.invitation is not None:
            return _invitation(it, it.invitation)
        case telling.CONTACT_REMOVED:
            sentences = (
                _("this address is no longer that of a contact of the support request %(number)s.") % number,
            )
            link_url = link_label = ""
        case _:
            sentences = (_("there is news in the support request %(number)s.") % number,)
    if link_url:
        sentences = (
            *sentences,
            _(
                "To read it, sign in with this address, or make an account with it: that proves that it is yours."
            ),
        )
    return Draft(
        subject=_("[%(number)s] Support request") % number,
        name="",
        sentences=sentences,
        link_url=link_url,
        link_label=link_label,
        why=_("If this means nothing to you, somebody has mistyped an address. You need not do anything."),
    )


def _invitation(it: Telling, invitation: InvitationLetter) -> Draft:
    until = instant_in_words(invitation.expires_at, it.time_zone, it.language)
    return Draft(
        subject=_("[%(number)s] Invitation to a support request") % _number(it),
        name="",
        sentences=(
            _("this address was named as a contact of the support request %(number)s.") % _number(it),
            _(
                "To read it and to write in it, accept the invitation, with an account that you have or a new one."
            ),
            _("The invitation works once, until %(moment)s.") % {"moment": until},
        ),
        link_url=f"{settings.BASE_URL}/invitations/{invitation.token}/",
        link_label=_("Look at the invitation"),
        why=_("If this means nothing to you, somebody has mistyped an address. You need not do anything."),
    )


def _in_request(
    it: Telling,
    sentences: tuple[str, ...],
    *,
    quote: Said | None = None,
    then: tuple[str, ...] = (),
    facts: tuple[tuple[str, str], ...] = (),
    link_url: str = "",
    link_label: str = "",
) -> Draft:
    return Draft(
        subject=_subject(it),
        name=it.name,
        sentences=sentences,
        facts=facts,
        quote=quote.text if quote else "",
        quote_language=quote.language if quote else "",
        then=then,
        link_url=link_url or it.page_url,
        link_label=link_label or _("Open the request"),
        why=_("You get this e-mail because you are a contact of this support request."),
    )


def _subject(it: Telling) -> str:
    # The same for all letters about a request, so that mail programs keep them together.
    return f"[{it.about.shown_number}] {it.about.summary}"


def _number(it: Telling) -> Mapping[str, Any]:
    return {"number": it.about.shown_number}


def _kept_in(it: Telling) -> tuple[str, ...]:
    if it.around_the_clock:
        return (_("We work on it around the clock. Please stay reachable day and night."),)
    return (_("We work on it in business hours."),)


def _owed(it: Telling) -> tuple[tuple[str, str], ...]:
    """What is due now, where something is."""
    if it.about.due_at is None:
        return ()
    due = instant_in_words(it.about.due_at, it.time_zone, it.language)
    return ((_("Due now"), due),)


def _solved() -> tuple[str, ...]:
    days: int = settings.CLOSE_RESOLVED_AFTER_DAYS
    if not days:
        return (_("If it is not solved for you, write to us, and it is open again."),)
    return (
        ngettext(
            "If it is not solved for you, write to us within %(count)s day, and it is open again. "
            "After that it is closed.",
            "If it is not solved for you, write to us within %(count)s days, and it is open again. "
            "After that it is closed.",
            days,
        )
        % {"count": days},
    )


def _outcome(it: Telling) -> tuple[str, ...]:
    """What closing does to the plan (AGR-6)."""
    if it.outcome == "decrement":
        if it.credited and it.about.unit == ADVISORY_HOUR:
            return (
                _(
                    "It counts: the time of the consultant stays deducted, and %(time)s of advice were given back."
                )
                % {"time": in_time(it.credited)},
            )
        return (_("It counts: what was deducted for it stays deducted."),) if it.about.unit else ()
    if not it.credited:
        return (_("It does not count. Nothing had been deducted for it."),)
    if it.about.unit == ADVISORY_HOUR:
        return (
            _("It does not count: %(time)s of advice were given back to your agreement.")
            % {"time": in_time(it.credited)},
        )
    return (
        ngettext(
            "It does not count: %(count)s incident was given back to your agreement.",
            "It does not count: %(count)s incidents were given back to your agreement.",
            it.credited,
        )
        % {"count": it.credited},
    )


def _files(it: Telling) -> tuple[str, ...]:
    if not it.files:
        return ()
    sentence = ngettext(
        "%(count)s file came along; it can be read in the request: %(names)s",
        "%(count)s files came along; they can be read in the request: %(names)s",
        len(it.files),
    )
    return (sentence % {"count": len(it.files), "names": ", ".join(it.files)},)


def _how_to_answer(it: Telling) -> tuple[str, ...]:
    if it.may_answer_by_mail:
        return (_("You can answer this e-mail, or write in the request."),)
    return (_("Please answer in the request: nobody reads what is sent to this address."),)
