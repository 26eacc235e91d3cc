"""Pages for what went wrong."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pactdesk.kernel.database import LOST, forget_lost_connections

_RETRY_AFTER = "10"  # seconds; a server that restarts is back sooner


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old, or came from elsewhere. Nothing was changed."""
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault, or that of a database that is away for a moment."""
    if isinstance(sys.exception(), LOST):
        forget_lost_connections()
        response = render(request, "503.html", status=503)
        response["Retry-After"] = _RETRY_AFTER
        return response
    return render(request, "500.html", status=500)
