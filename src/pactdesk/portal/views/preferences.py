"""How the pages look to this browser."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from pactdesk.pages.context import THEME_COOKIE, THEMES
from pactdesk.pages.requests import way_back

_ONE_YEAR = 365 * 24 * 3600


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
