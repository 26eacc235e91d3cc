"""Every door of the house."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from pactdesk.portal.sign_in import operators_entrance

urlpatterns = [
    path("", include("pactdesk.portal.urls")),
    path("api/", include("pactdesk.api.urls")),
    path("desk/", include("pactdesk.desk.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    # Sign-in and passwords are allauth's everywhere: the administration's own pages would go round the second factor.
    path("admin/login/", operators_entrance),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]

handler400 = "pactdesk.pages.errors.bad_request"
handler403 = "pactdesk.pages.errors.forbidden"
handler404 = "pactdesk.pages.errors.not_found"
handler500 = "pactdesk.pages.errors.server_error"
