"""Finding requests by words, among those that a viewer may see and no others."""

from __future__ import annotations

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, OuterRef, QuerySet

from pactdesk.cases.models import Case, CaseWords, Contact
from pactdesk.cases.rules.words import asked_for


def matching_places(places: QuerySet[Contact], text: str, *, language: str) -> QuerySet[Contact]:
    """Those of a contact's `places` whose request has every word of `text`; all of them where no word was asked for."""
    query = asked_for(text, language)
    if not query:
        return places
    found = CaseWords.objects.filter(case=OuterRef("case"), for_contacts=_raw(query))
    return places.filter(Exists(found))


def matching_cases(cases: QuerySet[Case], text: str, *, language: str) -> QuerySet[Case]:
    """Those of the desk's `cases` that have every word of `text`, internal notes included; all where none was asked."""
    query = asked_for(text, language)
    if not query:
        return cases
    found = CaseWords.objects.filter(case=OuterRef("pk"), for_the_desk=_raw(query))
    return cases.filter(Exists(found))


def _raw(query: str) -> SearchQuery:
    return SearchQuery(query, config="simple", search_type="raw")
