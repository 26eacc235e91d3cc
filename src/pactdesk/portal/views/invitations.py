"""What an invitation leads to (REQ-2, A20). Opening it changes nothing: programs open links in mails, too."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pactdesk.cases.queries.invitations import InvitationPage, invitation_page
from pactdesk.cases.rules.numbers import shown_number
from pactdesk.cases.services.invitations import CannotAccept, accept
from pactdesk.kernel.moments import instant_in_words
from pactdesk.pages.requests import OpenRequest
from pactdesk.portal.plans import language


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation for whoever holds it. `account` is the address of who is signed in, "" where nobody is."""

    invitation: InvitationPage
    until: str
    account: str
    request_url: str
    sign_in_url: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: OpenRequest, token: str) -> HttpResponse:
    """Shows the invitation; POST takes the place with the account that is signed in, or leads to signing up."""
    found = invitation_page(request.viewer, token, at=request.at)
    if found is None:
        return _not_valid(request)
    if request.method == "POST":
        return _answered(request, token, found)
    return render(request, "portal/invitations/invitation.html", {"page": _page(request, token, found)})


def _answered(request: OpenRequest, token: str, found: InvitationPage) -> HttpResponse:
    url = _request_url(found)
    if request.viewer is None:
        if request.POST.get("do") != "sign-up":
            raise BadRequest("nothing that can be done with an invitation by nobody")
        # The mail was read, so the address is proved, and with it the place is given at signing up.
        get_adapter().stash_verified_email(request, found.email)
        return redirect(f"{reverse('account_signup')}?{urlencode({'next': url})}")
    if request.POST.get("do") != "accept":
        raise BadRequest("nothing that can be done with an invitation by somebody")
    try:
        accept(token, actor=request.viewer, at=request.at)
    except CannotAccept as refused:
        if "invitation.in-already" not in refused.decision.codes:
            return _not_valid(request)
    else:
        told = _("You are a contact of request %(number)s now.")
        messages.success(request, told % {"number": found.shown_number})
    return redirect(url)


def _not_valid(request: OpenRequest) -> HttpResponse:
    return render(request, "portal/invitations/not_valid.html", status=404)


def _page(request: OpenRequest, token: str, found: InvitationPage) -> Invited:
    zone = request.viewer.zone.key if request.viewer else found.time_zone
    here = reverse("portal:invitation", args=[token])
    return Invited(
        invitation=found,
        until=instant_in_words(found.expires_at, zone, language()),
        account=request.viewer.email if request.viewer else "",
        request_url=_request_url(found),
        sign_in_url=f"{reverse('account_login')}?{urlencode({'next': here})}",
    )


def _request_url(found: InvitationPage) -> str:
    return reverse("portal:request", args=[shown_number(found.number)])
