"""How allauth fits into this house."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from pactdesk.accounts.access import viewer_of
from pactdesk.cases.services.contacts import claim_places
from pactdesk.pages.fields import CleanEmail
from pactdesk.pages.requests import address_of

# What the libraries' letters call the place they come from.
_SITE = {"name": "Pactdesk", "domain": settings.BASE_URL}


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Names come from the sign-in and the caller's address from the proxies that we trust.

    Whoever proves an address sees the requests that name it. Mails name this installation and lead to it, whatever host
    the browser that asked for them named: somebody else may have asked.
    """

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        ours = {name: _at_home(value) if name.endswith("_url") else value for name, value in context.items()}
        super().send_mail(template_prefix, email, {**ours, "current_site": _SITE})

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where one lands who wanted to go nowhere else: who answers for a team at the desk, everybody else at home."""
        account: Any = request.user  # signed in by now
        if viewer_of(account).works_at_desk:
            return reverse("desk:queue")
        home: str = super().get_login_redirect_url(request)
        return home

    def clean_email(self, email: str) -> str:
        return CleanEmail().clean(super().clean_email(email))

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            claim_places(email_address.email, account_id=email_address.user_id)
        return confirmed

    def post_login(self, request: HttpRequest, user: Any, *, signup: bool, **about: Any) -> HttpResponse:
        if signup:
            # An invitation proves its address without a code.
            for proved in user.emailaddress_set.filter(verified=True):
                claim_places(proved.email, account_id=user.pk)
        response: HttpResponse = super().post_login(request, user, signup=signup, **about)
        return response

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.email = form.cleaned_data["email"].strip().lower()
        return super().save_user(request, user, form, commit)


def _at_home(url: str) -> str:
    """`url` at the address of this installation."""
    parts = urlsplit(url)
    return f"{settings.BASE_URL}{urlunsplit(('', '', parts.path, parts.query, parts.fragment))}"


@require_safe
def operators_entrance(request: HttpRequest) -> HttpResponse:
    """Stands where the administration has a sign-in of its own, which knows neither our limits nor second factors.

    Whoever is not signed in does so where everybody does. Raises PermissionDenied for people who are no operators.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")
