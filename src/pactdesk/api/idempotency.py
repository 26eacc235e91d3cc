"""Doing once what is asked for twice: Idempotency-Key after draft-ietf-httpapi-idempotency-key-header.

What is asked for, and the answer to it, are written in one transaction: after a crash there are both or neither. While
the first request is being worked on it holds a lock that ends with its transaction, so nobody has to clean up after a
crash. The key of what is made is derived from the Idempotency-Key, too: even without our table, or long after its row
was deleted, the same request makes one thing.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from pactdesk.api import problems
from pactdesk.api.authentication import ApiRequest
from pactdesk.api.models import IdempotencyKey
from pactdesk.api.problems import Refusal
from pactdesk.kernel.database import execute
from pactdesk.kernel.sealing import keyed_hash

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
LONGEST = 255

# A string as structured fields write it (RFC 9651), with its quotation marks.
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')

# Answers that were decided by what was asked for; whatever else goes wrong may be tried again.
_DECIDED = frozenset({"refused", "conflict"})
_KEPT_HEADERS = ("Content-Type", "Content-Language", "Location")

_LOCK = "SELECT pg_try_advisory_xact_lock(%s)"


class Made(HttpResponse):
    """An answer of which only `kept` is written down, where that is not None."""

    kept: bytes | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that is to be done once. `derived` is the key of what it makes."""

    account_id: int
    operation: str
    key: str
    fingerprint: bytes

    @property
    def derived(self) -> uuid.UUID:
        """The same for the same request, and nobody else's: it cannot be guessed."""
        text = f"{self.account_id}:{self.operation}:{self.key}:{self.fingerprint.hex()}"
        return uuid.UUID(bytes=keyed_hash(b"idempotency-key", text)[:16], version=4)

    @property
    def lock(self) -> int:
        named = f"{self.account_id}:{self.operation}:{self.key}".encode()
        return int.from_bytes(hashlib.sha256(named).digest()[:8], signed=True)


def once(
    request: ApiRequest,
    operation: str,
    act: Callable[[Attempt], HttpResponse],
    *,
    again: Callable[[str], object] | None = None,
) -> HttpResponse:
    """Answer as `act` does, or as it did when the same request came before with the same key.

    `act` runs in a transaction. `again` is asked before a kept answer is given once more, with the address of what was
    made, and raises Http404 where whoever asks may not see it any more (A21). Raises `Refusal`: without a key, where
    the first request is still being worked on, and where the key came with something else."""
    attempt = Attempt(
        account_id=request.viewer.account_id,
        operation=operation,
        key=key_of(request.headers.get(HEADER)),
        fingerprint=_fingerprint(request),
    )
    with transaction.atomic():
        _take_turn(attempt)
        known = _known(attempt, at=request.at)
        if known is not None:
            answer = _replayed(known, attempt)
            if again is not None and answer.status_code < HTTPStatus.BAD_REQUEST:
                again(answer.get("Location", ""))
            return answer
        response = _done(act, attempt)
        _keep(attempt, response, at=request.at)
    return response


def key_of(header: str | None) -> str:
    """The key in the header. Raises `Refusal` where there is none, or none that can be read."""
    quoted = _QUOTED.fullmatch((header or "").strip())
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else ""
    if not 0 < len(key) <= LONGEST:
        raise Refusal("key-missing")
    return key


def forget_old(*, at: datetime) -> int:
    """Delete the answers that are kept no longer; answers how many."""
    deleted, _by_model = IdempotencyKey.objects.filter(at__lte=at - KEPT_FOR).delete()
    return deleted


def _fingerprint(request: ApiRequest) -> bytes:
    """What makes two requests the same: their address and what they say, however it is spaced and sorted."""
    said = json.dumps(json.loads(request.body or b"null"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method} {request.path}\n{said}".encode()).digest()


def _take_turn(attempt: Attempt) -> None:
    row = execute(_LOCK, (attempt.lock,)).fetchone()
    if row is None or not row[0]:
        raise Refusal("key-in-use", headers={"Retry-After": "1"})


def _known(attempt: Attempt, *, at: datetime) -> IdempotencyKey | None:
    known = IdempotencyKey.objects.filter(
        account_id=attempt.account_id, operation=attempt.operation, key=attempt.key
    ).first()
    if known is not None and known.at <= at - KEPT_FOR:
        known.delete()
        return None
    return known


def _replayed(known: IdempotencyKey, attempt: Attempt) -> HttpResponse:
    if bytes(known.fingerprint) != attempt.fingerprint:
        raise Refusal("key-reused")
    response = HttpResponse(bytes(known.body), status=known.status, headers=known.headers)
    response["Idempotency-Replayed"] = "true"
    return response


def _done(act: Callable[[Attempt], HttpResponse], attempt: Attempt) -> HttpResponse:
    try:
        with transaction.atomic():
            return act(attempt)
    except Refusal as refusal:
        if refusal.kind not in _DECIDED:
            raise
        return problems.answer(refusal)


def _keep(attempt: Attempt, response: HttpResponse, *, at: datetime) -> None:
    kept = response.kept if isinstance(response, Made) else None
    headers: dict[str, Any] = {name: response[name] for name in _KEPT_HEADERS if name in response}
    IdempotencyKey.objects.create(
        account_id=attempt.account_id,
        operation=attempt.operation,
        key=attempt.key,
        fingerprint=attempt.fingerprint,
        status=response.status_code,
        headers=headers,
        body=response.content if kept is None else kept,
        at=at,
    )
