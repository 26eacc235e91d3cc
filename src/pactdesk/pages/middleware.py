"""Builds the Viewer once for each HTTP request and speaks the language of who is asking."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.sessions import account_of


class ViewerMiddleware:
    """Puts `request.viewer` (a Viewer, or None for somebody who is not signed in) and `request.at` on the request.

    `at` is the one moment of the whole request. A language chosen with the switch wins over the profile's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = timezone.now()  # type: ignore[attr-defined]  # doors read it through `portal.requests`
        # The account itself in place of Django's lazy stand-in: each look through that one costs a call.
        request.user = account = account_of(request)
        viewer = viewer_of(account) if account.is_authenticated else None
        request.viewer = viewer  # type: ignore[attr-defined]  # likewise
        if viewer and viewer.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(viewer.language)
            request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        if viewer is not None and "Cache-Control" not in response.headers:
            # A page of one person's: neither a proxy nor the Back button may show it later.
            response.headers["Cache-Control"] = "private, no-store"
        return response
