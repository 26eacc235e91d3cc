"""How allauth fits into this house."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from pactdesk.cases.services.contacts import claim_places
from pactdesk.portal.forms.fields import CleanEmail
from pactdesk.portal.requests import address_of


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Names come from the sign-in and the caller's address from the proxies that we trust.

    Whoever proves an address sees the requests that name it.
    """

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def clean_email(self, email: str) -> str:
        return CleanEmail().clean(super().clean_email(email))

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            claim_places(email_address.email, account_id=email_address.user_id)
        return confirmed

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.email = form.cleaned_data["email"].strip().lower()
        return super().save_user(request, user, form, commit)


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
