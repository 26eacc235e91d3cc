"""The HTTP request as the portal's views know it, and who may come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django_htmx.middleware import HtmxDetails

from pactdesk.accounts.viewer import Viewer


class PortalRequest(HttpRequest):
    """An HTTP request of somebody who is signed in. `at` is the UTC instant at which it came in."""

    viewer: Viewer
    at: datetime
    htmx: HtmxDetails


class OpenRequest(HttpRequest):
    """An HTTP request of anybody; `viewer` is None where nobody is signed in."""

    viewer: Viewer | None
    at: datetime
    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[Any, P], HttpResponse]


def signed_in(view: View[P]) -> View[P]:
    """Only for people who are signed in; others sign in first and come back."""

    @wraps(view)
    def inner(request: OpenRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.viewer is None:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return inner


def with_profile(view: View[P]) -> View[P]:
    """Only for people whose profile is complete; others complete it first and come back (IDN-1)."""

    @wraps(view)
    def inner(request: OpenRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.viewer is None:
            return redirect_to_login(request.get_full_path())
        if not request.viewer.profile_complete:
            response: HttpResponse = redirect("portal:profile")
            response["Location"] += "?" + urlencode({"next": request.get_full_path()})
            return response
        return view(request, *args, **kwargs)

    return inner


def address_of(request: HttpRequest) -> str:
    """The network address of the caller, counting only the proxies that this installation trusts."""
    from django.conf import settings

    trusted: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if trusted and len(forwarded) >= trusted:
        return forwarded[-trusted]
    return str(request.META.get("REMOTE_ADDR", ""))
