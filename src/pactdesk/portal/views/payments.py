"""Where payment providers call: their signature is all that lets them in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pactdesk.purchases.services import events

MOST_BYTES = 256 * 1024


@csrf_exempt
@require_POST
@never_cache
def payment_events(request: HttpRequest, provider: str) -> HttpResponse:
    """200 where the event is kept, now or before; 400 for whatever the provider did not sign. Reads no session."""
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    kept = events.receive(provider, request.body, request.headers, at=timezone.now())
    return HttpResponse(status=200 if kept else 400)
