"""What programs show in order to act for an account: tokens, and OAuth clients that fetch short-lived ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pactdesk.accounts import queries
from pactdesk.accounts.queries import ClientLine, TokenLine
from pactdesk.accounts.services import tokens
from pactdesk.accounts.services.tokens import CannotIssueToken
from pactdesk.accounts.viewer import Viewer
from pactdesk.kernel.moments import day_in_words, instant_in_words
from pactdesk.pages.once import sent_before
from pactdesk.pages.requests import PageRequest, with_profile
from pactdesk.portal.forms.tokens import SCOPES, ClientForm, TokenForm
from pactdesk.portal.plans import language


@dataclass(frozen=True, slots=True)
class ProgramRow:
    """A token or client in the list. `shown` tells it from others; `url` leads to revoking it.

    Where it opens nothing any more, `url` is "" and `ended` says why.
    """

    name: str
    shown: str
    scopes: tuple[str, ...]
    used: str
    until: str
    ended: str
    url: str


@dataclass(frozen=True, slots=True)
class ProgramsPage:
    """All tokens and clients of an account."""

    tokens: tuple[ProgramRow, ...]
    clients: tuple[ProgramRow, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """A part of what is shown once."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class MadePage:
    """What was made, shown this once."""

    title: str
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class RevokePage:
    """What is asked before a program loses its access."""

    title: str
    name: str
    shown: str


@with_profile
@require_safe
def overview(request: PageRequest) -> HttpResponse:
    """The list."""
    page = ProgramsPage(
        tokens=tuple(
            _token_row(line, request.viewer) for line in queries.tokens_of(request.viewer, at=request.at)
        ),
        clients=tuple(_client_row(line, request.viewer) for line in queries.clients_of(request.viewer)),
    )
    return render(request, "portal/tokens/list.html", {"page": page})


@with_profile
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth carries no types
@require_http_methods(["GET", "HEAD", "POST"])
def new_token(request: PageRequest) -> HttpResponse:
    """Make a token, after the password was asked for anew. The answer shows it, and it is kept nowhere."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if sent_before(request):
            return _made_before(request)
        try:
            made = tokens.issue_token(
                form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                days=form.cleaned_data["days"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotIssueToken as refused:
            form.refuse(refused.decision)
        else:
            return _made(request, _("The new token"), (Secret(_("Token"), made.token),))
    return _ask(request, form, _("Make a token"))


@with_profile
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth carries no types
@require_http_methods(["GET", "HEAD", "POST"])
def new_client(request: PageRequest) -> HttpResponse:
    """Make an OAuth client, likewise."""
    form = ClientForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if sent_before(request):
            return _made_before(request)
        try:
            made = tokens.issue_client(
                form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                actor=request.viewer,
                at=request.at,
            )
        except CannotIssueToken as refused:
            form.refuse(refused.decision)
        else:
            secrets = (Secret(_("Client ID"), made.client_id), Secret(_("Client secret"), made.secret))
            return _made(request, _("The new client"), secrets)
    return _ask(request, form, _("Make an OAuth client"))


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: PageRequest, token_id: int) -> HttpResponse:
    """Take a token's access away, after a question."""
    line = next(
        (each for each in queries.tokens_of(request.viewer, at=request.at) if each.id == token_id), None
    )
    if line is None:
        raise Http404
    if request.method == "POST":
        tokens.revoke_token(token_id, actor=request.viewer, at=request.at)
        return _revoked(request, line.name)
    return _ask_to_revoke(request, RevokePage(_("Revoke this token?"), line.name, f"{line.shown}…"))


@with_profile
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_client(request: PageRequest, client_id: str) -> HttpResponse:
    """Take a client's access away, after a question."""
    line = next((each for each in queries.clients_of(request.viewer) if each.id == client_id), None)
    if line is None:
        raise Http404
    if request.method == "POST":
        tokens.revoke_client(client_id, actor=request.viewer, at=request.at)
        return _revoked(request, line.name)
    return _ask_to_revoke(request, RevokePage(_("Revoke this client?"), line.name, line.id))


def _ask(request: PageRequest, form: ClientForm, title: str) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "portal/tokens/new.html", {"form": form, "title": title}, status=status)


def _made(request: PageRequest, title: str, secrets: tuple[Secret, ...]) -> HttpResponse:
    # In this answer only: a redirect would have to keep it somewhere.
    response = render(request, "portal/tokens/made.html", {"page": MadePage(title, secrets)})
    response["Cache-Control"] = "private, no-store"
    return response


def _made_before(request: PageRequest) -> HttpResponse:
    messages.info(request, _("That was made already, and what it opens with was shown once."))
    return redirect("portal:tokens")


def _ask_to_revoke(request: PageRequest, page: RevokePage) -> HttpResponse:
    return render(request, "portal/tokens/revoke.html", {"page": page})


def _revoked(request: PageRequest, name: str) -> HttpResponse:
    messages.success(request, _("%(name)s opens nothing any more.") % {"name": name})
    return redirect("portal:tokens")


def _token_row(line: TokenLine, viewer: Viewer) -> ProgramRow:
    ended = ""
    if line.revoked_at is not None:
        ended = _("Revoked on %(day)s") % {"day": _day(line.revoked_at, viewer)}
    elif not line.usable:
        ended = _("Ended on %(day)s") % {"day": _day(line.expires_at, viewer)}
    return ProgramRow(
        name=line.name,
        shown=f"{line.shown}…",
        scopes=_in_words(line.scopes),
        used=_used(line.last_used_at, viewer),
        until=_("until %(day)s") % {"day": _day(line.expires_at, viewer)},
        ended=ended,
        url=reverse("portal:token-revoke", args=[line.id]) if line.usable else "",
    )


def _client_row(line: ClientLine, viewer: Viewer) -> ProgramRow:
    return ProgramRow(
        name=line.name,
        shown=line.id,
        scopes=_in_words(line.scopes),
        used=_used(line.last_used_at, viewer),
        until="",
        ended="",
        url=reverse("portal:client-revoke", args=[line.id]),
    )


def _used(at: datetime | None, viewer: Viewer) -> str:
    if at is None:
        return _("Not used yet")
    return _("Last used %(moment)s") % {"moment": instant_in_words(at, viewer.time_zone or "UTC", language())}


def _day(at: datetime, viewer: Viewer) -> str:
    return day_in_words(at, viewer.time_zone or "UTC", language())


def _in_words(scopes: Iterable[str]) -> tuple[str, ...]:
    words = dict(SCOPES)
    return tuple(str(words[scope]) for scope in scopes if scope in words)
