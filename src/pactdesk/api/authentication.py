"""Who knocks: a bearer token and nothing else. Cookies never count, so there is nothing to forge a request with."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import translation
from ninja.security import HttpBearer

from pactdesk.accounts.bearers import Bearer, bearer_of
from pactdesk.accounts.viewer import Viewer
from pactdesk.api import limits
from pactdesk.api.problems import Fault, Refusal
from pactdesk.kernel.decisions import Reason

REALM = 'Bearer realm="Pactdesk"'


class ApiRequest(HttpRequest):
    """An HTTP request of a program that may do what it asks for. `at` is the UTC instant at which it came in."""

    viewer: Viewer
    at: datetime
    auth: Bearer


class Needs(HttpBearer):
    """For operations that need this scope. The Viewer is that of the token's account."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Bearer:
        at: datetime = request.at  # type: ignore[attr-defined]  # set by `pages.middleware`
        bearer = bearer_of(token, at=at)
        if bearer is None:
            raise Refusal("unauthorized", headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'})
        request.viewer = bearer.viewer  # type: ignore[attr-defined]  # read through `ApiRequest`
        if not request.headers.get("Accept-Language") and bearer.viewer.language:
            translation.activate(bearer.viewer.language)
        allowance = limits.count(bearer.viewer.account_id, bearer.key, at=at)
        request.allowance = allowance  # type: ignore[attr-defined]  # told by `middleware`
        limits.require(allowance)
        if self.scope not in bearer.scopes:
            challenge = f'{REALM}, error="insufficient_scope", scope="{self.scope}"'
            raise Refusal("scope", params={"scope": self.scope}, headers={"WWW-Authenticate": challenge})
        if not bearer.viewer.profile_complete:
            raise Refusal("forbidden", (Fault(Reason("account.profile-incomplete")),))
        return bearer
