"""What goes wrong, as problem details (RFC 9457) with our reasons: a closed table of kinds, one form for all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from pydantic import BaseModel, Field

from pactdesk.api.wording import DETAILS, SENTENCES, TITLES
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.worded import FALLBACK, text_in
from pactdesk.notifications.wording import REMEDIES, sentence

CONTENT_TYPE = "application/problem+json"

# The status that each kind of problem is answered with.
STATUSES: Mapping[str, int] = {
    "malformed": HTTPStatus.BAD_REQUEST,
    "key-missing": HTTPStatus.BAD_REQUEST,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "scope": HTTPStatus.FORBIDDEN,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not-found": HTTPStatus.NOT_FOUND,
    "method": HTTPStatus.METHOD_NOT_ALLOWED,
    "conflict": HTTPStatus.CONFLICT,
    "key-in-use": HTTPStatus.CONFLICT,
    "too-large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "media-type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "key-reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too-many": HTTPStatus.TOO_MANY_REQUESTS,
    "fault": HTTPStatus.INTERNAL_SERVER_ERROR,
    "away": HTTPStatus.SERVICE_UNAVAILABLE,
    "full": HTTPStatus.INSUFFICIENT_STORAGE,
}
_KIND_OF_STATUS = {int(status): kind for kind, status in reversed([*STATUSES.items()])}


class ReasonOut(BaseModel):
    """Why something is refused: a stable code, the values behind it, a sentence in the language that was asked for, and
    the code of the way out."""

    code: str = Field(description="Stable: decide by it.", examples=["agreement.no-incidents-left"])
    params: dict[str, Any] = Field(description="The values that stand in the sentence.")
    sentence: str = Field(description="For people, in the language of the answer.")
    remedy: str | None = Field(
        description="What can be done about it, as a stable code; null: nothing is known."
    )
    pointer: str = Field(
        description="Where in the request: “#/problem/summary” in the body, “?limit” in the address; else empty."
    )


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(
        description="An address that stands for the kind of problem.", json_schema_extra={"format": "uri"}
    )
    title: str = Field(description="The kind of problem in words, in the language of the answer.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What is wrong this time, in the language of the answer.")
    reasons: list[ReasonOut] = Field(description="Every reason that applies.")


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason, and where in the request what it is about stands ("#/problem/summary")."""

    reason: Reason
    pointer: str = ""


@dataclass
class Refusal(Exception):
    """Raised by operations; `frame` answers it. `kind` is one of `STATUSES`."""

    kind: str
    reasons: tuple[Fault, ...] = ()
    zone: str = "UTC"
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(refusal: Refusal) -> HttpResponse:
    """The response for a refusal, in the active language."""
    return respond(
        refusal.kind, refusal.reasons, zone=refusal.zone, params=refusal.params, headers=refusal.headers
    )


def respond(
    kind: str,
    reasons: Iterable[Fault] = (),
    *,
    status: int | None = None,
    zone: str = "UTC",
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A problem of this kind as a response. Days in sentences are those of `zone`."""
    status = status or STATUSES[kind]
    told = [reason_out(fault.reason, pointer=fault.pointer, zone=zone) for fault in reasons]
    detail = " ".join(dict.fromkeys(reason.sentence for reason in told)) or str(DETAILS[kind]) % (
        params or {}
    )
    problem = Problem(
        type=f"{settings.BASE_URL}/api/#problem-{kind}",
        title=str(TITLES[kind]),
        status=status,
        detail=detail,
        reasons=told,
    )
    return HttpResponse(
        json.dumps(problem.model_dump(), ensure_ascii=False),
        status=status,
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )


def of_status(status: int) -> HttpResponse:
    """The problem that stands for a status which something outside the API has answered."""
    kind = _KIND_OF_STATUS.get(status) or (
        "fault" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "malformed"
    )
    params = {"most": settings.API_MOST_BYTES, "type": "application/json", "scope": ""}
    return respond(kind, status=status, params=params)


def reason_out(reason: Reason, *, zone: str = "UTC", pointer: str = "") -> ReasonOut:
    """`reason` for a program, in the active language."""
    language = get_language() or FALLBACK
    params = {
        name: text_in(value, language) if isinstance(value, Mapping) else value
        for name, value in reason.params.items()
    }
    ours = SENTENCES.get(reason.code)
    return ReasonOut(
        code=reason.code,
        params=params,
        sentence=str(ours) % params if ours is not None else sentence(reason, zone or "UTC"),
        remedy=REMEDIES.get(reason.code),
        pointer=pointer,
    )


def reasons_out(reasons: Iterable[Reason], *, zone: str = "UTC") -> list[ReasonOut]:
    """Like `reason_out`, for all of them."""
    return [reason_out(reason, zone=zone) for reason in reasons]
