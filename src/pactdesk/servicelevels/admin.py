"""Severities, calendars and policies for operators. Terms are changed by making the next version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models as db
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from pactdesk.kernel.worded import FALLBACK, LANGUAGES, text_in
from pactdesk.servicelevels import services
from pactdesk.servicelevels.models import (
    Calendar,
    CalendarUse,
    CalendarVersion,
    Entry,
    Policy,
    PolicyVersion,
    Severity,
    Target,
    default_steps,
)
from pactdesk.servicelevels.rules import InvalidCalendar, Window
from pactdesk.servicelevels.rules.calendars import WEEKDAYS
from pactdesk.servicelevels.rules.steps import Step

# Django's forms are generic for the type checker only.
if TYPE_CHECKING:
    FormOfCalendarVersion = forms.ModelForm[CalendarVersion]
    FormOfPolicyVersion = forms.ModelForm[PolicyVersion]
    TargetForms = forms.BaseInlineFormSet[Target, PolicyVersion, forms.ModelForm[Target]]
else:
    FormOfCalendarVersion = FormOfPolicyVersion = forms.ModelForm
    TargetForms = forms.BaseInlineFormSet


class WordedWidget(forms.MultiWidget):
    """One input for each language, named by it."""

    def __init__(self, lines: int = 1) -> None:
        widgets = {}
        for language in LANGUAGES:
            name = get_language_info(language)["name_local"]
            attrs = {"lang": language, "placeholder": name, "aria-label": name, "class": "mb-1"}
            widgets[language] = (
                UnfoldAdminTextInputWidget(attrs)
                if lines == 1
                else UnfoldAdminTextareaWidget({**attrs, "rows": lines})
            )
        super().__init__(widgets)

    def decompress(self, value: Mapping[str, str] | None) -> list[str]:
        return [(value or {}).get(language, "") for language in LANGUAGES]


class WordedField(forms.MultiValueField):
    """A worded value: one text for each language, English at least."""

    def __init__(self, *, required: bool = True, lines: int = 1, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"incomplete": _("Write it in English at least.")})
        fields = tuple(forms.CharField(required=required and language == FALLBACK) for language in LANGUAGES)
        super().__init__(
            fields, required=required, require_all_fields=False, widget=WordedWidget(lines), **kwargs
        )

    def compress(self, data_list: Sequence[str]) -> dict[str, str] | None:
        worded = {language: text for language, text in zip(LANGUAGES, data_list, strict=False) if text}
        if worded and FALLBACK not in worded:
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        return worded or None


def week_as_text(weekly: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Weekly hours as people write them: "mon-fri: 09:00-12:00, 13:00-17:00", a line for days that are alike."""
    lines: list[tuple[str, str, str]] = []
    for day in WEEKDAYS:
        hours = ", ".join(f"{opens}-{closes}" for opens, closes in weekly.get(day, ()))
        if lines and lines[-1][2] == hours:
            lines[-1] = (lines[-1][0], day, hours)
        else:
            lines.append((day, day, hours))
    return "\n".join(
        f"{first if first == last else f'{first}-{last}'}: {hours}" for first, last, hours in lines if hours
    )


def week_of_text(text: str) -> dict[str, list[list[str]]]:
    """The weekly hours that `week_as_text` wrote. Raises InvalidCalendar with what was expected."""
    week: dict[str, list[list[str]]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        days, _colon, hours = line.partition(":")
        first, _dash, last = (part.strip() for part in days.partition("-"))
        span = slice(_weekday(first, line), _weekday(last or first, line) + 1)
        windows = [Window.from_data([edge.strip() for edge in each.split("-")]) for each in hours.split(",")]
        for day in WEEKDAYS[span]:
            week[day] = [window.as_data() for window in windows]
    return week


def _weekday(name: str, line: str) -> int:
    if name not in WEEKDAYS:
        raise InvalidCalendar(f'a line is written as "mon-fri: 09:00-17:00", not "{line}"')
    return WEEKDAYS.index(name)


class WeekField(forms.CharField):
    """Weekly hours, as text that people can read and write."""

    widget = UnfoldAdminTextareaWidget({"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return week_as_text(value) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        try:
            return week_of_text(value or "")
        except InvalidCalendar as error:
            raise ValidationError(
                _("These are not weekly hours: %(error)s"), params={"error": error}
            ) from error


class WordedForms:
    """Shows worded fields by language. `worded` names them, with the lines that each needs."""

    worded: Mapping[str, int] = {"name": 1}

    def formfield_for_dbfield(self, db_field: db.Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.worded:
            return WordedField(
                label=capfirst(db_field.verbose_name),
                help_text=db_field.help_text,
                required=not db_field.null,
                lines=self.worded[db_field.name],
            )
        return super().formfield_for_dbfield(  # type: ignore[misc]  # mixed into admin classes
            db_field, request, **kwargs
        )


class EntryAdmin(WordedForms, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Entries of the catalogue. They are retired, not deleted, because requests and agreements refer to them.

    What is edited here is overwritten when a catalogue file is applied that says otherwise; its plan shows the edit.
    """

    list_display: Sequence[str] = ("code", "in_english", "edited_at", "retired_at")
    list_filter: Sequence[Any] = (
        ("retired_at", admin.EmptyFieldListFilter),
        ("edited_at", admin.EmptyFieldListFilter),
    )
    search_fields: Sequence[str] = ("code", "name__en__icontains")
    readonly_fields: Sequence[str] = ("retired_at", "edited_at")
    actions = ("retire", "bring_back")

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Entry | None = None) -> Sequence[str]:
        return (*self.readonly_fields, "code") if obj is not None else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: Entry | None = None) -> Sequence[Any]:
        fields: Sequence[Any] = super().get_fields(request, obj)
        return ["code", *(name for name in fields if name != "code")]

    def save_model(self, request: HttpRequest, obj: Entry, form: Any, change: bool) -> None:
        if form.has_changed() or not change:
            obj.edited_at = timezone.now()
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            if isinstance(row, Entry):
                row.edited_at = timezone.now()
        super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self.after_change()

    def after_change(self) -> None:
        """What to do when rows have been written."""

    @admin.display(description=_("name"))
    def in_english(self, entry: Any) -> str:
        return text_in(entry.name, FALLBACK)

    @admin.action(description=_("Retire the chosen entries"))
    def retire(self, request: HttpRequest, entries: QuerySet[Entry]) -> None:
        at = timezone.now()
        entries.filter(retired_at=None).update(retired_at=at, edited_at=at)
        self.after_change()

    @admin.action(description=_("Bring the chosen entries back"))
    def bring_back(self, request: HttpRequest, entries: QuerySet[Entry]) -> None:
        entries.exclude(retired_at=None).update(retired_at=None, edited_at=timezone.now())
        self.after_change()


class ReadOnlyInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Rows that can be looked at within their owner's page."""

    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return tuple(self.fields)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VersionAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Versions are made and looked at, never changed or deleted."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OwnerAdmin(EntryAdmin):
    """Entries whose terms stand in versions. New ones come with a catalogue file, which gives them terms at once."""

    version_model: type[db.Model]
    owner_field: str

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("new version"))
    def next_version(self, entry: Entry) -> str:
        name = self.version_model._meta.model_name
        address = f"{reverse(f'admin:servicelevels_{name}_add')}?{self.owner_field}={entry.pk}"
        return format_html(
            '<a class="text-primary-600" href="{}">{}</a>', address, _("Make the next version")
        )


@admin.register(Severity)
class SeverityAdmin(EntryAdmin):
    worded = {"name": 1, "meaning": 2, "asks": 2}
    list_display = ("code", "in_english", "position", "edited_at", "retired_at")


class CalendarVersionInline(ReadOnlyInline):
    model = CalendarVersion
    fields = (
        "number",
        "time_zone",
        "week",
        "holiday_country",
        "holidays_from",
        "holidays_to",
        "created_at",
    )

    @admin.display(description=_("weekly hours"))
    def week(self, version: CalendarVersion) -> str:
        return week_as_text(version.weekly)


class CalendarUseInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    model = CalendarUse
    extra = 0


@admin.register(Calendar)
class CalendarAdmin(OwnerAdmin):
    version_model = CalendarVersion
    owner_field = "calendar"
    list_display = ("code", "in_english", "next_version", "edited_at", "retired_at")
    inlines = (CalendarUseInline, CalendarVersionInline)


class CalendarVersionForm(FormOfCalendarVersion):
    """The terms of a calendar, checked by the rules that will read them."""

    weekly = WeekField(
        label=_("weekly hours"),
        help_text=_("One line for days that are alike, as in mon-fri: 09:00-12:00, 13:00-17:00."),
    )

    class Meta:
        model = CalendarVersion
        fields = ("calendar", "time_zone", "weekly", "holiday_country", "holiday_overrides")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                services.check_calendar_terms(self.terms())
            except (InvalidCalendar, TypeError, AttributeError) as error:
                raise ValidationError(
                    _("This is not a calendar: %(error)s"), params={"error": error}
                ) from error
        return cleaned

    def terms(self) -> services.CalendarTerms:
        overrides = self.cleaned_data.get("holiday_overrides") or {}
        return services.CalendarTerms(
            time_zone=self.cleaned_data["time_zone"],
            weekly=self.cleaned_data["weekly"],
            holiday_country=self.cleaned_data["holiday_country"],
            added=overrides.get("add", {}),
            left_out=tuple(overrides.get("leave_out", ())),
        )


@admin.register(CalendarVersion)
class CalendarVersionAdmin(VersionAdmin):
    form = CalendarVersionForm
    list_display = ("calendar", "number", "time_zone", "holiday_country", "holidays_to", "created_at")
    list_filter = ("calendar",)
    list_select_related = ("calendar",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        latest = _latest(CalendarVersion.objects.all(), "calendar", initial)
        if latest is not None:
            initial |= {name: getattr(latest, name) for name in self.form.Meta.fields[1:]}
        return initial

    def save_model(self, request: HttpRequest, obj: CalendarVersion, form: Any, change: bool) -> None:
        at = timezone.now()
        made = services.issue_calendar_version(
            obj.calendar_id, form.terms(), years=services.Years.around(at), at=at
        )
        obj.pk, obj.number = made.pk, made.number
        Calendar.objects.filter(pk=obj.calendar_id).update(edited_at=at)


class TargetFormSet(TargetForms):
    """The targets of one version: at least one, and only the critical severity around the clock (WIZ-2)."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        targets = [form.cleaned_data for form in self.forms if form.cleaned_data.get("severity")]
        if not targets:
            raise ValidationError(_("Promise something for at least one severity."))
        critical = Severity.objects.filter(retired_at=None).order_by("position", "code").first()
        for target in targets:
            if target["hours"] == Target.Hours.AROUND_THE_CLOCK and target["severity"] != critical:
                raise ValidationError(
                    _("Only severity %(critical)s may be handled around the clock."),
                    params={"critical": critical},
                )


class TargetInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    model = Target
    formset = TargetFormSet
    fk_name = "version"
    extra = 3
    can_delete = False


class PolicyVersionInline(ReadOnlyInline):
    model = PolicyVersion
    fields = ("number", "effective_from", "around_the_clock_languages", "other_work_business_days")


@admin.register(Policy)
class PolicyAdmin(OwnerAdmin):
    version_model = PolicyVersion
    owner_field = "policy"
    list_display = ("code", "in_english", "next_version", "edited_at", "retired_at")
    inlines = (PolicyVersionInline,)


class PolicyVersionForm(FormOfPolicyVersion):
    """The terms of a policy, checked by the rules that will read them."""

    def clean_steps(self) -> Any:
        steps = self.cleaned_data["steps"] or default_steps()
        try:
            known = [Step.from_data(step) for step in steps]
        except (ValueError, TypeError, AttributeError) as error:
            raise ValidationError(_("These are not steps: %(error)s"), params={"error": error}) from error
        if len({step.code for step in known}) < len(known):
            raise ValidationError(_("Each step can be named once."))
        return [step.as_data() for step in known]


@admin.register(PolicyVersion)
class PolicyVersionAdmin(VersionAdmin):
    form = PolicyVersionForm
    fields = (
        "policy",
        "around_the_clock_languages",
        "other_work_business_days",
        "steps",
        "unreachable_attempts",
        "unreachable_minutes_apart",
    )
    list_display = ("policy", "number", "effective_from", "other_work_business_days")
    list_filter = ("policy",)
    list_select_related = ("policy",)
    inlines = (TargetInline,)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        latest = _latest(PolicyVersion.objects.all(), "policy", initial)
        if latest is not None:
            initial |= {name: getattr(latest, name) for name in self.fields[1:]}
        return initial

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        latest = _latest(PolicyVersion.objects.all(), "policy", request.GET.dict())
        if latest is not None and request.method == "GET":
            kwargs["initial"] = [
                {name: getattr(target, name) for name in _TARGET_TERMS} for target in latest.targets.all()
            ]
        return kwargs

    def save_model(self, request: HttpRequest, obj: PolicyVersion, form: Any, change: bool) -> None:
        at = timezone.now()
        policy = Policy.objects.select_for_update().get(pk=obj.policy_id)
        latest = policy.versions.order_by("-number").values_list("number", flat=True).first() or 0
        obj.number, obj.effective_from, obj.created_at = latest + 1, at, at
        super().save_model(request, obj, form, change)
        Policy.objects.filter(pk=policy.pk).update(edited_at=at)


_TARGET_TERMS = (
    "severity",
    "hours",
    "initial_response_minutes",
    "update_every_minutes",
    "update_every_business_days",
    "needs_contact_around_the_clock",
    "lowered_to",
)


def _latest(versions: QuerySet[Any], owner: str, asked: Mapping[str, Any]) -> Any:
    """The version in force of the owner that the address names, or None."""
    owner_id = str(asked.get(owner, ""))
    return versions.filter(**{owner: owner_id}).order_by("-number").first() if owner_id.isdigit() else None
