"""The profile: completed once, then a source of defaults (IDN-1)."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.accounts.services import save_profile
from pactdesk.pages.requests import PageRequest, signed_in, way_back
from pactdesk.portal.forms.profile import ProfileForm


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PageRequest) -> HttpResponse:
    """Complete or change the profile; then on to `next`, where it leads to a page of ours."""
    form = ProfileForm.of(request.viewer, request.POST if request.method == "POST" else None)
    wanted = request.POST.get("next", request.GET.get("next", ""))
    if not form.is_valid():
        context = {"form": form, "next": wanted}
        return render(request, "portal/profile.html", context, status=422 if form.is_bound else 200)
    details = form.details()
    save_profile(details, actor=request.viewer, at=request.at)
    response = HttpResponseRedirect(way_back(request, wanted))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        details.language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    with translation.override(
        details.language
    ):  # what comes next is read in the language that was just chosen
        messages.success(request, _("Your profile is saved."))
    return response
