"""How allauth fits into this house."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from pactdesk.portal.requests import address_of


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth carries no types
    """Names come from the sign-in and the caller's address from the proxies that we trust."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.email = form.cleaned_data["email"].strip().lower()
        return super().save_user(request, user, form, commit)
