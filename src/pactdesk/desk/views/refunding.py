"""Paying back what was bought, at the service centre (PPI-5)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pactdesk.desk.entrance import at_service_centre
from pactdesk.desk.forms.refunding import RefundForm
from pactdesk.desk.frame import render_at_desk
from pactdesk.desk.views.agreements import HERE
from pactdesk.desk.views.correcting import QuestionPage
from pactdesk.desk.words import language
from pactdesk.kernel.moments import day_in_words
from pactdesk.kernel.money import money_in_words
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.wording import sentence
from pactdesk.pages.requests import PageRequest
from pactdesk.purchases.queries.centre import Bought, bought
from pactdesk.purchases.rules.refunds import Cause
from pactdesk.purchases.services import refunds
from pactdesk.purchases.services.returning import CannotRefund


@at_service_centre
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: PageRequest, agreement_id: int) -> HttpResponse:
    """Pay it back as a whole, after a question and with a reason; or say why that cannot be."""
    found = bought(request.viewer, agreement_id, at=request.at)
    form = RefundForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            refunds.refund(
                found.line.purchase_id,
                cause=Cause(form.cleaned_data["cause"]),
                note=form.cleaned_data["reason"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotRefund as refused:
            form.refuse(refused.decision)
            found = bought(request.viewer, agreement_id, at=request.at)
        else:
            messages.success(request, _("What was bought is taken back, and the money is on its way."))
            return redirect("desk:agreement", agreement_id)
    page = QuestionPage(
        title=_("Pay the purchase back?"),
        label=_("Purchase %(number)s") % {"number": found.line.number},
        back_url=reverse("desk:agreement", args=[agreement_id]),
        lines=_lines(found),
        button=_("Pay it back"),
        is_final=True,
        can_be_done=found.refund.allowed,
        refusals=tuple(sentence(reason, found.line.time_zone) for reason in found.refund),
    )
    status = 422 if form.is_bound else 200
    return render_at_desk(request, "desk/agreement_question.html", page, here=HERE, status=status, form=form)


def _lines(found: Bought) -> tuple[str, ...]:
    line = found.line
    price = money_in_words(line.amount_minor, line.currency, language())
    paid = day_in_words(line.paid_at or line.ordered_at, line.time_zone, language())
    told = {
        "title": text_in(line.programme, language()),
        "price": price,
        "name": found.buyer_name,
        "address": found.buyer_email,
        "day": paid,
    }
    lines = [_("%(title)s, %(price)s, paid on %(day)s by %(name)s (%(address)s).") % told]
    if found.refund.allowed:
        lines.append(
            _("%(price)s goes back to the card. What was bought can then not be used any more.") % told
        )
        lines.append(_("This cannot be undone."))
    if found.paid_back_because:
        lines.append(_("Reason: %(reason)s") % {"reason": found.paid_back_because})
    return tuple(lines)
