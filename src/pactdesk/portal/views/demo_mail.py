"""The mails of a demonstration, which leave the machine only if a mail server is set. The IDs in one are shown to whom
it is addressed."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pactdesk.kernel.moments import instant_in_words
from pactdesk.notifications.queries.outbox import KeptMail, kept_mails
from pactdesk.portal.plans import language

# An HTML mail brings its own styles and must not bring anything else: no script, no form, no fetch, no framing.
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail in the list, as text."""

    id: int
    to_address: str
    subject: str
    text: str
    language: str
    state: str
    iso: str
    when: str
    has_html: bool


@require_safe
@never_cache
def demo_mail(request: HttpRequest) -> HttpResponse:
    """The newest mails as text, newest first, or with `?mine=1` those to the reader; `?html=` shows one as mail
    programs do. Only in a demonstration."""
    if not settings.DEMO:
        raise Http404
    viewer = getattr(request, "viewer", None)
    is_mine = viewer is not None and request.GET.get("mine") == "1"
    mails = kept_mails(
        viewer.account_id if viewer else None, to=viewer.email if viewer is not None and is_mine else ""
    )
    if wanted := request.GET.get("html"):
        return _as_html(next((mail for mail in mails if str(mail.id) == wanted), None))
    zone = (viewer.time_zone if viewer else "") or "UTC"
    context = {"mails": [_row(mail, zone) for mail in mails], "is_mine": is_mine}
    return render(request, "portal/demo_mail.html", context)


def _as_html(mail: KeptMail | None) -> HttpResponse:
    if mail is None or not mail.html:
        raise Http404
    return HttpResponse(mail.html, headers={"Content-Security-Policy": _MAIL_POLICY})


def _row(mail: KeptMail, zone: str) -> MailRow:
    return MailRow(
        id=mail.id,
        to_address=mail.to_address,
        subject=mail.subject,
        text=mail.text,
        language=mail.language,
        state=mail.state,
        iso=mail.at.isoformat(),
        when=instant_in_words(mail.at, zone, language()),
        has_html=bool(mail.html),
    )
