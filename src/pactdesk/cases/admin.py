"""Support requests and drafts for operators. They can be read only: the desk is where one works on them.

Open requests follow a calendar that was edited from the page of its new version.
"""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from pactdesk.cases.models import Case, Contact, Draft
from pactdesk.cases.queries.calendars import calendar_preview
from pactdesk.cases.rules.calendars import Follow
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.services.calendars import apply_calendar
from pactdesk.kernel.read_only import ReadOnly
from pactdesk.servicelevels.admin import CalendarVersionAdmin
from pactdesk.servicelevels.models import CalendarVersion


class ContactInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    model = Contact
    fields = ("role", "name", "email", "phone", "time_zone", "language", "account")
    extra = 0


@admin.register(Case)
class CaseAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Support requests with their contacts."""

    inlines = (ContactInline,)
    list_display = (
        "number",
        "summary",
        "severity",
        "status",
        "submitter",
        "opened_at",
        "first_response_due_at",
    )
    list_filter = ("status", "severity", "hours")
    list_select_related = ("submitter",)
    search_fields = ("=id", "summary", "contacts__email")
    ordering = ("-id",)
    show_full_result_count = False
    exclude = ("draft_key",)

    @admin.display(description=_("number"), ordering="id")
    def number(self, case: Case) -> str:
        return shown_number(case.pk)


@admin.register(Draft)
class DraftAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Whether there is a draft and since when. What was written into it is nobody's business before it is sent."""

    list_display = ("id", "account", "saved_at", "expires_at", "discarded_at", "case")
    list_select_related = ("account", "case")
    search_fields = ("=id", "account__email")
    ordering = ("-saved_at",)
    exclude = ("answers",)


admin.site.unregister(CalendarVersion)


@admin.register(CalendarVersion)
class AppliedCalendarVersionAdmin(CalendarVersionAdmin):
    """Versions of calendars, each with what it would do to requests that are open."""

    actions_detail = ("apply_to_open",)

    def has_apply_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("servicelevels.add_calendarversion")

    def response_add(
        self, request: HttpRequest, obj: CalendarVersion, post_url_continue: str | None = None
    ) -> HttpResponse:
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST or not calendar_preview(obj.pk, at=timezone.now()).open:
            return response
        return HttpResponseRedirect(
            reverse("admin:servicelevels_calendarversion_apply_to_open", args=[obj.pk])
        )

    @action(description=_("Apply to open requests"), url_path="apply", permissions=["apply"])  # type: ignore[untyped-decorator]  # unfold has no types
    def apply_to_open(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which open requests follow this version, with what that does to them in view."""
        version_id = int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0
        at = timezone.now()
        try:
            if request.method == "POST":
                return self._applied(request, version_id)
            preview = calendar_preview(version_id, at=at)
        except LookupError:
            raise Http404 from None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Apply to open requests"),
            "opts": self.opts,
            "preview": preview,
            "choices": Follow,
        }
        return TemplateResponse(request, "cases/apply_calendar.html", context)

    def _applied(self, request: HttpRequest, version_id: int) -> HttpResponse:
        try:
            which = Follow(request.POST.get("which", ""))
        except ValueError:
            self.message_user(request, _("Choose which requests follow."), messages.ERROR)
            return HttpResponseRedirect(request.path)
        changed = apply_calendar(version_id, which, actor_id=request.user.pk, at=timezone.now())
        told = ngettext(
            "%(count)d request is counted by this version now.",
            "%(count)d requests are counted by this version now.",
            changed,
        )
        self.message_user(request, told % {"count": changed}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:servicelevels_calendarversion_change", args=[version_id]))
