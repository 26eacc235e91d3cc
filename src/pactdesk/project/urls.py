"""Every door of the house."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("pactdesk.portal.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

handler400 = "pactdesk.portal.views.errors.bad_request"
handler403 = "pactdesk.portal.views.errors.forbidden"
handler404 = "pactdesk.portal.views.errors.not_found"
handler500 = "pactdesk.portal.views.errors.server_error"
