"""What only the owner of an agreement can do: withdraw access, limit how many may add it, replace the pair, and be told
when somebody adds or uses it (AGR-11)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pactdesk.accounts.viewer import Viewer
from pactdesk.agreements import queries, services
from pactdesk.agreements.queries import AgreementLine, Seat
from pactdesk.agreements.rules import grouped
from pactdesk.kernel.decisions import ALLOWED, Decision
from pactdesk.kernel.moments import day_in_words
from pactdesk.notifications.queries.choices import choices, chosen_about
from pactdesk.notifications.services.choices import choose_about
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.forms.benefits import AgreementLettersForm, SeatLimitForm
from pactdesk.portal.plans import language, plan_label

# Who owns the agreement need not be told to ask its owner.
_OWNERS_PLACES = {"ask-owner": ""}


@dataclass(frozen=True, slots=True)
class SeatRow:
    """An account that has registered the agreement. `since` says when, or since when it may no longer draw on it."""

    url: str
    name: str
    email: str
    since: str
    revoked: bool


@dataclass(frozen=True, slots=True)
class SeatPage:
    """What the owner is asked before an account loses, or gets back, its right to draw on the agreement. `refusals` are
    why it cannot be given back now."""

    seat: SeatRow
    label: str
    back_url: str
    limit_url: str
    refusals: tuple[WordedReason, ...]


@dataclass(frozen=True, slots=True)
class SeatLimitPage:
    """How many may add the agreement. `taken` accounts have access now; `is_limited`: there is a limit to lift."""

    form: SeatLimitForm
    label: str
    back_url: str
    taken: int
    is_limited: bool


@dataclass(frozen=True, slots=True)
class PairPage:
    """What the owner is asked before the pair is replaced. `access_id` is that of the pair that would go."""

    access_id: str
    label: str
    back_url: str
    refusals: tuple[WordedReason, ...]


@dataclass(frozen=True, slots=True)
class ShownId:
    """One of the two IDs: as digits to be copied, and in groups to be read."""

    name: str
    digits: str
    in_groups: str


@dataclass(frozen=True, slots=True)
class NewPairPage:
    """The new pair, shown this once."""

    ids: tuple[ShownId, ShownId]
    label: str
    back_url: str


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def seat(request: PageRequest, agreement_id: int, registration_id: int) -> HttpResponse:
    """The owner withdraws an account's right to draw on the agreement, after a question, or gives it back."""
    found = _owned(request, agreement_id)
    seat = next((seat for seat in found.seats or () if seat.registration_id == registration_id), None)
    if seat is None:
        raise Http404
    if request.method != "POST":
        return _seat_page(request, seat, found.line)
    match request.POST.get("do"):
        case "revoke":
            services.revoke_registration(agreement_id, registration_id, actor=request.viewer, at=request.at)
            _say_revoked(request, seat, reverse("portal:benefit-seat", args=[agreement_id, registration_id]))
        case "restore":
            try:
                services.restore_registration(
                    agreement_id, registration_id, actor=request.viewer, at=request.at
                )
            except services.CannotRestoreRegistration as refused:
                return _seat_page(request, seat, found.line, refused.decision)
            messages.success(
                request, _("%(name)s can use the agreement again.") % {"name": seat.name or seat.email}
            )
        case _:
            raise BadRequest("nothing that can be done with a seat")
    return redirect("portal:benefit", agreement_id)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def seat_limit(request: PageRequest, agreement_id: int) -> HttpResponse:
    """The owner says how many accounts may add the agreement, or lifts the limit."""
    found = _owned(request, agreement_id)
    lifting = request.POST.get("do") == "lift"
    sent = request.POST if request.method == "POST" and not lifting else None
    form = SeatLimitForm(sent, initial={"limit": found.seat_limit})
    if lifting or (form.is_bound and form.is_valid()):
        limit = None if lifting else form.cleaned_data["limit"]
        try:
            services.set_seat_limit(agreement_id, limit, actor=request.viewer, at=request.at)
        except services.CannotLimitSeats as refused:
            form.refuse(refused.decision)
        else:
            messages.success(request, _limit_in_words(limit))
            return redirect(_back_url(agreement_id, "seats"))
    page = SeatLimitPage(
        form=form,
        label=plan_label(found.line),
        back_url=_back_url(agreement_id, "seats"),
        taken=sum(seat.revoked_at is None for seat in found.seats or ()),
        is_limited=found.seat_limit is not None,
    )
    context = {"page": page, "form": form}
    return render(request, "portal/benefits/seat_limit.html", context, status=422 if form.is_bound else 200)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: PageRequest, agreement_id: int) -> HttpResponse:
    """The owner says whether to be told of this agreement otherwise than of all of them."""
    found = _owned(request, agreement_id)
    form = AgreementLettersForm(
        request.POST if request.method == "POST" else None,
        of_all=choices(request.viewer),
        here=chosen_about(request.viewer.account_id, agreement_id),
    )
    if form.is_bound and form.is_valid():
        choose_about(agreement_id, form.wanted, actor=request.viewer)
        messages.success(request, _("Your choice is saved."))
        return redirect(_back_url(agreement_id, "seats"))
    context = {"form": form, "label": plan_label(found.line), "back_url": _back_url(agreement_id, "seats")}
    return render(request, "portal/benefits/letters.html", context, status=422 if form.is_bound else 200)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: PageRequest, agreement_id: int) -> HttpResponse:
    """The owner has the pair replaced, after a question. The answer shows the new pair, and is kept nowhere.

    The form names the pair that it asks to replace, so that sending it once more does not replace the new one.
    """
    found = _owned(request, agreement_id)
    if request.method != "POST":
        return _pair_page(request, found.line)
    if request.POST.get("do") != "replace":
        raise BadRequest("nothing that can be done with a pair")
    try:
        new = services.replace_pair(
            agreement_id, access_id=request.POST.get("access_id", ""), actor=request.viewer, at=request.at
        )
    except services.CannotReplacePair as refused:
        return _pair_page(request, found.line, refused.decision)
    page = NewPairPage(
        ids=(
            ShownId(_("Access ID"), new.access_id, grouped(new.access_id)),
            ShownId(_("Contract ID"), new.contract_id, grouped(new.contract_id)),
        ),
        label=plan_label(_owned(request, agreement_id).line),
        back_url=_back_url(agreement_id),
    )
    # In this answer only: a redirect would have to keep the pair somewhere.
    response = render(request, "portal/benefits/new_pair.html", {"page": page})
    response["Cache-Control"] = "private, no-store"
    return response


def seat_row(seat: Seat, line: AgreementLine, viewer: Viewer) -> SeatRow:
    """`seat` of the agreement `line` as its owner sees it."""
    since = day_in_words(seat.revoked_at or seat.registered_at, viewer.time_zone or "UTC", language())
    sentence = _("Access withdrawn on %(day)s") if seat.revoked_at else _("Added on %(day)s")
    return SeatRow(
        url=reverse("portal:benefit-seat", args=[line.agreement_id, seat.registration_id]),
        name=seat.name or seat.email,
        email=seat.email,
        since=sentence % {"day": since},
        revoked=seat.revoked_at is not None,
    )


def told_in_words(viewer: Viewer, agreement_id: int) -> str:
    """What the viewer, who owns the agreement, is told of it by e-mail, as a sentence. Two queries."""
    told = {**choices(viewer), **chosen_about(viewer.account_id, agreement_id)}
    match told["registrations"], told["uses"]:
        case True, True:
            return _("You are told by e-mail when somebody adds the agreement, and of each use by others.")
        case True, False:
            return _("You are told by e-mail when somebody adds the agreement, but not of each use.")
        case False, True:
            return _(
                "You are told by e-mail of each use by others, but not when somebody adds the agreement."
            )
    return _("You are told by e-mail neither when somebody adds the agreement nor of each use.")


def _owned(request: PageRequest, agreement_id: int) -> queries.AgreementPage:
    """The agreement with its seats. Raises Http404 for everybody but its owner."""
    found = queries.agreement_page(request.viewer, agreement_id, at=request.at)
    if found.seats is None:
        raise Http404
    return found


def _seat_page(
    request: PageRequest, seat: Seat, line: AgreementLine, refused: Decision = ALLOWED
) -> HttpResponse:
    page = SeatPage(
        seat=seat_row(seat, line, request.viewer),
        label=plan_label(line),
        back_url=_back_url(line.agreement_id),
        limit_url=reverse("portal:benefit-seat-limit", args=[line.agreement_id]),
        refusals=_in_words(refused, line),
    )
    return render(request, "portal/benefits/seat.html", {"page": page}, status=_status(refused))


def _pair_page(request: PageRequest, line: AgreementLine, refused: Decision = ALLOWED) -> HttpResponse:
    page = PairPage(
        access_id=line.access_id,
        label=plan_label(line),
        back_url=_back_url(line.agreement_id),
        refusals=_in_words(refused, line),
    )
    return render(request, "portal/benefits/pair.html", {"page": page}, status=_status(refused))


def _in_words(refused: Decision, line: AgreementLine) -> tuple[WordedReason, ...]:
    return tuple(worded(reason, zone=line.time_zone, places=_OWNERS_PLACES) for reason in refused)


def _status(refused: Decision) -> int:
    return 200 if refused.allowed else 422


def _back_url(agreement_id: int, anchor: str = "") -> str:
    return reverse("portal:benefit", args=[agreement_id]) + (f"#{anchor}" if anchor else "")


def _say_revoked(request: PageRequest, seat: Seat, url: str) -> None:
    messages.success(
        request,
        format_html(
            '{} <a href="{}">{}</a>',
            _("%(name)s can no longer use the agreement.") % {"name": seat.name or seat.email},
            url,
            _("Undo"),
        ),
    )


def _limit_in_words(limit: int | None) -> str:
    if limit is None:
        return _("Any number of accounts may add the agreement now.")
    return ngettext(
        "No more than %(count)s account may have the agreement now.",
        "No more than %(count)s accounts may have the agreement now.",
        limit,
    ) % {"count": limit}
