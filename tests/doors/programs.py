"""Programs that knock at the API: each with a token of one of the people of `world`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from pactdesk.accounts.models import Account
from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.accounts.services.tokens import issue_token
from tests import world

V1 = "/api/v1"


class Program:
    """A program with a token. Without one it is nobody."""

    def __init__(self, token: str = "", *, language: str = "en") -> None:
        self.token = token
        self.language = language
        self.client = Client()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> HttpResponse:
        """Ask for `path` below /api/v1 and answer what came back. `key` becomes the Idempotency-Key."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if self.language:
            sent.setdefault("Accept-Language", self.language)
        if key is not None:
            sent["Idempotency-Key"] = key
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        response: HttpResponse = self.client.generic(
            method, V1 + path, data, content_type if data else "", headers=sent
        )
        return response

    def get(self, path: str, **about: Any) -> HttpResponse:
        return self.ask("GET", path, **about)

    def post(self, path: str, body: Any = None, **about: Any) -> HttpResponse:
        return self.ask("POST", path, body, **about)

    def delete(self, path: str, **about: Any) -> HttpResponse:
        return self.ask("DELETE", path, **about)


def program(name: str | Account, *, scopes: Collection[str] = SCOPES, **about: Any) -> Program:
    """A program that acts for one of the people, or an account, allowed everything unless said otherwise."""
    made = issue_token("Test", scopes=scopes, days=30, actor=world.viewer(name), at=timezone.now())
    return Program(made.token, **about)


def codes(response: HttpResponse) -> list[str]:
    """The codes of the reasons in a problem."""
    return [reason["code"] for reason in response.json()["reasons"]]


def kind(response: HttpResponse) -> str:
    """The kind of a problem: the last word of its type."""
    assert response["Content-Type"] == "application/problem+json", response.content
    problem = response.json()
    assert problem["status"] == response.status_code
    return str(problem["type"].rpartition("#problem-")[2])


def request_body(agreement_id: int | None, **changes: Any) -> dict[str, Any]:
    """The body of a complete request, to be paid by the agreement; `changes` by their path, as in
    `support__severity="A"`. A change to None takes the member away."""
    from tests.drafts import problem

    answered = problem()
    body: dict[str, Any] = {
        "problem": {
            "product": answered.product,
            "version": answered.version,
            "usage": answered.usage or None,
            "category": answered.category,
            "problem": answered.problem,
            "summary": answered.summary,
            "description": answered.description,
        },
        "support": {"agreement": agreement_id, "severity": "B"},
        "terms_accepted": True,
    }
    for path, value in changes.items():
        *parents, name = path.split("__")
        place = body
        for parent in parents:
            place = place[parent]
        if value is None:
            place.pop(name, None)
        else:
            place[name] = value
    return body


def new_key() -> str:
    """An Idempotency-Key that nobody has used."""
    return f'"{uuid.uuid4()}"'
