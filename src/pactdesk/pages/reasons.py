"""Reasons as the portal shows them: a sentence, and a link to the way out (ELI-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pactdesk.kernel.decisions import Reason
from pactdesk.notifications.wording import REMEDIES, sentence


@dataclass(frozen=True, slots=True)
class WordedReason:
    """A reason in the reader's language. `remedy_label` is "" where there is nothing to do but read the sentence;
    `remedy_url` is None where the label says what to do on the page itself."""

    code: str
    sentence: str
    remedy_label: str
    remedy_url: str | None

    @property
    def text(self) -> str:
        """What stands before the link, in lists of unusable plans; a remedy without a link is said instead."""
        return (
            self.sentence
            if self.remedy_url or not self.remedy_label
            else f"{self.sentence} {self.remedy_label}"
        )

    @property
    def url(self) -> str | None:
        return self.remedy_url

    @property
    def label(self) -> str:
        return self.remedy_label


@dataclass(frozen=True, slots=True)
class _WayOut:
    """The label of a link and where it leads: a URL name and an anchor. No name: it is done on the same page."""

    label: str | Promise
    name: str = ""
    anchor: str = ""


_WAYS_OUT = {
    "ask-administrator": _WayOut(_("How roles are given"), "portal:help", "acting-for-customers"),
    "ask-for-rights": _WayOut(_("How to ask for rights"), "portal:help", "acting-for-customers"),
    "ask-provider": _WayOut(_("What a provider grants"), "portal:help", "acting-for-customers"),
    "request-in-own-name": _WayOut(_("Make it in your own name"), "portal:request-new"),
    "see-support-groups": _WayOut(_("What support groups are for"), "portal:help", "acting-for-customers"),
    "ways-in-scope": _WayOut(_("What you can do instead"), "portal:help", "acting-for-customers"),
    "add-agreement": _WayOut(_("Add it to this account"), "portal:benefit-add"),
    "ask-owner": _WayOut(_("Ask its owner"), "portal:help", "sharing"),
    "ask-service-centre": _WayOut(_("Ask the service centre"), "portal:help", "service-centre"),
    "buy-incident": _WayOut(_("Buy an incident"), "portal:buy"),
    "change-contacts": _WayOut(_("Change the contacts.")),
    "check-ids": _WayOut(_("How the two IDs are written"), "portal:help", "ids"),
    "choose-again": _WayOut(""),
    "choose-another-plan": _WayOut(_("See your plans"), "portal:benefits"),
    "choose-another-product": _WayOut(_("Choose another product"), "portal:request-new"),
    "choose-another-severity": _WayOut(_("What each severity means"), "portal:help", "severities"),
    "go-on": _WayOut(""),
    "go-to-front-door": _WayOut(_("Go there")),
    "open-card": _WayOut(_("See your cards"), "portal:cards"),
    "reopen": _WayOut(_("Reopen the request.")),
    "renew": _WayOut(_("How to renew it"), "portal:help", "service-centre"),
    "see-purchases": _WayOut(_("See your purchases"), "portal:purchases"),
    "see-requests": _WayOut(_("See your requests"), "portal:request-list"),
    "see-unavailable-plans": _WayOut(_("See the unavailable plans"), "portal:benefits", "unavailable"),
    "sign-in-with-personal-account": _WayOut(
        _("Sign out, then sign in with a personal account"), "account_logout"
    ),
    "sign-in-with-work-account": _WayOut(_("Sign out, then sign in with a work account"), "account_logout"),
    "start-again": _WayOut(_("Start a new request"), "portal:request-new"),
}


def worded(reason: Reason, *, zone: str, places: Mapping[str, str] | None = None) -> WordedReason:
    """`reason` in the active language, with its way out. Days are those of `zone` (an IANA name).

    `places` maps codes of remedies to URLs and wins over where they lead otherwise: inside a draft,
    "choose-another-product" is that draft's first step. "" there means that the reader is in that place already and
    needs no link. Raises KeyError for a code without a sentence.
    """
    remedy = REMEDIES.get(reason.code, "")
    way_out = _WAYS_OUT[remedy] if remedy else _WayOut("")
    url = (places or {}).get(remedy, _url(way_out, reason))
    return WordedReason(
        code=reason.code,
        sentence=sentence(reason, zone),
        remedy_label="" if url == "" else str(way_out.label),
        remedy_url=url or None,
    )


def way_out(remedy: str) -> tuple[str, str]:
    """Label and address of a way out that leads somewhere, where no reason stands before it."""
    found = _WAYS_OUT[remedy]
    return str(found.label), reverse(found.name) + (f"#{found.anchor}" if found.anchor else "")


def remedy_codes() -> frozenset[str]:
    """The remedies for which the portal knows a way."""
    return frozenset(_WAYS_OUT)


def _url(way_out: _WayOut, reason: Reason) -> str | None:
    if way_out.name:
        return reverse(way_out.name) + (f"#{way_out.anchor}" if way_out.anchor else "")
    # Another front door is an address of the catalogue and comes with the reason.
    return reason.params.get("url") or None
