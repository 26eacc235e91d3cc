"""The API explained: the OpenAPI document for programs, and a page of our own for people, which needs no script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from pactdesk.api.frame import SCOPES
from pactdesk.api.problems import STATUSES
from pactdesk.api.v1 import api
from pactdesk.api.wording import DETAILS, TITLES
from pactdesk.pages.requests import OpenRequest

Json = Mapping[str, Any]

_DEEPEST = 4  # how many objects inside each other are listed
# From so many on they are written out once on a page.
MANY_ROWS = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, or a member of a body. `name` is its path ("problem.summary"); `kind` its type in words."""

    name: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class OperationPart:
    """One operation on the page. `good` is its answer when all is well, `problems` are the other statuses.

    Where body or answer are those of an operation before it on the page, `body_as` or `result_as` is its id and title.
    """

    id: str
    method: str
    path: str
    title: str
    about: str
    scope: str
    parameters: tuple[Row, ...]
    body: tuple[Row, ...]
    result: tuple[Row, ...]
    good: str
    problems: str
    body_as: tuple[str, str] | None = None
    result_as: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A kind of problem."""

    kind: str
    status: int
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Group:
    """The operations with one tag, on a page of their own."""

    tag: str
    url: str
    operations: tuple[OperationPart, ...]


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """The reference but for what each operation takes and gives, which stands on the page of its group."""

    groups: tuple[Group, ...]
    scopes: tuple[tuple[str, str], ...]
    problems: tuple[ProblemRow, ...]
    token_url: str
    document_url: str


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document. It is the same for everybody."""
    return api.document()


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The document, for generators and tests."""
    response = HttpResponse(json.dumps(openapi(), ensure_ascii=False), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    return response


def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Any address that is not an operation's."""
    raise Http404


@require_safe
def page(request: OpenRequest) -> HttpResponse:
    """The reference for people, signed in or not."""
    return render(request, "api/reference.html", {"page": _page(), "nav": "help"})


@require_safe
def group(request: OpenRequest, tag: str) -> HttpResponse:
    """What the operations with one tag take and give. Raises Http404 for a tag that there is not."""
    found = next((each for each in _groups() if slugify(each.tag) == tag), None)
    if found is None:
        raise Http404
    return render(request, "api/group.html", {"group": found, "groups": _groups(), "nav": "help"})


def _page() -> ReferencePage:
    return ReferencePage(
        groups=_groups(),
        scopes=tuple(SCOPES.items()),
        problems=tuple(
            ProblemRow(
                kind, int(status), str(TITLES[kind]), "" if "%(" in str(DETAILS[kind]) else str(DETAILS[kind])
            )
            for kind, status in STATUSES.items()
        ),
        token_url=reverse("api:oauth-token"),
        document_url=reverse("api:document"),
    )


@cache
def _groups() -> tuple[Group, ...]:
    found: dict[str, list[OperationPart]] = {}
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["Other"])[0]
            found.setdefault(tag, []).append(_operation(path, method, operation))
    return tuple(
        Group(tag, reverse("api:reference-group", args=[slugify(tag)]), tuple(_each_once(operations)))
        for tag, operations in found.items()
    )


def _each_once(operations: list[OperationPart]) -> Iterator[OperationPart]:
    """The operations of a page; what is long and was written out before is only pointed to."""
    written: dict[tuple[Row, ...], tuple[str, str]] = {}
    for operation in operations:
        yield replace(operation, body_as=written.get(operation.body), result_as=written.get(operation.result))
        for rows in (operation.body, operation.result):
            if len(rows) >= MANY_ROWS:
                written.setdefault(rows, (operation.id, operation.title))


def _operation(path: str, method: str, operation: Json) -> OperationPart:
    responses: Json = operation["responses"]
    good, *bad = sorted(responses, key=int)
    (scope,) = operation["security"][1]["clientCredentials"]
    return OperationPart(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        title=operation["summary"],
        about=operation.get("description", ""),
        scope=scope,
        parameters=tuple(_parameters(operation)),
        body=tuple(_rows(_schema_of(operation.get("requestBody", {})))),
        result=tuple(_rows(_schema_of(responses[good]))),
        good=f"{good} {responses[good]['description']}",
        problems=" ".join(str(status) for status in bad),
    )


def _parameters(operation: Json) -> Iterator[Row]:
    for parameter in operation.get("parameters", []):
        yield Row(
            name=parameter["name"],
            kind=_kind(parameter["schema"]),
            required=parameter.get("required", False),
            about=parameter.get("description", ""),
        )


def _schema_of(described: Json) -> Json:
    for content in described.get("content", {}).values():
        found: Json = content["schema"]
        return found
    return {}


def _resolved(schema: Json) -> Json:
    """`schema` itself, behind references and behind "or null"."""
    while True:
        if "$ref" in schema:
            schema = openapi()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        elif len(schema.get("allOf", ())) == 1:
            schema = schema["allOf"][0]
        elif (chosen := [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]) and len(
            chosen
        ) == 1:
            schema = chosen[0]
        else:
            return schema


def _rows(schema: Json, inside: str = "", depth: int = 0) -> Iterator[Row]:
    schema = _resolved(schema)
    if schema.get("type") == "array":
        yield from _rows(schema.get("items", {}), f"{inside}[]", depth)
        return
    required = set(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        path = f"{inside}.{name}" if inside else name
        about = member.get("description") or _resolved(member).get("description", "")
        yield Row(path, _kind(member), name in required, about)
        if depth < _DEEPEST and name != "reasons":
            yield from _rows(member, path, depth + 1)


def _kind(schema: Json) -> str:
    """A type in words: "text, at most 200", "whole number, 1 to 100", "A | B | C"."""
    nullable = any(each.get("type") == "null" for each in schema.get("anyOf", ()))
    found = _resolved(schema)
    if "enum" in found or "const" in found:
        words = " | ".join(str(each) for each in found.get("enum", [found.get("const")]))
    elif found.get("type") == "array":
        words = f"list of {_kind(found.get('items', {}))}"
    elif found.get("properties"):
        words = found.get("title", "object")
    else:
        words = " ".join(filter(None, (found.get("type", "anything"), found.get("format", ""))))
    limits = [
        f"{word} {found[name]}"
        for name, word in (
            ("minimum", "from"),
            ("maximum", "to"),
            ("maxLength", "at most"),
            ("maxItems", "at most"),
        )
        if name in found
    ]
    return ", ".join((words, *limits)) + (" | null" if nullable else "")
