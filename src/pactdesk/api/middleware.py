"""What holds for every address of the API, whoever answers there: no cookies, problems in one form, limits told."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from pactdesk.api import problems

PREFIX = "/api/v1/"
# What an answer says beside its body.
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")


class ApiMiddleware:
    """Takes the cookies away before anybody reads them, and turns what others answer in their own words into problems.

    HEAD is answered as GET; the server leaves the body out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        if request.method == "HEAD":
            request.method = "GET"
        response = self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_problem(response):
            told = problems.of_status(response.status_code)
            for name in _KEPT:
                if name in response:
                    told[name] = response[name]
            response = told
        allowance = getattr(request, "allowance", None)
        if allowance is not None:
            for name, value in allowance.headers().items():
                response[name] = value
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _is_problem(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").partition(";")[0] == problems.CONTENT_TYPE
