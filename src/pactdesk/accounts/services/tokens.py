"""Verbs on what programs show: tokens, and OAuth clients that fetch short-lived ones. Secrets are answered once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client
from allauth.idp.oidc.models import Token as AccessToken
from django.db import transaction
from django.http import Http404

from pactdesk.accounts.facts import ClientIssued, ClientRevoked, TokenIssued, TokenRevoked
from pactdesk.accounts.models import Account, ApiToken
from pactdesk.accounts.rules.text import read_text
from pactdesk.accounts.rules.tokens import (
    MOST_NAME,
    RANDOM_LENGTH,
    SCOPES,
    TOKEN,
    digest_of,
    marked,
    may_be_issued,
    may_live,
    visible_part,
)
from pactdesk.accounts.viewer import Viewer
from pactdesk.journal import services as journal
from pactdesk.kernel.decisions import Reason, Refused
from pactdesk.kernel.ids import random_text

KEPT_AFTER_THE_END = timedelta(days=90)


class CannotIssueToken(Refused):
    """No token and no client was made."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A fresh token. `token` is not readable anywhere else."""

    token_id: int
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewClient:
    """A fresh OAuth client. `secret` is not readable anywhere else."""

    client_id: str
    secret: str = field(repr=False)


@transaction.atomic
def issue_token(name: str, *, scopes: Collection[str], days: int, actor: Viewer, at: datetime) -> NewToken:
    """Make a token with which a program acts for the actor's account for so many days.

    Raises `CannotIssueToken` with every reason.
    """
    clean, reasons = _judged(name, scopes, actor, at)
    reasons += may_live(days)
    if reasons:
        raise CannotIssueToken(*reasons)
    token = marked(TOKEN, random_text(RANDOM_LENGTH))
    row = ApiToken.objects.create(
        account_id=actor.account_id,
        name=clean,
        scopes=_ordered(scopes),
        digest=digest_of(token),
        shown=visible_part(token),
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    journal.record(
        TokenIssued(actor.account_id, row.pk, row.shown, tuple(row.scopes)), actor_id=actor.account_id, at=at
    )
    return NewToken(row.pk, token, row.expires_at)


@transaction.atomic
def revoke_token(token_id: int, *, actor: Viewer, at: datetime) -> None:
    """Make a token open nothing from now on; once more changes nothing. Raises Http404 for one of somebody else."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id, account_id=actor.account_id).first()
    if token is None:
        raise Http404
    if token.revoked_at is not None:
        return
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    journal.record(TokenRevoked(actor.account_id, token.pk, token.shown), actor_id=actor.account_id, at=at)


@transaction.atomic
def issue_client(name: str, *, scopes: Collection[str], actor: Viewer, at: datetime) -> NewClient:
    """Make an OAuth client of the actor's account, which fetches its access tokens by its own credentials (RFC 6749,
    section 4.4) and can do nothing else. Raises `CannotIssueToken` with every reason."""
    clean, reasons = _judged(name, scopes, actor, at)
    if reasons:
        raise CannotIssueToken(*reasons)
    secret = get_adapter().generate_client_secret()
    client = Client(
        name=clean,
        owner_id=actor.account_id,
        type=Client.Type.CONFIDENTIAL,
        grant_types=Client.GrantType.CLIENT_CREDENTIALS.value,
        response_types=Client.ResponseType.NONE.value,
        created_at=at,
    )
    client.set_scopes(_ordered(scopes))
    client.set_default_scopes(_ordered(scopes))
    client.set_secret(secret)
    client.save(force_insert=True)
    journal.record(
        ClientIssued(actor.account_id, client.pk, tuple(client.get_scopes())),
        actor_id=actor.account_id,
        at=at,
    )
    return NewClient(client.pk, secret)


@transaction.atomic
def revoke_client(client_id: str, *, actor: Viewer, at: datetime) -> None:
    """Remove a client with all access tokens that it holds. Raises Http404 for one that is not the actor's."""
    deleted, _by_model = Client.objects.filter(pk=client_id, owner_id=actor.account_id).delete()
    if not deleted:
        raise Http404
    journal.record(ClientRevoked(actor.account_id, client_id), actor_id=actor.account_id, at=at)


def remove_ended(*, at: datetime) -> int:
    """Delete access tokens that have ended, and tokens that ended long ago; answers how many."""
    fetched, _by_model = AccessToken.objects.filter(expires_at__lte=at).delete()
    long_ago = at - KEPT_AFTER_THE_END
    tokens, _by_model = ApiToken.objects.filter(expires_at__lte=long_ago).delete()
    return int(fetched) + tokens


def _judged(name: str, scopes: Collection[str], actor: Viewer, at: datetime) -> tuple[str, list[Reason]]:
    """The name as it is kept, and why nothing may be issued; holds the account until the transaction ends."""
    Account.objects.select_for_update().get(pk=actor.account_id)
    in_use = (
        ApiToken.objects.filter(account_id=actor.account_id, revoked_at=None, expires_at__gt=at).count()
        + Client.objects.filter(owner_id=actor.account_id).count()
    )
    clean = read_text(name, most=MOST_NAME)
    if isinstance(clean, Reason):
        return "", [clean, *may_be_issued("?", scopes, in_use=in_use)]
    return clean, list(may_be_issued(clean, scopes, in_use=in_use))


def _ordered(scopes: Collection[str]) -> list[str]:
    return [scope for scope in SCOPES if scope in scopes]
