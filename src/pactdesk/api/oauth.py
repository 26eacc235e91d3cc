"""Fetching access tokens by client credentials (RFC 6749, section 4.4).

allauth does the work. Nothing else of its OAuth server has an address: nobody signs in through us, and no client
registers itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from allauth.idp.oidc import views as allauth_views
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pactdesk.accounts.bearers import bearer_of
from pactdesk.api import limits
from pactdesk.pages.requests import OpenRequest, address_of

GRANT = "client_credentials"


@csrf_exempt
@require_POST
def token(request: OpenRequest) -> HttpResponse:
    """A short-lived access token. Errors are those of OAuth. A token that would open nothing is not handed out."""
    if (refusal := _too_many(request)) is not None:
        return refusal
    if request.POST.get("grant_type") != GRANT:
        return _error("unsupported_grant_type")
    response = _done_by(allauth_views.token, request)
    if response.status_code == HTTPStatus.OK:
        access_token = json.loads(response.content)["access_token"]
        if bearer_of(access_token, at=request.at) is None:
            return _error("invalid_client", HTTPStatus.UNAUTHORIZED)
    return response


@csrf_exempt
@require_POST
def revoke(request: OpenRequest) -> HttpResponse:
    """An access token that its client needs no longer (RFC 7009)."""
    return _too_many(request) or _done_by(allauth_views.revoke, request)


def _done_by(view: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse:
    try:
        return view(request)
    except (
        DataError,
        UnicodeError,
    ):  # what no name and no secret of ours can be, and no database can look for
        return _error("invalid_request")


def _too_many(request: OpenRequest) -> HttpResponse | None:
    """Secrets are checked slowly, so that is not done for just anybody as often as they like."""
    wait = limits.may_fetch_tokens(address_of(request), at=request.at)
    if not wait:
        return None
    response = _error("temporarily_unavailable", HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(wait)
    return response


def _error(code: str, status: int = HTTPStatus.BAD_REQUEST) -> HttpResponse:
    return JsonResponse({"error": code}, status=status, headers={"Cache-Control": "no-store"})
