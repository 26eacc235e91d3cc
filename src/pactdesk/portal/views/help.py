"""Help: how the two IDs work, what severities and programmes mean, and articles."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pactdesk.catalog import queries as catalog
from pactdesk.catalog.queries import Catalogue
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.knowledge import queries as knowledge
from pactdesk.pages.context import OWN_NAMES
from pactdesk.pages.requests import OpenRequest
from pactdesk.portal.plans import (
    coverage_in_words,
    grant_in_words,
    language,
    length_in_words,
    promises_in_words,
)


@dataclass(frozen=True, slots=True)
class SeverityHelp:
    """A severity as the requester chooses it: by its consequence (SEV-1)."""

    code: str
    name: str
    meaning: str
    asks: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgrammeHelp:
    """A programme: what it grants, for how long, what it covers, how soon we answer."""

    name: str
    facts: tuple[tuple[str, str], ...]
    coverage: tuple[str, ...]
    promises: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HelpPage:
    """Everything on the help page that differs between installations."""

    severities: tuple[SeverityHelp, ...]
    programmes: tuple[ProgrammeHelp, ...]
    service_centre: str


@require_safe
def help_page(request: OpenRequest) -> HttpResponse:
    """The help page; open to everybody, because some need it before they can sign in."""
    catalogue = catalog.current()
    page = HelpPage(
        severities=_severities(catalogue),
        programmes=_programmes(catalogue),
        service_centre=settings.SERVICE_CENTRE_ADDRESS,
    )
    return render(request, "portal/help.html", {"page": page})


@require_safe
def article(request: OpenRequest, number: int) -> HttpResponse:
    """An article in the reader's language, or with `?language=` in another one (KNO-1)."""
    known = dict(OWN_NAMES)
    asked = request.GET.get("language", "")
    try:
        found = knowledge.article(number, asked if asked in known else language())
    except knowledge.ArticleNotFound as missing:
        raise Http404 from missing
    facts = [
        (_("Article"), str(found.number)),
        (_("Revision"), str(found.revision)),
        (_("Last reviewed"), day_in_words(found.last_reviewed_on, "UTC", language())),
        (_("Products"), ", ".join(found.products)),
        (_("Topics"), ", ".join(found.categories)),
        (_("For"), ", ".join(str(role) for role in found.roles)),
    ]
    context = {
        "article": found,
        "facts": [(label, value) for label, value in facts if value],
        "others": [(code, known[code]) for code in found.languages if code != found.language],
    }
    return render(request, "portal/article.html", context)


def _severities(catalogue: Catalogue) -> tuple[SeverityHelp, ...]:
    return tuple(
        SeverityHelp(
            code=severity.code,
            name=text_in(severity.name, language()),
            meaning=text_in(severity.meaning, language()),
            asks=text_in(severity.asks, language()),
            examples=tuple(text_in(example, language()) for example in severity.examples),
        )
        for severity in catalogue.offered_severities()
    )


def _programmes(catalogue: Catalogue) -> tuple[ProgrammeHelp, ...]:
    return tuple(
        ProgrammeHelp(
            name=text_in(programme.name, language()),
            facts=(
                (_("Granted"), grant_in_words(programme)),
                (_("Length"), length_in_words(programme)),
                (_("A request takes"), text_in(programme.draws, language())),
            ),
            coverage=tuple(coverage_in_words(programme, catalogue)),
            promises=tuple(promises_in_words(programme, catalogue, language())),
        )
        for programme in catalogue.programmes.values()
        if not programme.retired
    )
