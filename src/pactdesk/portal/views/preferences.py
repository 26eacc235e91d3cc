"""How the pages look to this browser."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from pactdesk.pages.context import THEME_COOKIE, THEMES

_ONE_YEAR = 365 * 24 * 3600


def way_back(request: HttpRequest, url: str) -> str:
    """`url` where it leads to a page of this installation, otherwise the home page."""
    safe = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if safe else reverse("portal:home")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or ("") like the device; then back to where the reader was."""
    response = HttpResponseRedirect(way_back(request, request.POST.get("next", "")))
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return response
    if theme:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=_ONE_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response
