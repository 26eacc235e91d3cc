"""Which team answers, and why, in words (RTE-1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pactdesk.cases.queries.routing import WhyThisTeam
from pactdesk.catalog import queries as catalog
from pactdesk.catalog.queries import Catalogue
from pactdesk.kernel.moments import place_of
from pactdesk.kernel.worded import text_in
from pactdesk.pages.context import OWN_NAMES

_LABELS: Final[Mapping[str, str | Promise]] = {
    "problem_type": gettext_lazy("Kind of question"),
    "family": gettext_lazy("Product family"),
    "product": gettext_lazy("Product"),
    "programme": gettext_lazy("Plan"),
    "severity": gettext_lazy("Severity"),
    "language": gettext_lazy("Language"),
    "country": gettext_lazy("Country"),
    "time_zone": gettext_lazy("Time zone"),
}


@dataclass(frozen=True, slots=True)
class TeamInWords:
    """Which team it is, one sentence that says how it was chosen, and what decided, as (label, value)."""

    team: str
    sentence: str
    because: tuple[tuple[str, str], ...]


def team_in_words(why: WhyThisTeam, language: str) -> TeamInWords:
    """The team of a request, or of one that is about to be sent, in `language`."""
    because = () if why.handed_over else tuple(_fact(*each, language) for each in why.because)
    team = text_in(why.team, language) if why.team else ""
    if not team:
        sentence = _("No team is named for it yet.")
    elif why.handed_over:
        sentence = _("Another team had it first and handed it over.")
    elif because:
        sentence = _("This team answers because of what the request is about and where it comes from.")
    else:
        sentence = _("This team answers everything for which no other team is named.")
    return TeamInWords(team, sentence, because)


def country_name(code: str, language: str) -> str:
    """What a country is called; the code itself where it is none."""
    name: str = Locale.parse(language).territories.get(code, code)
    return name


def _fact(trait: str, value: str, language: str) -> tuple[str, str]:
    found = _NAMES[trait](catalog.current(), value, language) if trait in _NAMES else value
    return str(_LABELS.get(trait, trait)), found


def _named(entries: Callable[[Catalogue], Mapping[str, Any]]) -> Callable[[Catalogue, str, str], str]:
    """The name of an entry of the catalogue; its code where it is there no more."""

    def name(catalogue: Catalogue, code: str, language: str) -> str:
        entry = entries(catalogue).get(code)
        return text_in(entry.name, language) if entry is not None else code

    return name


def _severity(catalogue: Catalogue, code: str, language: str) -> str:
    severity = catalogue.severities.get(code)
    return f"{code} · {text_in(severity.name, language)}" if severity else code


_NAMES: Final[Mapping[str, Callable[[Catalogue, str, str], str]]] = {
    "problem_type": _named(lambda catalogue: catalogue.problem_types),
    "family": _named(lambda catalogue: catalogue.families),
    "product": _named(lambda catalogue: catalogue.products),
    "programme": _named(lambda catalogue: catalogue.programmes),
    "severity": _severity,
    "language": lambda _catalogue, code, _language: dict(OWN_NAMES).get(code, code),
    "country": lambda _catalogue, code, language: country_name(code, language),
    "time_zone": lambda _catalogue, zone, language: place_of(zone, language),
}
