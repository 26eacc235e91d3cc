"""For whatever watches over the installation."""

from __future__ import annotations

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, 503 while it does not. Reads no session and sets no cookie."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})
