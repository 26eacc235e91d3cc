"""The HTTP request as the portal's views know it, and who may come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from pactdesk.accounts.viewer import Viewer


class PageRequest(HttpRequest):
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
    def inner(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.viewer is None:
            return _sign_in_first(request)
        return view(request, *args, **kwargs)

    return inner


def with_profile(view: View[P]) -> View[P]:
    """Only for people whose profile is complete; others complete it first and come back (IDN-1)."""

    @wraps(view)
    def inner(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.viewer is None:
            return _sign_in_first(request)
        if not request.viewer.profile_complete:
            return _whole_page(
                request, f"{reverse('portal:profile')}?{urlencode({'next': _coming_back(request)})}"
            )
        return view(request, *args, **kwargs)

    return inner


def _sign_in_first(request: OpenRequest) -> HttpResponse:
    return _whole_page(request, redirect_to_login(_coming_back(request)).url)


def _whole_page(request: OpenRequest, url: str) -> HttpResponse:
    """To another page; where htmx asked for a part, it is told to load the page instead of putting it into the part."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _coming_back(request: OpenRequest) -> str:
    """Where to return to: the page that is open, not the part of it that htmx asked for."""
    return request.htmx.current_url_abs_path or "/" if request.htmx else request.get_full_path()


def way_back(request: HttpRequest, url: str, *, otherwise: str = "portal:home") -> str:
    """`url` where it leads to a page of this installation, else the page with this name."""
    safe = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if safe else reverse(otherwise)


def address_of(request: HttpRequest) -> str:
    """The network address of the caller, counting only the proxies that this installation trusts."""
    trusted: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [
        part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
    ]
    if trusted and len(forwarded) >= trusted:
        return str(forwarded[-trusted])
    return str(request.META.get("REMOTE_ADDR", ""))
