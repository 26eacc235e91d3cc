"""The addresses of the API."""

from __future__ import annotations

from django.urls import path

from pactdesk.api import oauth, reference
from pactdesk.api.v1 import api

app_name = "api"

urlpatterns = [
    path("", reference.page, name="reference"),
    path("oauth/token", oauth.token, name="oauth-token"),
    path("oauth/revoke", oauth.revoke, name="oauth-revoke"),
    path("v1/openapi.json", reference.document, name="document"),
    path("v1/", api.urls),
    # So that an address that nobody has made is answered as a problem, too.
    path("v1/<path:rest>", reference.nothing, name="nothing"),
    path("<slug:tag>/", reference.group, name="reference-group"),
]
