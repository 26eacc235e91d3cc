"""What the reader is told by e-mail, and switching that off from a link in one."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.notifications.queries.choices import choices as chosen
from pactdesk.notifications.queries.choices import chosen_otherwise
from pactdesk.notifications.rules.choices import CHOICES
from pactdesk.notifications.services import choices as services
from pactdesk.notifications.wording import CHOICE_NAMES
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.plans import language


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One choice, with what it means, and whether the reader is told."""

    code: str
    name: str
    meaning: str
    wanted: bool


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: PageRequest) -> HttpResponse:
    """Say which e-mails about requests are wanted."""
    if request.method == "POST":
        services.choose(request.POST.getlist("wanted"), actor=request.viewer)
        messages.success(request, _("Your choice is saved."))
        return redirect("portal:letters")
    found = chosen(request.viewer)
    rows = {each.code: _row(each.code, found[each.code]) for each in CHOICES if each.code in found}
    asked = [each for each in CHOICES if each.code in rows]
    context = {
        "about_mine": [
            rows[each.code]
            for each in asked
            if not (each.at_desk or each.for_administrators or each.of_benefits)
        ],
        "of_benefits": [rows[each.code] for each in asked if each.of_benefits],
        "otherwise": [
            (reverse("portal:benefit-letters", args=[agreement_id]), named.shown(language()))
            for agreement_id, named in chosen_otherwise(request.viewer)
        ],
        "at_desk": [rows[each.code] for each in asked if each.at_desk and not each.at_service_centre],
        "at_service_centre": [rows[each.code] for each in asked if each.at_service_centre],
        "for_administrators": [rows[each.code] for each in asked if each.for_administrators],
    }
    return render(request, "portal/letters/choices.html", context)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def switch_off(request: PageRequest, choice: str) -> HttpResponse:
    """Where the link in an e-mail leads: one question, one button."""
    if choice not in CHOICE_NAMES:
        raise Http404
    if request.method == "POST":
        services.switch_off(choice, actor=request.viewer)
        messages.success(request, _("You get no more such e-mails. You can have them again at any time."))
        return redirect("portal:letters")
    return render(request, "portal/letters/switch_off.html", {"row": _row(choice, wanted=True)})


def _row(code: str, wanted: bool) -> ChoiceRow:
    name, meaning = CHOICE_NAMES[code]
    return ChoiceRow(code, str(name), str(meaning), wanted)
