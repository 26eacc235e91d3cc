"""Received mails for operators: what came, what became of it and why, and deciding about what was held back.

A mail is shown as plain text and downloaded as plain text: nothing in it is ever rendered.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action

from pactdesk.cases.rules.numbers import shown_number
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.read_only import ReadOnly
from pactdesk.mailbox.models import ReceivedMail
from pactdesk.mailbox.queries import safe_mail
from pactdesk.mailbox.services import deciding
from pactdesk.mailbox.wording import sentence


def _actor_id(request: HttpRequest) -> int:
    """The operator who is asking; nobody else comes this far."""
    assert request.user.pk is not None
    return request.user.pk


class WhyFilter(admin.SimpleListFilter):
    """By the first reason, in words, of which only those are offered that there are."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = ReceivedMail.objects.exclude(reason_code="").order_by("reason_code")
        return [(code, code) for code in found.values_list("reason_code", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReceivedMail]) -> QuerySet[ReceivedMail]:
        return queryset.filter(reason_code=self.value()) if self.value() else queryset


@admin.register(ReceivedMail)
class ReceivedMailAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Mails in the order in which they came. Whoever may change them may release and discard."""

    list_display = ("received_at", "state", "why", "from_address", "subject", "request_number", "decided_by")
    list_filter = ("state", WhyFilter, "door")
    list_select_related = ("decided_by",)
    search_fields = ("from_address", "subject", "=case_number")
    date_hierarchy = "received_at"
    ordering = ("-received_at",)
    show_full_result_count = False
    actions = ("discard_chosen",)
    actions_detail = ("decide", "as_it_came")
    readonly_fields = ("why", "request_number", "says", "brings", "kilobytes")
    fieldsets = (
        (None, {"fields": ("state", "why", "from_address", "to_address", "subject", "says", "brings")}),
        (_("Where it belongs"), {"fields": ("request_number", "received_at", "decided_at", "decided_by")}),
        (_("How it came"), {"fields": ("door", "envelope_from", "envelope_to", "kilobytes", "attempts")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReceivedMail]:
        mails: QuerySet[ReceivedMail] = super().get_queryset(request)
        return mails.defer("raw")  # up to many megabytes each

    @admin.display(description=_("reason"), ordering="reason_code")
    def why(self, mail: ReceivedMail) -> str:
        return "\n".join(sentence(Reason.from_data(each)) for each in mail.reasons)

    @admin.display(description=_("request"), ordering="case_number")
    def request_number(self, mail: ReceivedMail) -> str:
        return shown_number(mail.case_number) if mail.case_number else ""

    @admin.display(description=_("text"))
    def says(self, mail: ReceivedMail) -> str:
        safe = safe_mail(mail)
        return f"{safe.text}\n…" if safe.is_cut else safe.text

    @admin.display(description=_("files"))
    def brings(self, mail: ReceivedMail) -> str:
        return "\n".join(f"{name} ({filesizeformat(size)})" for name, size in safe_mail(mail).files)

    @admin.display(description=_("size"))
    def kilobytes(self, mail: ReceivedMail) -> str:
        return filesizeformat(mail.size)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("mailbox.change_receivedmail")

    @admin.action(description=_("Discard"), permissions=["decide"])
    def discard_chosen(self, request: HttpRequest, chosen: QuerySet[ReceivedMail]) -> None:
        held = chosen.filter(state__in=deciding.HELD).order_by("pk").values_list("pk", flat=True)
        for mail_id in held:
            deciding.discard(mail_id, actor_id=_actor_id(request), at=timezone.now())
        told = ngettext("%(count)d mail was discarded.", "%(count)d mails were discarded.", len(held))
        self.message_user(request, told % {"count": len(held)}, messages.SUCCESS)

    @action(description=_("As it came"), url_path="as-it-came", permissions=["view"])  # type: ignore[untyped-decorator]
    def as_it_came(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The bytes, as a text file that no browser opens in place."""
        mail = self._mail(request, object_id)
        return HttpResponse(
            bytes(mail.raw),
            content_type="text/plain; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="mail-{mail.pk}.txt"',
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "no-store",
            },
        )

    @action(description=_("Release or discard"), url_path="decide", permissions=["decide"])  # type: ignore[untyped-decorator]
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask once more, with everything that speaks against it in view; then do it."""
        mail = self._mail(request, object_id)
        if request.method == "POST":
            return self._decided(request, mail)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Release or discard"),
            "opts": self.opts,
            "mail": mail,
            "safe": safe_mail(mail),
            "sentences": [sentence(Reason.from_data(each)) for each in mail.reasons],
            "request_number": self.request_number(mail),
            "is_held": mail.state in deciding.HELD,
        }
        return TemplateResponse(
            request, "mailbox/decide.html", context, headers={"Cache-Control": "no-store"}
        )

    def _decided(self, request: HttpRequest, mail: ReceivedMail) -> HttpResponse:
        here = reverse("admin:mailbox_receivedmail_change", args=[mail.pk])
        try:
            if request.POST.get("verb") == "discard":
                deciding.discard(mail.pk, actor_id=_actor_id(request), at=timezone.now())
                self.message_user(request, _("The mail was discarded."), messages.SUCCESS)
                here = reverse("admin:mailbox_receivedmail_changelist")
            elif request.POST.get("verb") == "release":
                vouched = request.POST.get("vouched") == "yes"
                landed = deciding.release(
                    mail.pk, vouched=vouched, actor_id=_actor_id(request), at=timezone.now()
                )
                told = (
                    _("The mail is a message in the request now.") if landed else _("The mail is still held.")
                )
                self.message_user(request, told, messages.SUCCESS if landed else messages.WARNING)
        except deciding.CannotDecide as refused:
            for reason in refused.decision:
                self.message_user(request, sentence(reason), messages.ERROR)
        return HttpResponseRedirect(here)

    def _mail(self, request: HttpRequest, object_id: str) -> ReceivedMail:
        if not self.has_view_permission(request):
            raise PermissionDenied
        mail = ReceivedMail.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if mail is None:
            raise Http404
        return mail
