"""Tokens and OAuth clients: made once, told once, and never stronger than their account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from allauth.idp.oidc.models import Client as OAuthClient
from django.db import connection
from django.http import Http404

from pactdesk.accounts.bearers import bearer_of
from pactdesk.accounts.models import Account, ApiToken, TeamMember
from pactdesk.accounts.queries import clients_of, tokens_of
from pactdesk.accounts.rules.tokens import MOST_IN_USE, SCOPES
from pactdesk.accounts.services import tokens
from pactdesk.accounts.services.tokens import (
    CannotIssueToken,
    issue_client,
    issue_token,
    revoke_client,
    revoke_token,
)
from pactdesk.journal.models import FactRow
from tests import world

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def issue(who: str = "carla", **about: object) -> tokens.NewToken:
    values: dict[str, object] = {
        "scopes": ["requests:read"],
        "days": 30,
        "actor": world.viewer(who),
        "at": NOW,
    }
    return issue_token("CI", **{**values, **about})  # type: ignore[arg-type]


def test_a_token_opens_its_account_until_it_ends() -> None:
    made = issue(scopes=["requests:write", "requests:read"])
    bearer = bearer_of(made.token, at=NOW)
    assert bearer is not None
    assert bearer.viewer == world.viewer("carla")
    assert bearer.scopes == {"requests:read", "requests:write"}
    assert bearer_of(made.token, at=NOW + timedelta(days=30) - timedelta(seconds=1)) is not None
    assert bearer_of(made.token, at=NOW + timedelta(days=30)) is None


def test_the_viewer_of_a_token_is_that_of_a_sign_in_also_for_engineers() -> None:
    world.catalogue()
    ines = world.person("ines")
    team = world.team("support")
    TeamMember.objects.get_or_create(team=team, account=ines)
    bearer = bearer_of(issue("ines").token, at=NOW)
    assert bearer is not None
    assert bearer.viewer == world.viewer("ines")
    assert team.pk in bearer.viewer.teams


def test_nothing_in_the_database_opens_an_account() -> None:
    made, client = issue(), issue_client("CI", scopes=["requests:read"], actor=world.viewer("carla"), at=NOW)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')
            text = cursor.fetchone()[0] or ""
            assert made.token not in text, table
            assert client.secret not in text, table
    assert made.token not in repr(made)
    assert client.secret not in repr(client)


def test_it_is_noted_at_most_once_a_minute_that_a_token_was_used() -> None:
    made = issue()
    used = lambda: ApiToken.objects.get().last_used_at  # noqa: E731
    assert used() is None
    bearer_of(made.token, at=NOW)
    assert used() == NOW
    bearer_of(made.token, at=NOW + timedelta(seconds=59))
    assert used() == NOW
    bearer_of(made.token, at=NOW + timedelta(seconds=60))
    assert used() == NOW + timedelta(seconds=60)


def test_revoking_takes_effect_at_once_and_can_be_repeated() -> None:
    made, carla = issue(), world.viewer("carla")
    revoke_token(made.token_id, actor=carla, at=NOW)
    assert bearer_of(made.token, at=NOW) is None
    revoke_token(made.token_id, actor=carla, at=NOW + timedelta(hours=1))
    assert ApiToken.objects.get().revoked_at == NOW
    assert list(FactRow.objects.values_list("code", flat=True)) == [
        "account.token-issued",
        "account.token-revoked",
    ]


def test_a_token_of_somebody_else_is_not_there_to_be_revoked() -> None:
    made = issue()
    with pytest.raises(Http404):
        revoke_token(made.token_id, actor=world.viewer("olaf"), at=NOW)
    client = issue_client("CI", scopes=["requests:read"], actor=world.viewer("carla"), at=NOW)
    with pytest.raises(Http404):
        revoke_client(client.client_id, actor=world.viewer("olaf"), at=NOW)
    assert bearer_of(made.token, at=NOW) is not None
    assert len(clients_of(world.viewer("carla"))) == 1


def test_every_refusal_is_told_and_nothing_is_made() -> None:
    with pytest.raises(CannotIssueToken) as refused:
        issue_token(" \u200b ", scopes=[], days=7, actor=world.viewer("carla"), at=NOW)
    assert refused.value.decision.codes == (
        "token.name-missing",
        "token.scope-missing",
        "token.lifetime-unknown",
    )
    with pytest.raises(CannotIssueToken) as refused:
        issue_token("a\u202eb", scopes=["root"], days=30, actor=world.viewer("carla"), at=NOW)
    assert refused.value.decision.codes == ("typed.hidden-characters", "token.scope-unknown")
    assert not ApiToken.objects.exists()


def test_no_account_collects_more_than_it_can_look_after() -> None:
    carla = world.viewer("carla")
    for _ in range(MOST_IN_USE - 1):
        issue()
    issue_client("CI", scopes=["requests:read"], actor=carla, at=NOW)
    for make in (issue, lambda: issue_client("CI", scopes=["requests:read"], actor=carla, at=NOW)):
        with pytest.raises(CannotIssueToken) as refused:
            make()
        assert refused.value.decision.codes == ("token.too-many",)
    revoke_token(ApiToken.objects.order_by("pk")[0].pk, actor=carla, at=NOW)
    issue()
    issue("cem")


def test_lists_show_what_is_the_viewers_own() -> None:
    made = issue(scopes=list(SCOPES))
    issue("cem")
    bearer_of(made.token, at=NOW)
    (line,) = tokens_of(world.viewer("carla"), at=NOW)
    assert (line.name, line.scopes, line.last_used_at, line.usable) == ("CI", SCOPES, NOW, True)
    assert made.token.startswith(line.shown)
    assert not tokens_of(world.viewer("carla"), at=NOW + timedelta(days=31))[0].usable


def test_what_has_ended_is_cleared_away_in_time() -> None:
    made = issue()
    tokens.remove_ended(at=made.expires_at + timedelta(days=89))
    assert ApiToken.objects.exists()
    tokens.remove_ended(at=made.expires_at + timedelta(days=91))
    assert not ApiToken.objects.exists()


def test_a_client_can_do_nothing_but_fetch_tokens_for_itself() -> None:
    made = issue_client("CI", scopes=["requests:read"], actor=world.viewer("carla"), at=NOW)
    client = OAuthClient.objects.get(pk=made.client_id)
    assert client.get_grant_types() == ["client_credentials"]
    assert client.get_response_types() == ["none"]
    assert client.get_redirect_uris() == client.get_cors_origins() == []
    assert client.type == "confidential"
    assert client.check_secret(made.secret)


def test_an_inactive_account_is_shut_out_with_all_its_tokens() -> None:
    made = issue()
    Account.objects.filter(pk=world.person("carla").pk).update(is_active=False)
    assert bearer_of(made.token, at=NOW) is None
