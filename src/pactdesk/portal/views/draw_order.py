"""Having one's agreements offered in another order, and taking that back. Works without script."""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pactdesk.agreements.services import draw_order
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.draw_order import remember

_MOVE: Final = re.compile(r"([0-9]{1,15})-([0-9]{0,15})")
_ORDER: Final = re.compile(r"(?:[0-9]{1,15}(?:,[0-9]{1,15}){0,999})?")


@with_profile
@require_POST
def order(request: PageRequest) -> HttpResponse:
    """`move` "7-3" has 7 offered before 3, "7-" before all others. `order` "3,7" has these offered first, "" as is
    usual: so a change is taken back, too."""
    if move := _MOVE.fullmatch(request.POST.get("move", "")):
        other = int(move[2]) if move[2] else None
        before = draw_order.use_before(int(move[1]), other, actor=request.viewer)
        remember(request, _("The order is changed."), before)
    elif "order" in request.POST and _ORDER.fullmatch(request.POST["order"]):
        wanted = [int(each) for each in request.POST["order"].split(",") if each]
        before = draw_order.put_in_order(wanted, actor=request.viewer)
        done = _("They are in the order from before.") if wanted else _("They are in the usual order.")
        remember(request, done, before)
    else:
        raise BadRequest("nothing that can be done with an order")
    return redirect(f"{reverse('portal:benefits')}#order")
