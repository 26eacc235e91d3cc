"""The sentences of all rooms in one table, for pages, e-mails and programs alike (ELI-10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts import wording as accounts
from pactdesk.agreements import wording as agreements
from pactdesk.cases import wording as cases
from pactdesk.catalog import wording as catalog
from pactdesk.delegation import wording as delegation
from pactdesk.imports import wording as imports
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import FALLBACK, names_in_words, text_in
from pactdesk.knowledge import wording as knowledge
from pactdesk.purchases import wording as purchases
from pactdesk.routing import wording as routing
from pactdesk.servicelevels import wording as servicelevels

# A sentence is text or a lazy translation of it; a remedy is the code of an action that the screens know.
SENTENCES: Mapping[str, Any] = {
    "url.not-a-url": _("Enter the whole address, such as https://hooks.example.com/pactdesk."),
    "url.too-long": _("This address is %(length)s characters long. The longest that we call has %(most)s."),
    "url.characters": _(
        "An address may hold only letters without accents, digits and the usual signs. Write other letters in their "
        "encoded form."
    ),
    "url.fragment": _("Leave out everything from the # on: it never reaches a server."),
    "url.userinfo": _("Leave out the name and password before the @. The signature proves who calls."),
    "url.not-https": _("The address has to begin with https://."),
    "url.host": _("This is not a host name that everybody can look up."),
    "url.host-is-address": _("Use a host name. Addresses made of numbers are not called."),
    "url.host-not-open": _("This host name is not one of the open internet."),
    "url.port": _("Only these ports are called: %(ports)s."),
    "call.name-unknown": _("The host name could not be looked up."),
    "call.address-not-open": _("The host name leads to an address that is not in the open internet."),
    "call.timed-out": _("There was no answer within 10 seconds."),
    "call.no-connection": _("No connection came about."),
    "call.certificate": _("Its certificate is not valid for this host name."),
    "call.tls": _("No encrypted connection came about."),
    "call.not-http": _("What came back was not an answer in HTTP."),
    "webhook.description-too-long": _("Shorten the description to %(most)s characters."),
    "webhook.description-hidden-characters": _("The description contains hidden characters. Type it again."),
    "webhook.no-events": _("Choose at least one event."),
    "webhook.unknown-event": _("There is no event called %(event)s."),
    "webhook.too-many-endpoints": _(
        "An account can have %(most)s endpoints. Remove one that is no longer used."
    ),
    "webhook.too-many-tests": _("You have sent %(most)s tests within an hour. Try again later."),
    "webhook.endpoint-off": _("The endpoint is switched off."),
    "webhook.switched-off-by-operator": _(
        "An operator has switched this endpoint off. Ask the service centre to switch it on again."
    ),
    "webhook.nothing-to-replay": _("There is nothing here that can be sent again."),
    **accounts.SENTENCES,
    **catalog.SENTENCES,
    **servicelevels.SENTENCES,
    **delegation.SENTENCES,
    **routing.SENTENCES,
    **knowledge.SENTENCES,
    **agreements.SENTENCES,
    **imports.SENTENCES,
    **purchases.SENTENCES,
    **cases.SENTENCES,
}
# What programs are told of, in the order in which it is offered.
EVENT_NAMES: Mapping[str, Any] = {
    "request.opened": _("A request was sent"),
    "request.message": _("A message was written"),
    "request.file-added": _("A file was added"),
    "request.status-changed": _("The status changed"),
    "request.assigned": _("An engineer took the request over"),
    "request.contact-added": _("A contact was added"),
    "request.contact-removed": _("A contact was removed"),
    "request.closed": _("The request was closed"),
    "request.reopened": _("The request was reopened"),
    "request.merged": _("The request goes on as another one"),
    "request.severity-changed": _("The severity was changed"),
    "request.severity-lowered": _("The request was lowered, because nobody could be reached"),
    "request.severity-restored": _("The severity was restored"),
    "agreement.balance-low": _("An agreement is nearly used up"),
    "agreement.ending-soon": _("The benefits of an agreement end soon"),
    "agreement.registered": _("An account has added an agreement"),
    "endpoint.test": _("A test"),
}
# What people are told by letter, by the code of the choice, with what that means.
CHOICE_NAMES: Mapping[str, tuple[Any, Any]] = {
    "answers": (
        _("Answers"),
        _(
            "Somebody of us has written, has added a file, takes care of what you asked for, waits for you, or thinks "
            "that it is solved."
        ),
    ),
    "endings": (_("How it ends"), _("A request was closed or reopened, or goes on as another one.")),
    "severity": (_("How severe it is"), _("The severity of a request was changed.")),
    "places": (_("My place"), _("I was added to a request, or removed from one.")),
    "balances": (
        _("Balances and ends"),
        _("Little is left of an agreement that I answer for, or its benefits end soon."),
    ),
    "registrations": (_("Who adds an agreement"), _("Somebody has added an agreement that I own.")),
    "uses": (
        _("Each use"),
        _("Somebody else's request was paid by an agreement that I own."),
    ),
    "rights": (
        _("Rights"),
        _(
            "Rights that concern my organization were granted, changed, refused or ended, or end in two weeks."
        ),
    ),
    "assigned": (_("Mine"), _("A request was assigned to me.")),
    "replies": (_("Replies"), _("Somebody has answered in a request that I own, or has reopened it.")),
    "escalations": (
        _("Escalations"),
        _("Somebody asks for help with a request of mine or of my team, or a promise in it is broken."),
    ),
    "promises": (
        _("Promises in danger"),
        _("An answer or news is still owed, and much of the time for it has passed."),
    ),
    "team": (_("My team"), _("A new request waits in the queue of my team.")),
    "approvals": (_("To be approved"), _("A colleague asks for something that needs a second person.")),
    "decisions": (_("Approved or refused"), _("A colleague has decided what I asked for.")),
}
REMEDIES: Mapping[str, str] = {
    **catalog.REMEDIES,
    **servicelevels.REMEDIES,
    **delegation.REMEDIES,
    **knowledge.REMEDIES,
    **agreements.REMEDIES,
    **purchases.REMEDIES,
    **cases.REMEDIES,
}


def sentence(reason: Reason, zone: str) -> str:
    """`reason` in the active language, as a whole sentence.

    Days stand as they are counted in `zone` (an IANA name): parameters whose names end in `_at` hold instants, those in
    `_on` days. Worded values are put into the language of the sentence. Raises KeyError for a code without a sentence.
    """
    language = get_language() or FALLBACK
    words = {name: _in_words(name, value, zone or "UTC", language) for name, value in reason.params.items()}
    return str(SENTENCES[reason.code]) % words


def _in_words(name: str, value: Any, zone: str, language: str) -> Any:
    if isinstance(value, Mapping):
        return text_in(value, language)
    if isinstance(value, list):
        return names_in_words([text_in(each, language) for each in value], language)
    if name.endswith("_at"):
        return day_in_words(datetime.fromisoformat(value), zone, language)
    if name.endswith("_on"):
        return day_in_words(date.fromisoformat(value), zone, language)
    return value
