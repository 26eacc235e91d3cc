"""What readers see of articles, each with a fixed number of queries."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Case, Exists, F, FloatField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.worded import FALLBACK, LANGUAGES, text_in
from pactdesk.knowledge.body import as_html
from pactdesk.knowledge.models import Article, Translation, Verdict
from pactdesk.knowledge.rules import (
    IN_BODY,
    IN_SUMMARY,
    IN_TITLE,
    Candidate,
    asked_words,
    in_order,
    known_language,
)
from pactdesk.knowledge.wording import NOTES

_WEIGHTS = [IN_BODY, IN_BODY, IN_SUMMARY, IN_TITLE]  # D, C, B, A


class ArticleNotFound(LookupError):
    """No article has this number, or it was retired."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article in the list beside step 1. `language` is that of its texts: English where it was not translated."""

    number: int
    title: str
    summary: str
    language: str
    machine_translated: bool
    last_reviewed_on: date


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a reader has to know about the text: a stable code and its sentence in the reader's language."""

    code: str
    sentence: str | Promise


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article to read (KNO-1).

    `language` is that of the texts. `is_original` is false for a translation: the page then links to the same number
    in English. `languages` are those it can be read in. `products`, `categories` and `roles` are names, empty where it
    applies to all. `body` is safe HTML whose headings begin with h2.
    """

    number: int
    revision: int
    last_reviewed_on: date
    language: str
    title: str
    summary: str
    body: SafeString
    is_original: bool
    machine_translated: bool
    notes: tuple[Note, ...]
    languages: tuple[str, ...]
    products: tuple[str, ...]
    categories: tuple[str, ...]
    roles: tuple[str | Promise, ...]


def suggestions(
    *,
    product: str,
    category: str,
    problem: str,
    text: str,
    language: str,
    limit: int = 3,
    more: bool = False,
) -> tuple[Suggestion, ...]:
    """The articles to read before going on, best first (WIZ-1); two queries at most.

    `product`, `category` and `problem` are codes, "" while nothing was chosen; `text` is what was typed so far, in
    `language` or in English. Without a product every article may match the text, so this also serves as the search.
    `more` also answers those that apply but match only weakly, up to twelve.
    """
    language = known_language(language)
    numbers = in_order(
        _candidates(product, category, problem, text, language), limit=max(limit, 0), more=more
    )
    if not numbers:
        return ()
    texts: dict[int, Translation] = {}
    for translation in (
        Translation.objects.filter(article__number__in=numbers, language__in={language, FALLBACK})
        .select_related("article")
        .defer("body", "search")
    ):
        if translation.language == language or translation.article.number not in texts:
            texts[translation.article.number] = translation
    return tuple(_suggestion(texts[number]) for number in numbers)


def article(number: int, language: str) -> ArticlePage:
    """The article with this number in `language`, in English where it was not translated; four queries (KNO-1).

    Raises `ArticleNotFound`, a LookupError, where there is none.
    """
    language = known_language(language)
    found = (
        Article.objects.filter(number=number, retired_at=None)
        .prefetch_related("translations", "products", "categories")
        .first()
    )
    texts = {translation.language: translation for translation in found.translations.all()} if found else {}
    if found is None or FALLBACK not in texts:
        raise ArticleNotFound(f"no article {number}")
    shown = texts.get(language) or texts[FALLBACK]
    return ArticlePage(
        number=found.number,
        revision=found.revision,
        last_reviewed_on=found.last_reviewed_on,
        language=shown.language,
        title=shown.title,
        summary=shown.summary,
        body=as_html(shown.body),
        is_original=shown.language == FALLBACK,
        machine_translated=shown.machine_translated,
        notes=tuple(Note(code, NOTES[code]) for code in _notes(found, shown, language)),
        languages=tuple(code for code in LANGUAGES if code in texts),
        products=tuple(text_in(product.name, language) for product in found.products.all()),
        categories=tuple(text_in(category.name, language) for category in found.categories.all()),
        roles=tuple(role.label for role in Article.Role if role.value in found.roles),
    )


def verdicts(viewer: Viewer, *, draft_key: uuid.UUID | None) -> dict[int, str]:
    """What the viewer said about articles in this draft, by number: "solved" or "not-helpful". One query."""
    mine = Verdict.objects.filter(account_id=viewer.account_id, draft_key=draft_key)
    return dict(mine.values_list("article__number", "verdict"))


def _notes(article: Article, shown: Translation, asked: str) -> list[str]:
    notes = []
    if shown.machine_translated:
        notes.append("article.machine-translated")
    if shown.language != FALLBACK and shown.of_revision < article.revision:
        notes.append("article.older-than-original")
    if shown.language != asked:
        notes.append("article.only-in-english")
    return notes


def _suggestion(translation: Translation) -> Suggestion:
    return Suggestion(
        number=translation.article.number,
        title=translation.title,
        summary=translation.summary,
        language=translation.language,
        machine_translated=translation.machine_translated,
        last_reviewed_on=translation.article.last_reviewed_on,
    )


def _candidates(product: str, category: str, problem: str, text: str, language: str) -> list[Candidate]:
    """Every article that applies to the product and the kind of problem, with how well it fits."""
    products = Article.products.through.objects.filter(article=OuterRef("pk"))
    categories = Article.categories.through.objects.filter(article=OuterRef("pk"))
    kinds = Article.problem_types.through.objects.filter(article=OuterRef("pk"))
    rows = Article.objects.filter(
        Exists(Translation.objects.filter(article=OuterRef("pk"), language=FALLBACK)), retired_at=None
    ).annotate(
        names_product=Exists(products.filter(product__code=product)),
        names_category=Exists(categories.filter(category__code=category)),
        names_categories=Exists(categories),
        match=_match(text, language),
    )
    if product:
        rows = rows.filter(Q(names_product=True) | ~Exists(products))
    if category and problem:
        of_problem = kinds.filter(
            problemtype__problems__code=problem, problemtype__problems__category__code=category
        )
        rows = rows.filter(Exists(of_problem) | ~Exists(kinds))
    return [
        Candidate(
            number=number,
            names_product=names_product,
            names_category=names_category,
            names_other_categories=bool(category) and names_categories and not names_category,
            match=match,
        )
        for number, names_product, names_category, names_categories, match in rows.values_list(
            "number", "names_product", "names_category", "names_categories", "match"
        )
    ]


def _match(text: str, language: str) -> Coalesce | Value:
    """What an article's words in the reader's language, or in English, share with `text`."""
    nothing = Value(0.0, output_field=FloatField())
    cases = []
    for code in dict.fromkeys((language, FALLBACK)):
        words = asked_words(text, code)
        if words:
            query = SearchQuery(" | ".join(words), config="simple", search_type="raw")
            # The rank is a share of the question's words; times their number it counts words of the article.
            rank = SearchRank(F("search"), query, weights=_WEIGHTS) * Value(float(len(words)))
            cases.append(When(language=code, then=rank))
    if not cases:
        return nothing
    best = (
        Translation.objects.filter(article=OuterRef("pk"), language__in={language, FALLBACK})
        .annotate(match=Case(*cases, default=nothing, output_field=FloatField()))
        .order_by("-match")
    )
    return Coalesce(Subquery(best.values("match")[:1]), nothing)
