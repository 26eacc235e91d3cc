"""Articles for operators: look, edit, write and retire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from pactdesk.kernel.read_only import ReadOnly
from pactdesk.kernel.worded import FALLBACK
from pactdesk.knowledge.body import complaints
from pactdesk.knowledge.models import Article, Translation, Verdict

# Django's forms are generic for the type checker only.
if TYPE_CHECKING:
    FormOfArticle = forms.ModelForm[Article]
    FormOfTranslation = forms.ModelForm[Translation]
    TranslationForms = forms.BaseInlineFormSet[Translation, Article, FormOfTranslation]
else:
    FormOfArticle = FormOfTranslation = forms.ModelForm
    TranslationForms = forms.BaseInlineFormSet


class ArticleForm(FormOfArticle):
    """An article without its texts."""

    roles = forms.MultipleChoiceField(
        label=_("applies to the roles"),
        choices=Article.Role.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Article
        fields = (
            "number",
            "revision",
            "last_reviewed_on",
            "products",
            "categories",
            "problem_types",
            "roles",
        )


class TranslationForm(FormOfTranslation):
    """One text. What the page would leave out is refused."""

    class Meta:
        model = Translation
        fields = ("language", "title", "summary", "body", "of_revision", "machine_translated")

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        found = [
            ValidationError(
                _("Line %(line)s: expected %(expected)s."), params={"line": line + 1, "expected": expected}
            )
            for line, expected, _got in complaints(body)
        ]
        if found:
            raise ValidationError(found)
        return body


class TranslationFormSet(TranslationForms):
    """The texts of one article, of which one is in English."""

    def clean(self) -> None:
        super().clean()
        languages = {
            form.cleaned_data.get("language")
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        }
        if not any(self.errors) and FALLBACK not in languages:
            raise ValidationError(_("Write the English original, which all other languages fall back to."))


class TranslationInline(StackedInline):  # type: ignore[misc]  # unfold has no types
    model = Translation
    form = TranslationForm
    formset = TranslationFormSet
    extra = 0
    min_num = 1


@admin.register(Article)
class ArticleAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Articles. They are retired, not deleted, because readers have spoken about them."""

    form = ArticleForm
    inlines = (TranslationInline,)
    list_display = ("number", "title", "revision", "last_reviewed_on", "solved", "not_helpful", "is_retired")
    list_filter = (("retired_at", admin.EmptyFieldListFilter), "products", "categories")
    search_fields = ("number", "translations__title")
    filter_horizontal = ("products", "categories", "problem_types")
    actions = ("retire", "bring_back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        articles: QuerySet[Article] = super().get_queryset(request)
        return articles.prefetch_related("translations").annotate(
            solved_count=Count("verdicts", filter=Q(verdicts__verdict="solved")),
            not_helpful_count=Count("verdicts", filter=Q(verdicts__verdict="not-helpful")),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return False

    @admin.display(description=_("title"))
    def title(self, article: Article) -> str:
        return next((text.title for text in article.translations.all() if text.language == FALLBACK), "")

    @admin.display(description=_("solved it"), ordering="solved_count")
    def solved(self, article: Any) -> int:
        return int(article.solved_count)

    @admin.display(description=_("did not help"), ordering="not_helpful_count")
    def not_helpful(self, article: Any) -> int:
        return int(article.not_helpful_count)

    @admin.display(description=_("retired"), boolean=True, ordering="retired_at")
    def is_retired(self, article: Article) -> bool:
        return article.retired_at is not None

    @admin.action(description=_("Retire the chosen articles"))
    def retire(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        Article.objects.filter(pk__in=articles.values("pk"), retired_at=None).update(
            retired_at=timezone.now()
        )

    @admin.action(description=_("Bring the chosen articles back"))
    def bring_back(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        Article.objects.filter(pk__in=articles.values("pk")).update(retired_at=None)


@admin.register(Verdict)
class VerdictAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What readers said. It can be read only."""

    list_display = ("article", "verdict", "account", "at")
    list_filter = ("verdict", "article")
    list_select_related = ("article", "account")
