"""Verbs on articles: load them from files, and write down what readers say about them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from pactdesk.accounts.viewer import Viewer
from pactdesk.catalog.models import Category, ProblemType, Product
from pactdesk.catalog.services.reading import Mistake
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.worded import FALLBACK
from pactdesk.knowledge.models import Article, Translation, Verdict
from pactdesk.knowledge.queries import ArticleNotFound
from pactdesk.knowledge.services.files import ArticleFile, ArticleMistakes, Known, read_folder

__all__ = ["ArticleMistakes", "CannotRecordVerdict", "Loaded", "Mistake", "load", "record_verdict"]

_LOADING_LOCK = 0x41525449  # advisory: processes that load at the same time take turns


class CannotRecordVerdict(Refused):
    """The verdict was not written down."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did, by file; `retired` are the numbers of articles whose file is gone."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    retired: tuple[int, ...]

    @property
    def nothing_to_do(self) -> bool:
        return not (self.added or self.changed or self.removed or self.retired)


def record_verdict(
    *, article: int, draft_key: uuid.UUID | None, verdict: str, actor: Viewer, at: datetime
) -> None:
    """Write down what the actor says about an article: "solved" or "not-helpful" (WIZ-1, KNO-1).

    One verdict is kept for each draft, article and account: saying the same again changes nothing, saying the other
    replaces it. `draft_key` is None where the article was read outside a draft. Whether the draft is the actor's is the
    caller's to know. Raises `ArticleNotFound` and `CannotRecordVerdict`.
    """
    if verdict not in Verdict.Answer.values:
        raise CannotRecordVerdict(Reason("verdict.unknown"))
    article_id = Article.objects.filter(number=article).values_list("pk", flat=True).first()
    if article_id is None:
        raise ArticleNotFound(f"no article {article}")
    kept, is_new = Verdict.objects.get_or_create(
        article_id=article_id,
        account_id=actor.account_id,
        draft_key=draft_key,
        defaults={"verdict": verdict, "at": at},
    )
    if not is_new and kept.verdict != verdict:
        Verdict.objects.filter(pk=kept.pk).update(verdict=verdict, at=at)


@transaction.atomic
def load(folder: Path, at: datetime) -> Loaded:
    """Make the articles what the files in `folder` say, all or nothing (KNO-1).

    A file that was loaded before and has not changed is left alone, and so is what was edited in the admin since, until
    the file changes. Articles whose file is gone are retired; articles written in the admin stay. Raises
    `ArticleMistakes` with every mistake in the files; the articles are then as they were.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOADING_LOCK])
    ids = {
        "products": dict(Product.objects.values_list("code", "pk")),
        "categories": dict(Category.objects.values_list("code", "pk")),
        "problem_types": dict(ProblemType.objects.values_list("code", "pk")),
    }
    known = Known(
        **{name: frozenset(codes) for name, codes in ids.items()}, roles=frozenset(Article.Role.values)
    )
    files = read_folder(folder, known)
    present = {
        (translation.article.number, translation.language): translation
        for translation in Translation.objects.select_related("article").defer("body", "search")
    }
    _refuse_numbers_taken(files, present)
    articles = {article.number: article for article in Article.objects.all()}
    added: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    # Originals first: a translation needs its article.
    for file in sorted(files, key=lambda file: (file.language != FALLBACK, file.number, file.language)):
        translation = present.pop((file.number, file.language), None)
        if translation and (translation.source, translation.digest) == (file.source, file.digest):
            unchanged.append(file.source)
            continue
        if file.language == FALLBACK:
            articles[file.number] = _write_article(file, articles.get(file.number), ids)
        _write_translation(file, articles[file.number], translation)
        (changed if translation else added).append(file.source)
    removed, retired = _withdraw([gone for gone in present.values() if gone.source], at)
    return Loaded(tuple(sorted(added)), tuple(sorted(changed)), tuple(sorted(unchanged)), removed, retired)


def _refuse_numbers_taken(files: list[ArticleFile], present: dict[tuple[int, str], Translation]) -> None:
    from_files = {
        number for (number, language), text in present.items() if language == FALLBACK and text.source
    }
    written_here = set(Article.objects.values_list("number", flat=True)) - from_files
    mistakes = [
        file.mistake("number", "a number that no article written in the admin has", str(file.number))
        for file in files
        if file.language == FALLBACK and file.number in written_here
    ]
    if mistakes:
        raise ArticleMistakes(mistakes)


def _write_article(file: ArticleFile, article: Article | None, ids: dict[str, dict[str, int]]) -> Article:
    article = article or Article(number=file.number)
    article.revision = file.revision
    article.last_reviewed_on = file.last_reviewed_on
    article.roles = list(file.roles)
    article.retired_at = None
    article.save()
    article.products.set([ids["products"][code] for code in file.products])
    article.categories.set([ids["categories"][code] for code in file.categories])
    article.problem_types.set([ids["problem_types"][code] for code in file.problem_types])
    return article


def _write_translation(file: ArticleFile, article: Article, translation: Translation | None) -> None:
    translation = translation or Translation(article=article, language=file.language)
    translation.title = file.title
    translation.summary = file.summary
    translation.body = file.body
    translation.of_revision = file.revision
    translation.machine_translated = file.machine_translated
    translation.source = file.source
    translation.digest = file.digest
    translation.save()


def _withdraw(gone: list[Translation], at: datetime) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Delete translations whose file is gone, and retire the articles whose original is gone."""
    removed = [text for text in gone if text.language != FALLBACK]
    Translation.objects.filter(pk__in=[text.pk for text in removed]).delete()
    # Without its digest an original counts as changed, and its article comes back, as soon as there is a file again.
    originals = [text for text in gone if text.language == FALLBACK and text.digest]
    Translation.objects.filter(pk__in=[text.pk for text in originals]).update(digest="")
    Article.objects.filter(pk__in=[text.article_id for text in originals], retired_at=None).update(
        retired_at=at
    )
    return (
        tuple(sorted(text.source for text in removed)),
        tuple(sorted(text.article.number for text in originals)),
    )
