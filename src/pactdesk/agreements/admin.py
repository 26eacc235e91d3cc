"""Agreements for operators: look, issue, hand over. Units move in the ledger, and the pair is shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from pactdesk.accounts.rules import known_time_zones
from pactdesk.agreements import sealing, services
from pactdesk.agreements.access import programme_of
from pactdesk.agreements.models import Activation, Agreement, LedgerEntry, PairMailing, Registration
from pactdesk.agreements.rules import Pair, grouped, read_pair
from pactdesk.agreements.services import memberships
from pactdesk.agreements.wording import SENTENCES
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.decisions import Decision
from pactdesk.kernel.read_only import ReadOnly
from pactdesk.kernel.worded import text_in

# Django's forms are generic for the type checker only.
if TYPE_CHECKING:
    FormOfAgreement = forms.ModelForm[Agreement]
else:
    FormOfAgreement = forms.ModelForm

_PROGRAMME_FIELDS = (
    "programme_name",
    "access_id",
    "starts_at",
    "ends_at",
    "time_zone",
    "units_left",
    # The service centre suspends at its desk, with a reason and a fact.
    "suspended_at",
    "created_at",
)


def _programme_choices() -> list[tuple[str, str]]:
    language = get_language() or "en"
    return [
        (programme.code, text_in(programme.name, language))
        for programme in catalog.current().programmes.values()
        if not programme.retired
    ]


class IssueForm(FormOfAgreement):
    """What it takes to issue an agreement. Without a pair of IDs a new one is drawn; a membership has none."""

    programme_code = forms.ChoiceField(
        label=_("Programme"), choices=_programme_choices, widget=UnfoldAdminSelectWidget
    )
    starts_on = forms.DateField(
        label=_("First day"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        initial=timezone.localdate,
    )
    zone = forms.ChoiceField(
        label=_("Time zone of its days"),
        choices=lambda: [(name, name) for name in sorted(known_time_zones())],
        initial="UTC",
        widget=UnfoldAdminSelectWidget,
    )
    quantity = forms.IntegerField(
        label=_("Units, if not those of the programme"),
        min_value=1,
        max_value=100_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    known_access_id = forms.CharField(
        label=_("Access ID, if it is imported"), required=False, widget=UnfoldAdminTextInputWidget
    )
    known_contract_id = forms.CharField(
        label=_("Contract ID, if it is imported"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    pair: Pair | None = None

    class Meta:
        model = Agreement
        fields = ("owner", "organization", "seat_limit")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.is_membership(cleaned):
            if not cleaned.get("organization"):
                raise ValidationError(_("Choose the organization that is a member."))
            return cleaned
        typed = (cleaned.get("known_access_id", ""), cleaned.get("known_contract_id", ""))
        if any(typed):
            pair = read_pair(*typed)
            if isinstance(pair, Decision):
                raise ValidationError([str(SENTENCES[reason.code]) % dict(reason.params) for reason in pair])
            if Agreement.objects.filter(pair_digest=sealing.pair_digest(pair)).exists():
                raise ValidationError(_("There is an agreement with this pair already."))
            self.pair = pair
        return cleaned

    @staticmethod
    def is_membership(cleaned: dict[str, Any]) -> bool:
        programme = catalog.current().programmes.get(cleaned.get("programme_code", ""))
        return programme is not None and programme.held_as == "membership"


class ReadOnlyInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    extra = 0
    can_delete = False


class RegistrationInline(ReadOnlyInline):
    """Who may draw on it. Its owner withdraws access, in the portal."""

    model = Registration
    fk_name = "agreement"
    fields = ("account", "registered_at", "revoked_at", "revoked_by")


class LedgerEntryInline(ReadOnlyInline):
    """The statement, newest line first."""

    model = LedgerEntry
    fk_name = "agreement"
    fields = (
        "position",
        "kind",
        "units",
        "balance_after",
        "at",
        "actor",
        "case_number",
        "counterpart",
        "note",
    )
    ordering = ("-position",)
    per_page = 50


@admin.register(Agreement)
class AgreementAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Agreements. The Contract ID appears once, when an agreement is issued, and its digest never does."""

    list_display = (
        "access_id",
        "programme_name",
        "owner",
        "organization",
        "units_left",
        "ends_at",
        "suspended_at",
    )
    list_filter = (("suspended_at", admin.EmptyFieldListFilter), "ends_at", "programme")
    list_select_related = ("owner", "organization")
    search_fields = ("=access_id", "owner__email", "organization__name")
    autocomplete_fields = ("owner", "organization")
    ordering = ("-created_at",)
    inlines = (RegistrationInline, LedgerEntryInline)
    readonly_fields = _PROGRAMME_FIELDS
    fieldsets = (
        (None, {"fields": _PROGRAMME_FIELDS}),
        (_("Whose it is"), {"fields": ("owner", "organization", "seat_limit")}),
    )
    add_fieldsets = (
        (_("What is granted"), {"fields": ("programme_code", "starts_on", "zone", "quantity")}),
        (_("Whose it is"), {"fields": ("owner", "organization", "seat_limit")}),
        (_("A pair that exists already"), {"fields": ("known_access_id", "known_contract_id")}),
    )

    @admin.display(description=_("programme"), ordering="programme")
    def programme_name(self, agreement: Agreement) -> str:
        return text_in(programme_of(agreement.programme_id).name, get_language() or "en")

    def get_fieldsets(self, request: HttpRequest, obj: Agreement | None = None) -> Any:
        return self.add_fieldsets if obj is None else self.fieldsets

    def get_form(
        self, request: HttpRequest, obj: Agreement | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = IssueForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Agreement | None) -> Any:
        return () if obj is None else self.inlines

    def get_readonly_fields(self, request: HttpRequest, obj: Agreement | None = None) -> Any:
        return () if obj is None else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Agreement | None = None) -> bool:
        """What was granted and spent is never forgotten."""
        return False

    def save_model(self, request: HttpRequest, obj: Agreement, form: Any, change: bool) -> None:
        if change:
            # Only what stands in the form: the balance may have moved since the page was opened.
            obj.save(update_fields=["owner", "organization", "seat_limit"])
            return
        cleaned = form.cleaned_data
        if IssueForm.is_membership(cleaned):
            obj.pk = memberships.join_programme(
                cleaned["programme_code"],
                cleaned["organization"].pk,
                starts_on=cleaned["starts_on"],
                time_zone=cleaned["zone"],
                actor_id=request.user.pk,
                at=timezone.now(),
            )
            obj.refresh_from_db()
            return
        issued = services.issue_agreement(
            cleaned["programme_code"],
            starts_on=cleaned["starts_on"],
            time_zone=cleaned["zone"],
            organization_id=obj.organization_id,
            owner_id=obj.owner_id,
            actor_id=request.user.pk,
            at=timezone.now(),
            pair=form.pair,
            quantity=cleaned["quantity"],
        )
        Agreement.objects.filter(pk=issued.agreement_id).update(seat_limit=obj.seat_limit)
        obj.pk = issued.agreement_id
        obj.refresh_from_db()

    def response_add(
        self, request: HttpRequest, obj: Agreement, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The pair, once and in this answer only: a redirect would have to keep it somewhere."""
        if not obj.access_id:
            answer: HttpResponse = super().response_add(request, obj, post_url_continue)
            return answer
        context = {
            **self.admin_site.each_context(request),
            "title": _("Agreement issued"),
            "opts": self.opts,
            "agreement": obj,
            "contract_id": grouped(sealing.unseal(bytes(obj.contract_id_sealed or b""))),
            "programme": self.programme_name(obj),
        }
        return TemplateResponse(
            request, "agreements/issued.html", context, headers={"Cache-Control": "no-store"}
        )


@admin.register(Activation)
class ActivationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """What was activated for whom; those nobody could be mailed to are found by the filter."""

    list_display = ("activated_at", "enrolment", "location", "programme", "agreement")
    list_filter = (("agreement__mailings", admin.EmptyFieldListFilter), "enrolment__level")
    list_select_related = ("enrolment", "location", "programme", "agreement")
    search_fields = ("enrolment__organization__name", "location__name", "=agreement__access_id")
    ordering = ("-activated_at",)


@admin.register(PairMailing)
class PairMailingAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """To whom pairs were mailed. Whether the letter was taken stands in the outbox."""

    list_display = ("at", "agreement", "account", "occasion", "asked_by")
    list_filter = ("occasion",)
    list_select_related = ("agreement", "account", "asked_by")
    search_fields = ("account__email", "=agreement__access_id")
    ordering = ("-at",)
