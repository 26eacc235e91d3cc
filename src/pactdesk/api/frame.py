"""The frame of all operations: how they are declared, what they answer when something is wrong, and the document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.responses import NinjaJSONEncoder
from pydantic import BaseModel

from pactdesk.api import problems
from pactdesk.api.authentication import REALM, Needs
from pactdesk.api.idempotency import Made
from pactdesk.api.problems import Problem, Refusal
from pactdesk.api.reading import Parser, faults_of
from pactdesk.kernel.worded import FALLBACK

# What each operation may be answered with whatever it does.
_ALWAYS = (401, 403, 429)
_OF_BODY = (400, 413, 415, 422)


def answers(
    good: Mapping[int, Any],
    *,
    body: bool = False,
    query: bool = False,
    path: bool = False,
    conflict: bool = False,
    once: bool = False,
    bytes_in: bool = False,
    bytes_out: bool = False,
) -> dict[int, Any]:
    """The `response=` of an operation: what it answers when all is well, and all problems that it may answer with.

    It reads a body, reads parameters of the query, finds something by its address, may meet a state that does not allow
    what is asked, is done `once` for each Idempotency-Key, takes the bytes of a file in or hands them out.
    """
    bad = {*_ALWAYS}
    if once:
        body = conflict = True
    if body:
        bad |= {*_OF_BODY}
    if query:
        bad |= {422}
    if path:
        bad |= {404}
    if conflict:
        bad |= {409}
    if bytes_in:
        bad |= {413, 415, 422, 503, 507}
    if bytes_out:
        bad |= {503}
    return {**good, **dict.fromkeys(sorted(bad), Problem)}


# The `openapi_extra=` of an operation that is done once.
ONCE: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": True,
            "description": (
                "Chosen by you for each new request, such as a UUID in quotation marks. The same request with the same "
                "key is done once, and answered the same way for 24 hours (draft-ietf-httpapi-idempotency-key-header)."
            ),
            "schema": {"type": "string", "pattern": '^"([ !#-\\[\\]-~]|\\\\["\\\\]){1,255}"$'},
            "example": '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
        }
    ]
}


class Document(OpenAPISchema):
    """OpenAPI 3.1. Problems have a type of their own, and each operation says which scope it needs."""

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        scopes = [each.scope for each in operation.auth_callbacks if isinstance(each, Needs)]
        if not scopes:
            return None
        return [{"token": []}, {"clientCredentials": scopes}]

    def operation_parameters(self, operation: Operation) -> list[dict[str, Any]]:
        # Examples stand in the schema; of a parameter itself they would have another form.
        found = super().operation_parameters(operation)
        return [{name: value for name, value in each.items() if name != "examples"} for each in found]

    def responses(self, operation: Operation) -> dict[int, dict[str, Any]]:
        found = super().responses(operation)
        for status, details in found.items():
            if status >= 400:
                details["content"] = {
                    problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
            headers = dict(_HEADERS_OF_LIMITS) if status != 401 else {}
            if status == 401:
                headers["WWW-Authenticate"] = _header("The challenge (RFC 6750).", required=True)
            if status == 429:
                headers["Retry-After"] = _header("Seconds to wait.", type="integer", minimum=1, required=True)
            if status == 201:
                headers["Location"] = _header("Where the new thing is found.", required=True)
            if headers:
                details["headers"] = headers
        return found

    def get_components(self) -> dict[str, Any]:
        components: dict[str, Any] = super().get_components()
        components["securitySchemes"] = {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token that was made in the portal, with the scopes that it was made with.",
            },
            "clientCredentials": {
                "type": "oauth2",
                "description": "An access token that an OAuth client fetched by its own credentials; it ends soon.",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": f"{settings.BASE_URL}/api/oauth/token",
                        "scopes": SCOPES,
                    }
                },
            },
        }
        return components


def _header(description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": schema or {"type": "string"}}


_HEADERS_OF_LIMITS = {
    "RateLimit": _header("What is left of the limits (draft-ietf-httpapi-ratelimit-headers)."),
    "RateLimit-Policy": _header("The limits."),
}
SCOPES = {
    "agreements:read": "See agreements, their statements, and what can pay for what.",
    "agreements:write": "Add agreements to the account and put them in order; set units aside and call them back.",
    "catalogue:read": "See products, problems, programmes and severities.",
    "delegations:read": "See what partners may do for customers, as far as it concerns the organization.",
    "delegations:write": "Ask for delegations, change them and take them back.",
    "purchases:read": "See what is sold to the account, its purchases, and its cards by their last four digits.",
    "purchases:write": "Order incidents, charged to cards that their owner has opened to programs; cancel orders.",
    "requests:read": "See support requests with their messages, contacts and files.",
    "requests:write": "Make requests; write messages, change contacts, close and reopen.",
    "webhooks:manage": "See and change the addresses that are told of what happens.",
}


_RULES = re.compile(r" \((?:[A-Z]{3}(?:-\d+)?(?:, )?)+\)")


class Api(NinjaAPI):
    """One version of the API. What goes wrong is a problem, wherever it goes wrong."""

    def __init__(self, **about: Any) -> None:
        super().__init__(docs_url=None, openapi_url=None, parser=Parser(), **about)
        for kind, handler in _HANDLERS.items():
            self.add_exception_handler(kind, handler)

    def document(self) -> dict[str, Any]:
        """The OpenAPI document, as JSON-ready data. The names of our rules mean nothing to those who read it."""
        document: dict[str, Any] = _without_rules(Document(self, self.get_root_path({})))
        return document


def _without_rules(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: _RULES.sub("", " ".join(value.split()))
            if name == "description" and isinstance(value, str)
            else _without_rules(value)
            for name, value in part.items()
        }
    return [_without_rules(each) for each in part] if isinstance(part, list) else part


def _refused(_request: HttpRequest, refusal: Any) -> HttpResponse:
    return problems.answer(refusal)


def _nobody(_request: HttpRequest, _error: Any) -> HttpResponse:
    return problems.respond("unauthorized", headers={"WWW-Authenticate": REALM})


def _missing(_request: HttpRequest, _error: Any) -> HttpResponse:
    return problems.respond("not-found")


def _too_large(_request: HttpRequest, _error: Any) -> HttpResponse:
    return problems.respond("too-large", params={"most": settings.API_MOST_BYTES})


def _invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    return problems.respond("invalid", faults_of(error.errors))


def _unreadable(_request: HttpRequest, error: Any) -> HttpResponse:
    # What the parser says comes wrapped.
    if isinstance(error.__cause__, Refusal):
        return problems.answer(error.__cause__)
    return problems.of_status(error.status_code)


_HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Refusal: _refused,
    AuthenticationError: _nobody,
    Http404: _missing,
    RequestDataTooBig: _too_large,
    ValidationError: _invalid,
    HttpError: _unreadable,
}


def made(status: int, body: BaseModel, *, location: str = "", kept: BaseModel | None = None) -> HttpResponse:
    """`body` as a response, for operations whose answer is kept for whoever asks again.

    `kept` is what they are answered instead, where the body says something that is said once and written nowhere.
    """
    headers = {"Content-Language": get_language() or FALLBACK, **({"Location": location} if location else {})}
    response = Made(
        _json(body), status=status, content_type="application/json; charset=utf-8", headers=headers
    )
    if kept is not None:
        response.kept = _json(kept).encode()
        response["Cache-Control"] = "no-store"
    return response


def _json(body: BaseModel) -> str:
    return json.dumps(body.model_dump(), cls=NinjaJSONEncoder, ensure_ascii=False)
