"""Articles, their translations, and what readers said about them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from pactdesk.kernel.worded import FALLBACK, LANGUAGES
from pactdesk.knowledge.rules import search_words


class Article(models.Model):
    """A piece of advice (KNO-1). Its texts stand in its translations.

    Without products it applies to every product; without categories, problem types or roles likewise. A retired article
    is neither suggested nor shown.
    """

    class Role(models.TextChoices):
        REQUESTER = "requester", _("Requesters")
        IT_PROFESSIONAL = "it-professional", _("IT professionals")
        DEVELOPER = "developer", _("Developers")
        PARTNER = "partner", _("Partners")
        PROGRAMME_CONTACT = "programme-contact", _("Primary programme contacts")

    number = models.PositiveIntegerField(_("number"), unique=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    last_reviewed_on = models.DateField(_("last reviewed"))
    products = models.ManyToManyField(
        "catalog.Product", verbose_name=_("applies to the products"), blank=True, related_name="+"
    )
    categories = models.ManyToManyField(
        "catalog.Category", verbose_name=_("applies to the categories"), blank=True, related_name="+"
    )
    problem_types = models.ManyToManyField(
        "catalog.ProblemType", verbose_name=_("applies to the problem types"), blank=True, related_name="+"
    )
    roles = models.JSONField(_("applies to the roles"), default=list, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ("number",)
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints = (
            models.CheckConstraint(condition=Q(number__gt=0), name="article_number_positive"),
            models.CheckConstraint(condition=Q(revision__gt=0), name="article_revision_positive"),
        )

    def __str__(self) -> str:
        return str(self.number)


class Translation(models.Model):
    """The text of an article in one language. English is the original; the others say of which revision they are.

    `source` and `digest` tell which file the text was loaded from; both are empty where it was written in the admin.
    Saving indexes the text for the search, so change it with `save` and not with `QuerySet.update`.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("summary"), max_length=400)
    body = models.TextField(_("text"), help_text=_("Markdown. Headings begin with ##."))
    of_revision = models.PositiveIntegerField(
        _("made from revision"),
        default=1,
        help_text=_("The revision of the English original that this text renders."),
    )
    machine_translated = models.BooleanField(_("translated by a machine"), default=False)
    source = models.CharField(_("file"), max_length=200, blank=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    search = SearchVectorField(editable=False)

    class Meta:
        ordering = ("article", "language")
        verbose_name = _("translation")
        verbose_name_plural = _("translations")
        constraints = (
            models.UniqueConstraint(fields=["article", "language"], name="article_translation_once"),
            models.CheckConstraint(
                condition=Q(language__in=sorted(LANGUAGES)), name="article_translation_language_known"
            ),
            models.CheckConstraint(
                condition=~Q(language=FALLBACK, machine_translated=True), name="article_original_by_people"
            ),
            models.CheckConstraint(
                condition=~(Q(title="") | Q(summary="") | Q(body="")), name="article_translation_complete"
            ),
        )

    def __str__(self) -> str:
        return f"{self.article_id} · {self.language}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the text and index it."""
        self.search = (
            self._words(self.title, "A") + self._words(self.summary, "B") + self._words(self.body, "D")
        )
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search"}
        super().save(*args, **kwargs)

    def _words(self, text: str, weight: str) -> SearchVector:
        words = " ".join(search_words(text, self.language))
        return SearchVector(Value(words), config="simple", weight=weight)


class Verdict(models.Model):
    """What a reader said about an article, once for each draft in which it was suggested (WIZ-1).

    `draft_key` is empty where the article was read outside a draft.
    """

    class Answer(models.TextChoices):
        SOLVED = "solved", _("This solved it")
        NOT_HELPFUL = "not-helpful", _("Not what I need")

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="verdicts")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    draft_key = models.UUIDField(_("draft"), null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Answer)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        constraints = (
            models.UniqueConstraint(
                fields=["draft_key", "article", "account"], nulls_distinct=False, name="article_verdict_once"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["solved", "not-helpful"]), name="article_verdict_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.article_id} · {self.verdict}"
