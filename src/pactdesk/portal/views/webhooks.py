"""Programs of the reader that are told what happens: their endpoints, what each was told, and sending it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.cases.rules.numbers import shown_number
from pactdesk.kernel.decisions import Decision, Reason
from pactdesk.kernel.moments import instant_in_words, place_of
from pactdesk.notifications.queries import webhooks as queries
from pactdesk.notifications.queries.webhooks import DeliveryLine, EndpointLine
from pactdesk.notifications.rules.endpoints import MOST_ENDPOINTS
from pactdesk.notifications.rules.events import EVENT_TYPES
from pactdesk.notifications.services import endpoints as services
from pactdesk.notifications.wording import EVENT_NAMES
from pactdesk.pages.once import sent_before
from pactdesk.pages.reasons import WordedReason, worded
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.forms.webhooks import EndpointForm, SinceForm

_OFF: dict[str, Promise] = {
    "failing": gettext_lazy("For five days every call to it has failed."),
    "gone": gettext_lazy("It answered that it is gone (410)."),
    "owner": gettext_lazy("You have switched it off."),
    "operator": gettext_lazy(
        "An operator has switched it off. Ask the service centre to switch it on again."
    ),
}
_HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint in the list. `kind` is how its chip is drawn."""

    url: str
    address: str
    description: str
    state: str
    kind: str
    waiting: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery in the list of an endpoint. `what` names the event and `about` its request."""

    url: str
    what: str
    about: str
    when: str
    iso: str
    state: str
    kind: str
    outcome: str


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """One endpoint. `off_because` is "" while it is on; `may_switch_on`: its owner may do so."""

    row: EndpointRow
    name: str
    is_on: bool
    off_because: str
    may_switch_on: bool
    failing: str
    both_secrets: str
    facts: tuple[tuple[str, str], ...]
    events: tuple[str, ...]
    deliveries: tuple[DeliveryRow, ...]
    newer_url: str
    older_url: str
    place: str
    refusals: tuple[WordedReason, ...]


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One delivery. `waits`: it may still change by itself, so that it is worth looking again."""

    row: DeliveryRow
    name: str
    back_url: str
    facts: tuple[tuple[str, str], ...]
    body: str
    answer: str
    waits: bool
    may_replay: bool
    refusals: tuple[WordedReason, ...]


@with_profile
@require_safe
def endpoint_list(request: PageRequest) -> HttpResponse:
    """The reader's endpoints."""
    rows = [_endpoint_row(each) for each in queries.endpoints(request.viewer)]
    context = {"rows": rows, "is_full": len(rows) >= MOST_ENDPOINTS, "most": MOST_ENDPOINTS}
    return render(request, "portal/webhooks/list.html", context)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PageRequest) -> HttpResponse:
    """Add an endpoint. The answer shows its secret, which is kept nowhere that anybody could read it."""
    form = EndpointForm(
        request.POST if request.method == "POST" else None, initial={"events": list(EVENT_TYPES)}
    )
    if form.is_bound and form.is_valid():
        if sent_before(request):
            messages.info(request, _("That was made already, and its secret was shown once."))
            return redirect("portal:webhooks")
        try:
            new = services.add_endpoint(**form.cleaned_data, actor=request.viewer, at=request.at)
        except services.CannotKeepEndpoint as refused:
            form.refuse(refused.decision)
        else:
            return _secret_page(request, new.endpoint_id, new.secret, is_new=True)
    context = {"form": form, "back_url": reverse("portal:webhooks")}
    return render(request, "portal/webhooks/form.html", context, status=422 if form.is_bound else 200)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint(request: PageRequest, endpoint_id: int) -> HttpResponse:
    """One endpoint with what it was told; sending a test, sending again, switching off and on."""
    if request.method != "POST":
        return _endpoint_page(request, endpoint_id)
    line = queries.endpoint_page(request.viewer, endpoint_id).line  # 404 where it is somebody else's
    try:
        match request.POST.get("do"):
            case "test":
                delivery_id = services.send_test(line.id, actor=request.viewer, at=request.at)
                return redirect("portal:webhook-delivery", line.id, delivery_id)
            case "off":
                services.switch_off(line.id, actor=request.viewer, at=request.at)
                messages.success(request, _("The endpoint is switched off. What was waiting for it is kept."))
            case "on":
                services.switch_on(line.id, actor=request.viewer, at=request.at)
                messages.success(
                    request,
                    _("The endpoint is on again. What it has missed can be sent again below."),
                )
            case "replay":
                return _replay_since(request, line.id)
            case _:
                raise BadRequest("nothing that can be done with an endpoint")
    except (services.CannotSend, services.CannotKeepEndpoint) as refused:
        return _endpoint_page(request, line.id, refused=refused.decision)
    return redirect("portal:webhook", line.id)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PageRequest, endpoint_id: int) -> HttpResponse:
    """Another address, description, or other events."""
    line = queries.endpoint_page(request.viewer, endpoint_id).line
    initial = {"url": line.url, "description": line.description, "events": list(line.events)}
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            services.change_endpoint(line.id, **form.cleaned_data, actor=request.viewer, at=request.at)
        except services.CannotKeepEndpoint as refused:
            form.refuse(refused.decision)
        else:
            messages.success(request, _("The endpoint is saved."))
            return redirect("portal:webhook", line.id)
    context = {"form": form, "back_url": reverse("portal:webhook", args=[line.id]), "name": _name(line)}
    return render(request, "portal/webhooks/form.html", context, status=422 if form.is_bound else 200)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def secret(request: PageRequest, endpoint_id: int) -> HttpResponse:
    """Replace the secret, after a question. The answer shows the new one, and is kept nowhere."""
    line = queries.endpoint_page(request.viewer, endpoint_id).line
    if request.method != "POST":
        context = {"back_url": reverse("portal:webhook", args=[line.id]), "name": _name(line)}
        return render(request, "portal/webhooks/replace_secret.html", context)
    if request.POST.get("do") != "replace":
        raise BadRequest("nothing that can be done with a secret")
    if sent_before(request):
        messages.info(request, _("That was made already, and its secret was shown once."))
        return redirect("portal:webhook", line.id)
    new = services.replace_secret(line.id, actor=request.viewer, at=request.at)
    return _secret_page(request, line.id, new, is_new=False)


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PageRequest, endpoint_id: int) -> HttpResponse:
    """Take an endpoint away, after a question."""
    line = queries.endpoint_page(request.viewer, endpoint_id).line
    if request.method != "POST":
        context = {"back_url": reverse("portal:webhook", args=[line.id]), "name": _name(line)}
        return render(request, "portal/webhooks/remove.html", context)
    if request.POST.get("do") != "remove":
        raise BadRequest("nothing that can be done here")
    services.remove_endpoint(line.id, actor=request.viewer, at=request.at)
    messages.success(request, _("The endpoint is removed."))
    return redirect("portal:webhooks")


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def delivery(request: PageRequest, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """What one endpoint was told about one event and what it answered; sending it again."""
    if request.method != "POST":
        return _delivery_page(request, endpoint_id, delivery_id)
    queries.delivery_page(request.viewer, endpoint_id, delivery_id)  # 404 where it is somebody else's
    if request.POST.get("do") != "replay":
        raise BadRequest("nothing that can be done with a delivery")
    try:
        services.replay(endpoint_id, delivery_id, actor=request.viewer, at=request.at)
    except services.CannotSend as refused:
        return _delivery_page(request, endpoint_id, delivery_id, refused=refused.decision)
    return redirect("portal:webhook-delivery", endpoint_id, delivery_id)


def _replay_since(request: PageRequest, endpoint_id: int) -> HttpResponse:
    form = SinceForm(request.POST)
    if not form.is_valid_for(request.viewer):
        return _endpoint_page(request, endpoint_id, form=form)
    count = services.replay_since(
        endpoint_id, form.cleaned_data["since"], actor=request.viewer, at=request.at
    )
    messages.success(
        request,
        ngettext("%(count)s event is sent again.", "%(count)s events are sent again.", count)
        % {"count": count},
    )
    return redirect("portal:webhook", endpoint_id)


def _endpoint_page(
    request: PageRequest,
    endpoint_id: int,
    *,
    form: SinceForm | None = None,
    refused: Sequence[Reason] | Decision = (),
) -> HttpResponse:
    older_than = _place(request.GET.get("older", ""))
    found = queries.endpoint_page(request.viewer, endpoint_id, older_than=older_than)
    line, here = found.line, reverse("portal:webhook", args=[endpoint_id])
    page = EndpointPage(
        row=_endpoint_row(line),
        name=_name(line),
        is_on=line.is_active,
        off_because=str(_OFF[line.disabled_reason]) if line.disabled_reason else "",
        may_switch_on=not line.is_active and line.disabled_reason != "operator",
        failing=_when(request, line.failing_since) if line.is_active else "",
        both_secrets=_when(request, line.previous_until)
        if line.previous_until and line.previous_until > request.at
        else "",
        facts=(
            (_("Address"), line.url),
            (_("What it is for"), line.description or _("Not provided")),
            (_("Added"), _when(request, line.created_at)),
        ),
        events=tuple(str(EVENT_NAMES[each]) for each in EVENT_TYPES if each in line.events),
        deliveries=tuple(_delivery_row(request, endpoint_id, each) for each in found.deliveries),
        newer_url=here if older_than else "",
        older_url=f"{here}?{urlencode({'older': found.older_than})}" if found.older_than else "",
        place=place_of(request.viewer.time_zone or "UTC", get_language() or "en"),
        refusals=tuple(worded(each, zone="UTC") for each in refused),
    )
    context = {"page": page, "page_id": endpoint_id, "form": form or SinceForm()}
    return render(
        request, "portal/webhooks/endpoint.html", context, status=422 if form or page.refusals else 200
    )


def _delivery_page(
    request: PageRequest, endpoint_id: int, delivery_id: int, *, refused: Sequence[Reason] | Decision = ()
) -> HttpResponse:
    found = queries.delivery_page(request.viewer, endpoint_id, delivery_id)
    line = found.line
    facts = [
        (_("Event"), line.type),
        (_("Id"), line.event_id),
        (_("Number"), str(line.sequence)),
        (_("Written down"), _when(request, line.created_at)),
        (_("Attempts"), str(line.attempts)),
    ]
    if line.attempted_at:
        facts.append((_("Last attempt"), _when(request, line.attempted_at)))
    if line.status is not None:
        facts.append((_("Answer"), _("Status %(status)s") % {"status": line.status}))
    if line.milliseconds:
        facts.append((_("Took"), _("%(count)s ms") % {"count": line.milliseconds}))
    if line.state == "queued":
        facts.append((_("Next attempt"), _when(request, line.next_attempt_at)))
    page = DeliveryPage(
        row=_delivery_row(request, endpoint_id, line),
        name=_name(found.endpoint),
        back_url=reverse("portal:webhook", args=[endpoint_id]),
        facts=tuple(facts),
        body=_readable(found.body),
        answer=found.answer,
        waits=line.state == "queued" and not line.attempts and found.endpoint.is_active,
        may_replay=found.endpoint.is_active
        and (line.state in {"delivered", "parked"} or (line.state == "queued" and bool(line.attempts))),
        refusals=tuple(worded(each, zone="UTC") for each in refused),
    )
    return render(
        request, "portal/webhooks/delivery.html", {"page": page}, status=422 if page.refusals else 200
    )


def _secret_page(request: PageRequest, endpoint_id: int, secret: str, *, is_new: bool) -> HttpResponse:
    # In this answer only: a redirect would have to keep the secret somewhere.
    context = {"secret": secret, "next_url": reverse("portal:webhook", args=[endpoint_id]), "is_new": is_new}
    response = render(request, "portal/webhooks/secret.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _endpoint_row(line: EndpointLine) -> EndpointRow:
    if not line.is_active:
        state, kind = _("Off"), "pause"
    elif line.failing_since:
        state, kind = _("Failing"), "warn"
    else:
        state, kind = _("On"), "ok"
    count = line.counts.get("queued", 0)
    return EndpointRow(
        url=reverse("portal:webhook", args=[line.id]),
        address=line.url,
        description=line.description,
        state=state,
        kind=kind,
        waiting=ngettext("%(count)s event waits", "%(count)s events wait", count) % {"count": count}
        if count
        else "",
    )


def _delivery_row(request: PageRequest, endpoint_id: int, line: DeliveryLine) -> DeliveryRow:
    if line.state == "queued":
        state, kind = (_("Will be tried again"), "warn") if line.attempts else (_("Waiting"), "")
    else:
        state, kind = {
            "delivered": (_("Delivered"), "ok"),
            "parked": (_("Given up"), "bad"),
            "withheld": (_("Not sent"), "pause"),
        }[line.state]
    return DeliveryRow(
        url=reverse("portal:webhook-delivery", args=[endpoint_id, line.id]),
        what=str(EVENT_NAMES.get(line.type, line.type)),
        about=shown_number(line.number) if line.number and line.state != "withheld" else "",
        when=_when(request, line.created_at),
        iso=line.created_at.isoformat(),
        state=state,
        kind=kind,
        outcome=_outcome(line),
    )


def _outcome(line: DeliveryLine) -> str:
    """In a sentence what came of the last attempt; "" where there was none, or all is said by the state."""
    if line.state == "withheld":
        if line.type.startswith("agreement."):
            return _("You no longer answered for the agreement when it was to be sent.")
        return _("You no longer saw the request when it was to be sent.")
    if line.error:
        return worded(Reason(line.error, {"ports": ""}), zone="UTC").sentence
    if line.status is not None and line.state != "delivered":
        return _("It answered with status %(status)s.") % {"status": line.status}
    return ""


def _readable(body: str) -> str:
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2) if body else ""


def _name(line: EndpointLine) -> str:
    return line.description or line.url.partition("://")[2].partition("?")[0]


def _when(request: PageRequest, at: datetime | None) -> str:
    return instant_in_words(at, request.viewer.time_zone or "UTC", get_language() or "en") if at else ""


def _place(text: str) -> int | None:
    """Where a page of deliveries begins; anything else than a number begins at the newest."""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:20]) <= _HIGHEST else None
